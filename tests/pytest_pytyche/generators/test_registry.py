from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pytest_pytyche.generators import registry
from pytest_pytyche.generators.registry import TemplateNotFound, load_template, own_specs
from pytest_pytyche.generators.scenarios import DESIGNS, TEMPLATES
from tests.support.own_templates import clinic

MODULE = "tests.support.own_templates"


def install(monkeypatch: pytest.MonkeyPatch, *points: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, "pytyche.templates") for name, value in points]
    monkeypatch.setattr(registry, "entry_points", lambda group: found if group == "pytyche.templates" else [])


def refusal(name: str) -> str:
    with pytest.raises(TemplateNotFound) as caught:
        load_template(name)
    return str(caught.value)


def test_built_in_templates_and_designs_load_by_name() -> None:
    assert load_template("reversal") is TEMPLATES["reversal"]
    assert load_template("hmc2020") is DESIGNS["hmc2020"]


def test_a_module_and_name_load() -> None:
    assert load_template(f"{MODULE}:clinic") is clinic


def test_an_entry_point_loads_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("clinic", f"{MODULE}:clinic"))
    assert load_template("clinic") is clinic
    assert len(own_specs("clinic")) == 4


def test_unknown_names_are_told_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("clinic", f"{MODULE}:clinic"))
    assert refusal("clinc").endswith("'acic2016-like', 'clinic'] or 'module:name'")


def test_a_name_that_two_packages_install_is_refused_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("clinic", f"{MODULE}:clinic"), ("clinic", "other:clinic"))
    assert refusal("clinic") == (
        f"template 'clinic' is installed twice: as {MODULE}:clinic by an unknown distribution, "
        "and as other:clinic by an unknown distribution"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("no_such_module:x", "does not import: ModuleNotFoundError: No module named 'no_such_module'"),
        (f"{MODULE}:Benefit", "is type; expected a @scenario_template"),
        (f"{MODULE}:impostor", "is called 'hmc2020', as is a built-in one; rename it"),
    ],
)
def test_what_is_no_template_of_ones_own_is_refused(path: str, message: str) -> None:
    assert refusal(path) == f"template {path!r} {message}"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(2)", "SystemExit: 2"),
        ("import pytest; pytest.skip('here', allow_module_level=True)", "Skipped: here"),
    ],
)
def test_a_module_that_ends_python_or_skips_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    (tmp_path / "my_unusable_templates.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    assert refusal("my_unusable_templates:x") == f"template 'my_unusable_templates:x' does not import: {reason}"


def test_an_entry_point_must_be_named_like_its_template(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, ("hospital", f"{MODULE}:clinic"))
    assert refusal("hospital") == (
        "entry point 'hospital' of pytyche.templates is template 'clinic'; expected the same name"
    )


def test_a_built_in_template_has_no_catalog_of_its_own() -> None:
    with pytest.raises(TemplateNotFound, match="'reversal' is built in and has no catalog of its own"):
        own_specs("reversal")
