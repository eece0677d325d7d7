import re
from pathlib import Path

import pytest

from pytest_pytyche.catalog_file import (
    MAX_BYTES,
    CatalogFileError,
    PartError,
    located,
    most_specs,
    read_catalog_file,
    seeds_of,
    specs_of,
)
from pytest_pytyche.catalog_model import CatalogFile
from pytest_pytyche.catalog_schema import schema_text
from pytest_pytyche.generators.scenarios import spec_id

GRIDS = "[grids]\neffect_scale = [1.0]\n"
SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "pytyche.schema.json"


def read(folder: Path, text: str) -> CatalogFile:
    path = folder / "shop.pytyche.toml"
    path.write_text(text, "utf-8")
    return read_catalog_file(path, "shop.pytyche.toml")


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(CatalogFileError) as refused:
        read(folder, text)
    return str(refused.value)


def test_a_profile_is_narrowed_to_templates_and_metrics(tmp_path: Path) -> None:
    text = 'profile = "validate"\ntemplates = ["constant"]\nmetrics = ["conversion_rate"]\n'
    assert [spec_id(spec) for spec in specs_of(read(tmp_path, text))] == ["constant-cr-es1-n200"]


def test_grids_make_a_catalog_from_their_defaults(tmp_path: Path) -> None:
    text = """
        templates = ["constant", "reversal"]
        metrics = ["conversion_rate"]
        categorical_driver = "is_returning"
        seeds = 2
        [grids]
        effect_scale = [1]
        n_visitors = [120, 500]
        [defaults]
        n_visitors = 120
        """
    file = read(tmp_path, text)
    assert [spec_id(spec) for spec in specs_of(file)] == [
        "constant-cr-es1-n120",
        "reversal-cr-es1-n120",
        "constant-cr-es1-n500",
        "reversal-cr-es1-by-is_returning-n120",
    ]
    assert seeds_of(file) == (0, 1)


def test_designs_are_crossed_knobs_of_templates(tmp_path: Path) -> None:
    text = """
        metrics = ["conversion_rate", "continuous_outcome"]
        [[designs]]
        template = "tests.support.own_templates:clinic"
        knobs = { slope = [1.0, 2.0], n_visitors = 300 }
        [[designs]]
        template = "nie-wager2021"
        knobs = { setup = "B" }
        [[designs]]
        template = "constant"
        [[designs]]
        template = "reversal"
        knobs = { confounding = 0.5, prognostic_features = [["browse_depth"]] }
        """
    file = read(tmp_path, text)
    ids = [spec_id(spec) for spec in specs_of(file)]
    assert ids[:4] == ["clinic-y-n300-slope-1", "clinic-y-n300-slope-2", "nie-wager2021-y-setup-B", "constant-cr-es1"]
    assert ids[4].startswith("reversal-cr-es1-conf0.5-prognostic_features-")
    assert len(ids) == 5


def test_designs_without_knobs_are_the_catalog_of_their_template(tmp_path: Path) -> None:
    assert len(specs_of(read(tmp_path, '[[designs]]\ntemplate = "hmc2020"'))) == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('template = "reversl"', "template='reversl'; expected one of ['constant', 'reversal', "),
        ('template = "no_such:x"', "template 'no_such:x' does not import: ModuleNotFoundError: "),
        ('template = "hmc2020"\nknobs = { efect = 1 }', "hmc2020 needs knob 'effect', which has no default; "),
        ('template = "constant"\nknobs = { slope = 1 }', "constant on conversion_rate takes no knob 'slope'; "),
    ],
)
def test_designs_that_cannot_be_meant_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        specs_of(read(tmp_path, f"[[designs]]\n{text}"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[[designs]]\ntemplate = 'constant'\nknobs = { slope = 1 }",
            ":1: designs[0]: constant on conversion_rate takes ",
        ),
        (
            "[[designs]]\ntemplate = 'reversal'\nknobs = { effect_scale = 'big' }",
            ":1: designs[0]: effect_scale='big'; expected a finite number",
        ),
        ("[grids]\neffect_scale = [1]\nchannel_mode = ['mirror']", ":1: grids: the catalog has no categorical driver"),
    ],
)
def test_parts_that_make_no_catalog_are_refused_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "shop.pytyche.toml"
    file.write_text(text if "grids" not in text else f"templates = ['nonlinear']\n{text}", "utf-8")
    with pytest.raises(PartError) as refused:
        specs_of(read_catalog_file(file))
    line = 2 if "grids" in text else 1
    assert located(refused.value, file, "shop").startswith(f"shop{message.replace(':1:', f':{line}:')}")


