from typing import Any

import numpy as np
import pytest

from pytest_pytyche.cases import Case
from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.draws import Draw, Draws, bundle_bytes, generate
from pytest_pytyche.generators.scenarios import TEMPLATES


def case(seed: int = 0, **knobs: Any) -> Case:
    spec = (TEMPLATES["constant"], {"metric_id": "conversion_rate", "effect_scale": 1.0, "n_visitors": 50, **knobs})
    return Case("mine", "constant", spec, seed, 0)


@pytest.fixture
def made() -> list[Draw]:
    """Everything that had to be generated."""
    return []


def test_a_draw_is_shared_by_all_who_ask_for_it(made: list[Draw]) -> None:
    draws = Draws()
    assert draws.get(case(), on_new=made.append) is draws.get(case(), on_new=made.append)
    assert len(made) == 1


def test_other_seeds_and_other_knobs_are_other_draws(made: list[Draw]) -> None:
    draws = Draws()
    for wanted in (case(), case(seed=1), case(baseline_rate=0.2)):
        draws.get(wanted, on_new=made.append)
    assert len({draw.config.digest for draw in made}) == 3


def test_knobs_that_look_alike_are_other_draws(made: list[Draw]) -> None:
    draws = Draws()
    for value in (1.0, 2.0):
        long = np.zeros(2000)
        long[1000] = value
        draws.get(Case("mine", "x", (with_offsets, {"offsets": long}), 0, 0), on_new=made.append)
    assert [draw.metadata["total"] for draw in made] == [1.0, 2.0]


def with_offsets(*, seed: int, offsets: Any) -> Any:
    """A template whose knob is an array."""
    config, _ = TEMPLATES["constant"](seed=seed, metric_id="conversion_rate", effect_scale=1.0, n_visitors=50)
    return config, {"total": float(offsets.sum())}


def test_the_least_recently_used_goes_first(made: list[Draw]) -> None:
    draws = Draws(max_count=2)
    for seed in (0, 1, 0, 2, 0):
        draws.get(case(seed), on_new=made.append)
    assert [draw.config.seed for draw in made] == [0, 1, 2]
    draws.get(case(1), on_new=made.append)
    assert len(made) == 4


def test_a_draw_larger_than_the_limit_still_serves_its_own_checks(made: list[Draw]) -> None:
    draws = Draws(max_bytes=1)
    for seed in (0, 0, 1, 0):
        draws.get(case(seed), on_new=made.append)
    assert [draw.config.seed for draw in made] == [0, 1, 0]


def test_the_size_counts_the_frame_and_the_truth() -> None:
    small, large = (bundle_bytes(generate(case(n_visitors=n)).bundle) for n in (1000, 4000))
    assert small > 1000 * 8 * 6
    assert large == pytest.approx(4 * small, rel=0.05)


def test_whatever_generating_raises_is_one_line_with_its_cause() -> None:
    with pytest.raises(CheckFailed, match=r"^generating the data raised ValueError: .*no_such_knob") as caught:
        generate(case(no_such_knob=1))
    assert isinstance(caught.value.__cause__, ValueError)
