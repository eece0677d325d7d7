"""What one parametrised item is about: a spec at a seed, and perhaps an estimator."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_pytyche.file_names import CATALOG_FILE

if TYPE_CHECKING:
    from pytest_pytyche.generators.scenarios import ScenarioSpec

SHIPPED_SEEDS = (0,)
CASE_ID = r"\[(?P<spec>.+)-s(?P<seed>\d+)(?:-(?P<estimator>.+))?\]"


class Case(NamedTuple):
    """A spec at a seed. Light: neither its config nor its data exist before an item asks for them."""

    catalog: str
    spec_id: str
    spec: "ScenarioSpec"
    seed: int
    position: int
    estimator: str | None = None

    @property
    def data_id(self) -> str:
        """Spec and seed, as in node ids."""
        return f"{self.spec_id}-s{self.seed}"

    @property
    def id(self) -> str:
        """What stands in the brackets of a node id."""
        return self.data_id if self.estimator is None else f"{self.data_id}-{self.estimator}"

    @property
    def identity(self) -> dict[str, str | int | None]:
        """What tells the case from others and where it stands in its catalog, as built-in types."""
        return {
            "catalog": self.catalog,
            "position": self.position,
            "spec": self.spec_id,
            "seed": self.seed,
            "estimator": self.estimator,
        }


class Catalog(NamedTuple):
    """Named specs in order. `path`: the file that defines them; their truth snapshots live next to it."""

    name: str
    path: Path
    specs: Mapping[str, "ScenarioSpec"]
    built_in: bool

    @property
    def nodeid(self) -> str:
        """Under which its built-in checks are collected."""
        if self.path.name.endswith(CATALOG_FILE):
            return self.name
        return "pytyche" if self.built_in else f"pytyche:{self.name}"

    def truth_seeds(self, seeds: Iterable[int]) -> tuple[int, ...]:
        """The seeds whose truth has a snapshot: all of a user's catalog, the shipped ones of a built-in profile."""
        return tuple(seed for seed in seeds if not self.built_in or seed in SHIPPED_SEEDS)

    def cases(self, seeds: tuple[int, ...], estimators: tuple[str, ...] = ()) -> Iterator[Case]:
        """Spec by spec, seed by seed; each with every estimator where some are given."""
        name = self.name
        fits: tuple[str | None, ...] = estimators or (None,)
        for position, (spec_id, spec) in enumerate(self.specs.items()):
            for seed in seeds:
                for estimator in fits:
                    yield Case(name, spec_id, spec, seed, position, estimator)


def identity_of(nodeid: str) -> dict[str, str | int | None]:
    """The identity, but for the catalog, of the case that a node id ends with; empty if it ends with none."""
    found = re.search(CASE_ID, nodeid)
    return {**found.groupdict(), "seed": int(found["seed"])} if found else {}
