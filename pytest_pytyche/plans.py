"""What is to be done with which catalog: for the run, or for a test that chooses its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_pytyche.cases import Case, Catalog
from pytest_pytyche.catalogs import find_catalog, specs_by_id
from pytest_pytyche.options import unknown
from pytest_pytyche.settings import Settings, parse_seeds
from pytest_pytyche.state import PLAN, settings_of

MARK_KNOBS = ("profile", "catalog", "seeds")


@dataclass(frozen=True)
class Plan:
    """A catalog and what is to be done with it."""

    catalog: Catalog
    seeds: tuple[int, ...]
    estimators: tuple[str, ...]

    def check_cases(self, check: str) -> list[Case]:
        """The cases of a built-in check."""
        if check == "estimate":
            return list(self.catalog.cases(self.seeds, self.estimators))
        return list(self.catalog.cases(self.catalog.truth_seeds(self.seeds) if check == "truth" else self.seeds))

    def test_cases(self, fixtures: Iterable[str]) -> list[Case]:
        """The cases of a user's test: with every estimator where it asks for estimates."""
        return list(self.catalog.cases(self.seeds, self.estimators if "pytyche_estimate" in fixtures else ()))


def plan_for(config: pytest.Config, mark: pytest.Mark | None, nodeid: str) -> Plan | None:
    """The plan of a user's test: the one that its marker states, else the run's; None where there is none."""
    if mark is None or not (mark.args or mark.kwargs):
        return config.stash.get(PLAN, None)
    try:
        return marked_plan(config, mark, nodeid)
    except pytest.UsageError as error:
        raise pytest.Collector.CollectError(f"{nodeid}: {error}") from error


def marked_plan(config: pytest.Config, mark: pytest.Mark, nodeid: str) -> Plan:
    """The plan that `@pytest.mark.pytyche(profile=… or catalog=…, seeds=…)` states."""
    settings = settings_of(config)
    knobs: dict[str, Any] = dict(mark.kwargs)
    for knob in knobs:
        if knob not in MARK_KNOBS:
            raise unknown("knob of @pytest.mark.pytyche", knob, MARK_KNOBS)
    if mark.args or ("profile" in knobs) == ("catalog" in knobs):
        raise pytest.UsageError(
            "@pytest.mark.pytyche takes profile='NAME' or catalog=[specs], and seeds='0,1' or [0, 1]"
        )
    seeds = knobs.get("seeds")
    return Plan(
        catalog=_marked_catalog(config, settings, knobs, nodeid),
        seeds=settings.seeds if seeds is None else _marked_seeds(seeds),
        estimators=settings.estimators,
    )


def _marked_seeds(seeds: Any) -> tuple[int, ...]:
    """The seeds of a text, a count, or numbers in a list or an array."""
    listed = isinstance(seeds, Iterable) and not isinstance(seeds, str) and getattr(seeds, "ndim", 1) > 0
    text = "".join(f"{seed}," for seed in seeds) if listed else str(seeds)
    return parse_seeds(text, "seeds of @pytest.mark.pytyche")


def _marked_catalog(config: pytest.Config, settings: Settings, knobs: Mapping[str, Any], nodeid: str) -> Catalog:
    whole = settings._replace(templates=(), metrics=())
    if "profile" in knobs:
        return find_catalog(config, whole, str(knobs["profile"]), "profile of @pytest.mark.pytyche")
    specs = specs_by_id(nodeid, knobs["catalog"])
    return Catalog(nodeid, config.rootpath, specs, built_in=False)
