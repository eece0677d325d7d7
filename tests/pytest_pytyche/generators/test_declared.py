import pickle
from typing import Any

import pytest

from pytest_pytyche.checks.invariants import check_invariants
from pytest_pytyche.generators.core import V2GeneratorConfig, generate_v2_core
from pytest_pytyche.generators.scenarios import crossed, scenario_template, spec_id, swept
from tests.support import own_templates
from tests.support.own_templates import clinic, shop


def test_a_template_gives_a_configuration_and_names_every_knob() -> None:
    config, metadata = clinic(seed=7, slope=2.0)
    assert (config.seed, config.n_visitors, config.experiment_id) == (7, 100, "clinic-continuous_outcome-seed7")
    assert metadata == {
        "scenario_class": "clinic",
        "template": "clinic",
        "metric_id": "continuous_outcome",
        "slope": 2.0,
        "n_visitors": 100,
        "seed": 7,
    }


def test_the_decorator_needs_no_parentheses() -> None:
    @scenario_template
    def plain(*, seed: int) -> V2GeneratorConfig:
        return clinic(seed=seed, slope=1.0)[0]

    assert plain.name == "plain"
    assert plain(seed=3)[0].seed == 3


def test_a_template_that_drops_its_seed_is_refused() -> None:
    @scenario_template
    def forgetful(*, seed: int = 42) -> V2GeneratorConfig:
        return clinic(seed=7, slope=1.0)[0]

    with pytest.raises(ValueError, match=r"^template 'forgetful' returned seed=7 for seed=3; expected the same$"):
        forgetful(seed=3)


def test_cells_name_metrics_that_there_are() -> None:
    with pytest.raises(ValueError, match="metric_id='conversion_rate'; expected one of"):
        scenario_template(cells=[{"metric_id": "conversion_rate", "slope": 1.0}])(clinic.fn)


def test_its_catalog_is_the_crossing_of_its_cells() -> None:
    ids = [spec_id(spec) for spec in clinic.specs()]
    assert ids == ["clinic-y-slope-0.5", "clinic-y-n200-slope-0.5", "clinic-y-slope-1", "clinic-y-n200-slope-1"]


def test_other_cells_and_metrics_make_other_specs() -> None:
    assert [spec_id(spec) for spec in clinic.specs([{"slope": 3.0}])] == ["clinic-y-slope-3"]
    assert [spec_id(spec) for spec in shop.specs()] == ["shop-cr", "shop-rpv"]
    assert [spec_id(spec) for spec in shop.specs(metric_ids=["revenue_per_visitor"])] == ["shop-rpv"]


def test_the_invariants_of_built_in_templates_hold_for_it() -> None:
    for spec in (*clinic.specs(), *shop.specs()):
        config, _ = spec[0](seed=1, **spec[1])
        check_invariants(spec, 1, config, generate_v2_core(config))


def test_it_reaches_another_process_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(clinic)) is clinic
    config = clinic(slope=1.0)[0]
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        (
            {"slop": 1.0, "slope": 1.0},
            r"clinic takes no knob 'slop' \(did you mean 'slope'\?\); it takes \['metric_id', 'n_visitors', ",
        ),
        ({"n_visitors": 3}, r"clinic needs knob 'slope', which has no default; given are \['n_visitors'\]"),
        (
            {"slope": 1.0, "metric_id": "conversion_rate"},
            r"metric_id='conversion_rate'; expected one of \['continuous_outcome'\]",
        ),
    ],
)
def test_unfit_knobs_are_refused_by_name(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clinic(**knobs)


def test_cells_are_checked_where_they_are_written() -> None:
    with pytest.raises(ValueError, match="wrong takes no knob 'slope'"):

        @scenario_template(cells=[{"slope": 1.0}])
        def wrong(*, seed: int) -> V2GeneratorConfig:
            return clinic(slope=1.0, seed=seed)[0]


def test_a_template_must_take_a_seed_and_swallow_nothing() -> None:
    def seedless() -> V2GeneratorConfig:
        return clinic(slope=1.0)[0]

    def swallowing(seed: int, **knobs: Any) -> V2GeneratorConfig:
        return clinic(slope=1.0, seed=seed)[0]

    with pytest.raises(ValueError, match="template 'seedless' takes no seed"):
        scenario_template()(seedless)
    with pytest.raises(ValueError, match=r"template 'swallowing' takes \*\*knobs: Any; expected named knobs"):
        scenario_template()(swallowing)


def test_what_it_returns_must_be_of_the_metric_that_it_states() -> None:
    with pytest.raises(
        ValueError, match="returned continuous_outcome; expected a V2GeneratorConfig of conversion_rate"
    ):
        own_templates.mislabelled()


def test_crossed_and_swept_cells() -> None:
    assert crossed(a=[1, 2], b=["x"]) == ({"a": 1, "b": "x"}, {"a": 2, "b": "x"})
    assert swept(a=[1, 2], b=["x"]) == ({}, {"a": 1}, {"a": 2}, {"b": "x"})
