"""The numbers behind the chart of a sweep over levels of noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pare_harness.rates import Interval

Record = dict[str, Any]

TITLES = {
    "tools": "share of calls that fail",
    "names": "share of tools renamed",
    "descriptions": "share of tools described anew",
    "events": "unplanned events a minute",
}


class Point(NamedTuple):
    """The runs of a check at one level; `share` is None where none of them counts."""

    level: float
    share: float | None
    interval: "Interval | None"
    runs: int
    infra: int

    def row(self) -> Record:
        """As the chart takes it."""
        lower, upper = self.interval or (None, None)
        return {"level": self.level, "share": self.share, "lower": lower, "upper": upper}


@dataclass(frozen=True)
class SweepPanel:
    """One check over its levels of one kind of noise."""

    title: str
    x_title: str
    points: tuple[Point, ...]


def sweep_panels(records: Sequence[Record]) -> list[SweepPanel]:
    """Per check and kind of noise the levels in order; left out where there is one level only."""
    found: dict[tuple[str, str], dict[float, list[tuple[str, str]]]] = {}
    for record in records:
        if record.get("level") is not None:
            key, _, value = record["level"].partition("=")
            levels = found.setdefault((record["check"], key), {})
            levels.setdefault(float(value), []).append((record["scenario"], record["status"]))
    return [_panel(*where, levels) for where, levels in found.items() if len(levels) > 1]


def _panel(check: str, key: str, levels: dict[float, list[tuple[str, str]]]) -> SweepPanel:
    points = tuple(_point(level, levels[level]) for level in sorted(levels))
    x_title = TITLES.get(key, key)
    return SweepPanel(f"success in {shown(check)} against the {x_title}", x_title, points)


def _point(level: float, runs: Sequence[tuple[str, str]]) -> Point:
    from pare_harness.repeated import rates, tallies  # noqa: PLC0415  # loads scipy, for those who sweep

    found = rates(tallies(runs))
    return Point(level, found.rate, found.interval, found.runs, found.infra)
