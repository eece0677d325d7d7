"""Two runs side by side."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pytest_pytyche.report.cells import UNDEFINED, interval, mean, percent
from pytest_pytyche.report.means import Mean
from pytest_pytyche.report.outcome import outcome
from pytest_pytyche.report.scenarios import CheckRate, check_rates, scenario_rates
from pytest_pytyche.report.summary import Group
from pytest_pytyche.text import aligned, shown

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

METRICS = {"PEHE": "pehe", "ATE error": "ate_error", "coverage": "coverage_cate", "interval score": "interval_score"}


def side_by_side(one: "Run", other: "Run") -> Iterator[str]:
    """How each ended; means of every template, metric and estimator that either has; rates of every check."""
    for letter, run in zip("AB", (one, other), strict=True):
        found = outcome(run)
        yield f"{letter}  {run.name}: {found.word}: {found.sentence}"
    yield from _differences(one, other)
    yield from _estimates(one, other)
    yield from _scenarios(one, other)


def _differences(one: "Run", other: "Run") -> Iterator[str]:
    """Versions that differ: numbers may have changed for that alone."""
    before, after = one.header.get("versions", {}), other.header.get("versions", {})
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield shown(f"{name}: {before.get(name, 'none')} in A, {after.get(name, 'none')} in B")


def _estimates(one: "Run", other: "Run") -> Iterator[str]:
    names = _name_of_both(one, other)
    mine, its = _by_key(one, names), _by_key(other, names)
    rows = [
        [*map(shown, key), label, *_pair(mine.get(key), its.get(key), name)]
        for key in dict.fromkeys([*mine, *its])
        for label, name in METRICS.items()
    ]
    if rows:
        yield ""
        yield from aligned([["template", "metric", "estimator", "", "A", "B", "B / A"], *rows], left=4)


def _name_of_both(one: "Run", other: "Run") -> str | None:
    """What to call the one estimator of each run where those are two, which the user wants compared; else None."""
    mine, its = ({group.estimator for group in run.groups} for run in (one, other))
    return f"{min(mine)} → {min(its)}" if len(mine) == len(its) == 1 and mine != its else None


def _by_key(run: "Run", name: str | None) -> Mapping[tuple[str, str, str], Group]:
    return {(group.template, group.metric, name or group.estimator): group for group in run.groups}


def _pair(one: Group | None, other: Group | None, name: str) -> tuple[str, str, str]:
    before, after = (Mean(None, None) if group is None else group.means[name] for group in (one, other))
    ratio = f"{after.mean / before.mean:.3f}" if before.mean and after.mean is not None else UNDEFINED
    return mean(before), mean(after), ratio


def _scenarios(one: "Run", other: "Run") -> Iterator[str]:
    mine, its = _rates(one), _rates(other)
    rows = [
        [shown(check), side, *_cells(rates.get(check))]
        for check in dict.fromkeys([*mine, *its])
        for side, rates in (("A", mine), ("B", its))
    ]
    if rows:
        yield ""
        yield from aligned([["check", "", "runs", "success", "95 % interval", "accepted"], *rows], left=2)


def _rates(run: "Run") -> dict[str, CheckRate]:
    if run.pare is None:
        return {}
    return {rate.check: rate for rate in check_rates(run.pare, scenario_rates(run.pare))}


def _cells(rate: CheckRate | None) -> tuple[str, str, str, str]:
    if rate is None:
        return (UNDEFINED,) * 4
    return str(rate.runs), percent(rate.rate), interval(rate.interval), percent(rate.acceptance_rate)