def test_a_design_needs_one_of_the_metrics(tmp_path: Path) -> None:
    text = 'metrics = ["conversion_rate"]\n[[designs]]\ntemplate = "hmc2020"'
    expected = "template 'hmc2020' has none of metrics=['conversion_rate']; it has ['continuous_outcome']"
    with pytest.raises(ValueError, match=re.escape(expected)):
        specs_of(read(tmp_path, text))


def test_a_metric_that_the_profile_lacks_is_named_with_its_key(tmp_path: Path) -> None:
    text = 'profile = "validate"\nmetrics = ["continuous_outcome"]'
    with pytest.raises(PartError, match=r"^metrics: metric='continuous_outcome'; expected one of") as caught:
        specs_of(read(tmp_path, text))
    assert located(caught.value, tmp_path / "shop.pytyche.toml", "shop.pytyche.toml").startswith(
        "shop.pytyche.toml:2: "
    )


def test_a_bomb_of_knobs_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    hundred = list(range(100))
    text = f'[[designs]]\ntemplate = "hmc2020"\nknobs = {{ a = {hundred}, b = {hundred}, c = {hundred} }}'
    assert refusal(tmp_path, text) == "shop.pytyche.toml: designs make up to 2,000,000 specs; expected at most 20,000"


def test_seeds_may_be_listed(tmp_path: Path) -> None:
    assert seeds_of(read(tmp_path, f"seeds = [4, 2]\n{GRIDS}")) == (4, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'profile = "standart"',
            (
                "shop.pytyche.toml:1: profile='standart'; "
                "expected one of ['validate', 'standard', 'thorough', 'hmc2020', 'kunzel2019', 'nie-wager2021', "
                "'acic2016-like']; did you mean 'standard'?"
            ),
        ),
        (
            'profile = "validate"\n[[designs]]\ntemplate = "constant"',
            "shop.pytyche.toml: both profile and [[designs]] are given; expected one of them",
        ),
        (
            'templates = ["constant"]\n[[designs]]\ntemplate = "constant"',
            "shop.pytyche.toml: templates narrows a profile or [grids]; each of [[designs]] names its own",
        ),
        ("seeds = [0, 'x']\n" + GRIDS, "shop.pytyche.toml:1: seeds[1]='x'; expected a valid integer"),
        ("seeds = [1, 1]\n" + GRIDS, "shop.pytyche.toml:1: seeds: 1 stands there twice"),
        ("seeds = 0\n" + GRIDS, "shop.pytyche.toml:1: seeds=0; expected greater than or equal to 1"),
        ("seeds = true\n" + GRIDS, "shop.pytyche.toml:1: seeds=True; expected a valid integer"),
        (
            "[grids]\n\nn_visitors = [10]",
            "shop.pytyche.toml:1: grids.effect_scale is missing",
        ),
        (
            GRIDS + "baseline_rate = [0.5, 1.5]",
            "shop.pytyche.toml:3: grids.baseline_rate[1]=1.5; expected less than 1",
        ),
        (
            GRIDS + "[defaults]\nn_visitor = 3",
            (
                "shop.pytyche.toml:4: unknown key defaults.n_visitor=3; expected one of ['effect_scale', 'n_visitors', "
                "'severity_sigma', 'n_nuisance', 'treatment_allocation', 'benefit_prevalence', 'baseline_rate']; "
                "did you mean 'n_visitors'?"
            ),
        ),
        (
            GRIDS + "[[gate.limits]]\nmetric = 'pehe'\n",
            (
                "shop.pytyche.toml:3: gate.limits[0]: the limit on 'pehe' has neither max nor min; "
                "expected one of them or both"
            ),
        ),
        (
            GRIDS + "[[gate.limits]]\nmetric = 'pehe'\nmax = 1\nmin = 2\n",
            "shop.pytyche.toml:3: gate.limits[0]: the limit on 'pehe' has max=1 below min=2",
        ),
        (
            "[[designs]]\ntemplate = 'hmc2020'\nknobs = { efect = [] }\n",
            "shop.pytyche.toml:1: designs[0]: knob 'efect' has no values; expected one or more, or leave it out",
        ),
        (
            GRIDS + "[[gate.expected_failures]]\nwhere = 'a b'\nreason = 'x'",
            "shop.pytyche.toml:4: gate.expected_failures[0].where='a b': string should match pattern '^[^\\s:/@]+$'",
        ),
        (
            GRIDS + "[[estimators]]\nname = 'bcf'\nparameters = { trees = 5 }",
            (
                "shop.pytyche.toml:3: estimators[0]: estimator 'bcf' has parameters; expected factory='…' too, "
                "and a name of its own"
            ),
        ),
        (
            "seeds = 1",
            "shop.pytyche.toml: neither profile nor [grids] nor [[designs]] nor [pare] is given; expected what to run",
        ),
        (
            'profile = "validate"\n' + GRIDS,
            "shop.pytyche.toml: both profile and [grids] are given; expected one of them",
        ),
        (
            'profile = "validate"\ncategorical_driver = "channel"',
            "shop.pytyche.toml: [defaults] and categorical_driver belong to [grids], which is not given",
        ),
        (
            'profile = "validate"\ntemplates = "constant"',
            "shop.pytyche.toml:2: templates='constant'; expected a list",
        ),
        ('profile = "validate"\nseeds = "x"', "shop.pytyche.toml:2: seeds='x'; expected a valid integer"),
        ("[[grids]]\neffect_scale = [1]", "shop.pytyche.toml:1: grids=[{'effect_scale': [1]}]; expected a table"),
        ("seeds = ", "shop.pytyche.toml: not TOML: Invalid value (at end of document)"),
        ("a = " + "[" * 100_000, "shop.pytyche.toml: not usable: its tables or arrays are nested too deeply"),
    ],
)
def test_a_mistake_is_one_line_with_file_line_key_value_and_choices(tmp_path: Path, text: str, message: str) -> None:
    assert refusal(tmp_path, text) == message


