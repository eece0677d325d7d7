"""One run over several CI jobs: each runs its share of the items, and the shares together are all of them."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import pytest

from pytest_pytyche.session import case_of

SHARD = r"([1-9]\d*)/([1-9]\d*)"


@dataclass(frozen=True)
class Shard:
    """The `index`-th of `count` shares, from 1."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


def parse_shard(text: str) -> Shard:
    """`2/5`; ValueError, one line, for anything else."""
    found = re.fullmatch(SHARD, text)
    shard = Shard(int(found[1]), int(found[2])) if found else Shard(1, 0)
    if shard.index > shard.count:
        raise ValueError(f"{text!r}; expected one of 1/N to N/N, such as 2/5")
    return shard


def share(groups: Mapping[Hashable, str], shard: Shard) -> set[Hashable]:
    """The keys of a shard: of each group, and of all, as many as any other shard has, up to one.

    Which they are depends on the keys and their groups, not on their order.
    """
    ordered = sorted(groups, key=lambda key: (groups[key], sha256(repr(key).encode()).digest()))
    return set(ordered[shard.index - 1 :: shard.count])


class Sharding:
    """The plugin that leaves out the items of other shards. All items about the same data are in one."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Before anything else is deselected, which would change the shares."""
        keys = [data_key(item) for item in items]
        mine = share({key: template_of(item) for key, item in zip(keys, items, strict=True)}, self.shard)
        others = [item for key, item in zip(keys, items, strict=True) if key not in mine]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for key, item in zip(keys, items, strict=True) if key in mine]


def data_key(item: pytest.Item) -> tuple[str | int, ...]:
    """What data an item is about: catalog, spec and seed; of an item without a case its own id."""
    case = case_of(item)
    return (item.nodeid,) if case is None else (case.catalog, case.spec_id, case.seed)


def template_of(item: pytest.Item) -> str:
    """The scenario template that an item is about, empty for none."""
    case = case_of(item)
    if case is None:
        return ""
    from pytest_pytyche.generators.catalog import template_name  # noqa: PLC0415  # heavy; whoever has a case loaded it

    return template_name(case.spec)
