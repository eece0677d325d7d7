import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

from pytest_pytyche.estimators import BUILT_IN, GROUP, EstimatorNotFound, load_estimator, registry
from pytest_pytyche.estimators.difference_in_means import DifferenceInMeans
from pytest_pytyche.estimators.lin import Lin

MODULE = """
from pytest_pytyche.estimators.lin import Lin

def tuned():
    return Lin(name="tuned")

def exits():
    raise SystemExit("usage")

def broken():
    raise RuntimeError("no licence\\nfound")

def number():
    return 3

class Nested:
    factory = tuned

instance = Lin()
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "my_estimators.py").write_text(MODULE)
    (tmp_path / "raises_on_import.py").write_text("raise OSError('no such library')")
    (tmp_path / "exits_on_import.py").write_text("raise SystemExit(2)")
    (tmp_path / "skips_on_import.py").write_text("import pytest; pytest.importorskip('no_such_library')")
    (tmp_path / "interrupted.py").write_text("raise KeyboardInterrupt")
    monkeypatch.syspath_prepend(tmp_path)
    yield "my_estimators"
    sys.modules.pop("my_estimators", None)


@dataclass(frozen=True)
class Installed:
    name: str
    value: str
    distribution: str | None = None

    def point(self) -> EntryPoint:
        point = EntryPoint(self.name, self.value, GROUP)
        if self.distribution:
            vars(point)["dist"] = SimpleNamespace(name=self.distribution)
        return point


def install(monkeypatch: pytest.MonkeyPatch, *installed: Installed) -> None:
    def entry_points(group: str) -> list[EntryPoint]:
        assert group == "pytyche.estimators"
        return [one.point() for one in installed]

    monkeypatch.setattr(registry, "entry_points", entry_points)


def refusal(name: str, **options: object) -> str:
    with pytest.raises(EstimatorNotFound) as caught:
        load_estimator(name, **options)  # type: ignore[arg-type]  # wrong ones are under test
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("name", "kind"), [("lin", Lin), ("difference_in_means", DifferenceInMeans)])
def test_built_in_estimators_load_by_name(name: str, kind: type) -> None:
    estimator = load_estimator(name)
    assert isinstance(estimator, kind)
    assert estimator.name == name


def test_every_built_in_name_is_the_name_it_reports_under(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_pytyche.estimators.libraries.find_spec", lambda module: module)
    assert [load_estimator(name).name for name in BUILT_IN] == list(BUILT_IN)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("stochtree-bcf", "stochtree", "stochtree"),
        ("bartz-bcf", "bartz", "bartz"),
        ("econml-causal-forest", "econml", "econml"),
        ("econml-dr", "econml", "econml"),
        ("x-learner", "sklearn", "sklearn"),
    ],
)
def test_a_missing_library_is_told_with_what_to_install(
    name: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_pytyche.estimators.libraries.find_spec", lambda module: None)
    assert refusal(name) == f"estimator {name!r} needs the package {module!r}; pip install 'pytest-pytyche[{extra}]'"


def test_module_and_factory(module: str) -> None:
    assert load_estimator("my_estimators:tuned") == Lin(name="tuned")


def test_a_factory_may_be_an_attribute_of_a_class(module: str) -> None:
    assert load_estimator("my_estimators:Nested.factory") == Lin(name="tuned")


def test_an_entry_point_loads_by_its_name(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Installed("tuned-lin", "my_estimators:tuned", "my-package"))
    assert load_estimator("tuned-lin") == Lin(name="tuned")


def test_parameters_of_a_name_reach_the_factory(module: str) -> None:
    assert load_estimator("lin(name='other')") == Lin(name="other")
    assert load_estimator("lin", parameters={"name": "other"}) == Lin(name="other")


def test_a_parameter_that_is_given_twice_is_refused() -> None:
    expected = "estimator 'lin' is given 'name' twice, by its name and by its parameters"
    assert refusal("lin(name='other')", parameters={"name": "other"}) == expected


def test_an_unknown_parameter_is_refused_with_the_choices() -> None:
    assert refusal("lin(size=3)") == "estimator 'lin': unknown parameter size=3; expected one of ['name']"


def test_a_given_factory_loads_by_its_name() -> None:
    assert load_estimator("mine", extra={"mine": lambda: Lin(name="mine")}) == Lin(name="mine")


def test_built_in_and_given_names_do_not_look_at_installed_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "entry_points", None)
    load_estimator("lin")
    load_estimator("mine", extra={"mine": Lin})


def test_an_unknown_name_is_refused_with_the_choices(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Installed("forest", "my_estimators:tuned"))
    assert refusal("oops", extra={"mine": Lin}) == (
        f"estimator='oops'; expected one of {sorted([*BUILT_IN, 'forest', 'mine'])} or 'module:factory'"
    )


def test_a_given_name_that_is_built_in_is_refused_with_both_sides() -> None:
    message = refusal("lin", extra={"lin": Lin})
    assert message.startswith(
        "estimator 'lin' is registered twice: built in as pytest_pytyche.estimators.lin:Lin, and given as <class "
    )


def test_an_entry_point_with_a_built_in_name_is_refused_with_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Installed("lin", "other:make", "other-package"))
    assert refusal("forest") == (
        "estimator 'lin' is registered twice: built in as pytest_pytyche.estimators.lin:Lin, "
        "and installed as other:make by other-package"
    )


def test_an_entry_point_with_a_given_name_is_refused_with_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Installed("forest", "other:make", "other-package"))
    assert refusal("oops", extra={"forest": Lin}).endswith("and installed as other:make by other-package")


def test_two_packages_with_one_name_are_refused_with_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Installed("forest", "one:make", "one-package"), Installed("forest", "two:make", "two-package"))
    assert refusal("forest") == (
        "estimator 'forest' is registered twice: installed as one:make by one-package, "
        "and installed as two:make by two-package"
    )


def test_one_package_found_twice_on_the_path_is_no_duplicate(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, *[Installed("tuned-lin", "my_estimators:tuned", "my-package")] * 2)
    assert load_estimator("tuned-lin") == Lin(name="tuned")


def test_a_missing_module_is_one_line() -> None:
    expected = "estimator 'no_such_module:f' does not import: ModuleNotFoundError: No module named 'no_such_module'"
    assert refusal("no_such_module:f") == expected


def test_a_module_that_raises_on_import_is_one_line(module: str) -> None:
    assert refusal("raises_on_import:f") == "estimator 'raises_on_import:f' does not import: OSError: no such library"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("exits_on_import:f", " does not import: SystemExit: 2"),
        ("skips_on_import:f", " does not import: Skipped: could not import 'no_such_library': No module named *"),
        ("my_estimators:exits", ": its factory raised SystemExit: usage"),
    ],
)
def test_a_module_that_ends_python_or_skips_is_one_line(module: str, name: str, reason: str) -> None:
    assert fnmatchcase(refusal(name), f"estimator {name!r}{reason}")


def test_an_interrupt_during_an_import_is_one(module: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_estimator("interrupted:f")


def test_a_missing_attribute_is_one_line(module: str) -> None:
    assert refusal("my_estimators:absent") == (
        "estimator 'my_estimators:absent' does not import: "
        "AttributeError: module 'my_estimators' has no attribute 'absent'"
    )


def test_an_entry_point_that_does_not_import_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Installed("forest", "no_such_module:make"))
    assert refusal("forest").startswith("estimator 'forest' does not import: ModuleNotFoundError")


def test_what_cannot_be_called_is_refused(module: str) -> None:
    message = refusal("my_estimators:instance")
    assert (
        message
        == "estimator 'my_estimators:instance' is Lin(name='lin'); expected a callable that returns an Estimator"
    )


def test_a_factory_that_raises_is_one_line(module: str) -> None:
    message = refusal("my_estimators:broken")
    assert message == "estimator 'my_estimators:broken': its factory raised RuntimeError: no licence found"


def test_a_factory_that_returns_something_else_is_refused(module: str) -> None:
    assert refusal("my_estimators:number") == (
        "estimator 'my_estimators:number': its factory returned int; "
        "expected an object with a `name` and a method `fit_effects(observed, *, seed)`"
    )