def test_a_long_value_is_shortened(tmp_path: Path) -> None:
    assert len(refusal(tmp_path, f'profile = "{"x" * 100_000}"')) < 250


def test_a_bomb_of_grids_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    scales = ", ".join(str(number) for number in range(20_000))
    assert refusal(tmp_path, f"\n[grids]\neffect_scale = [{scales}]\n") == (
        "shop.pytyche.toml:2: grids make up to 280,000 specs; expected at most 20,000"
    )


def test_seeds_and_estimators_multiply_too(tmp_path: Path) -> None:
    scales = ", ".join(str(number) for number in range(100))
    text = f'seeds = 10000\nestimators = ["lin", "difference_in_means"]\n[grids]\neffect_scale = [{scales}]\n'
    assert refusal(tmp_path, text) == (
        "shop.pytyche.toml:3: 1,400 specs × 10,000 seeds × 2 estimators are 28,000,000 fits; expected at most 1,000,000"
    )


def test_the_bound_on_specs_is_one(tmp_path: Path) -> None:
    text = """
        templates = ["constant", "reversal"]
        categorical_driver = "is_returning"
        [grids]
        effect_scale = [0.5, 1, 2]
        channel_mode = ["mirror", "opposing"]
        n_visitors = [100, 200]
        severity_sigma = [0.1, 0.2, 0.3]
        """
    file = read(tmp_path, text)
    assert most_specs(file) == 2 * (2 * 3 * 2 + 5 + 1)
    assert len(specs_of(file)) <= most_specs(file)


def test_a_file_that_is_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "shop.pytyche.toml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(CatalogFileError, match="is larger than 1,048,576 bytes, which no catalog file needs to be"):
        read_catalog_file(path)
    path.write_bytes(b"a = '\xff'")
    with pytest.raises(CatalogFileError, match="not TOML: byte 5 is not UTF-8"):
        read_catalog_file(path)
    with pytest.raises(CatalogFileError, match="cannot be read: No such file or directory"):
        read_catalog_file(tmp_path / "other.pytyche.toml")


def test_the_published_schema_is_current() -> None:
    assert SCHEMA.read_text("utf-8") == schema_text(), "python -m pytest_pytyche.catalog_schema writes it"
