"""The one sentence that a report begins with."""

from typing import TYPE_CHECKING, NamedTuple

from pytest_pytyche.report.verdict_columns import FAIL, VERDICT_NAMES

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

FAILED, PASSED, INCOMPLETE, INCONCLUSIVE = "FAIL", "PASS", "INCOMPLETE", "INCONCLUSIVE"


class Outcome(NamedTuple):
    """Whether the run is good, and what that rests on."""

    word: str
    sentence: str


def outcome(run: "Run") -> Outcome:
    """FAIL for any failure, INCOMPLETE for a part of a run, INCONCLUSIVE where not all was looked at or told."""
    parts = [*_verdict_parts(run), *_item_parts(run), *_scenario_parts(run)]
    if not parts and run.tables.records.height:
        parts = [f"{_count(run.tables.records.height, 'value')} of tests recorded"]
    return Outcome(_word(run), "; ".join(parts) or "nothing was recorded")


def verdict_counts(run: "Run") -> dict[str, int]:
    """How many verdicts of which kind, the worst first; empty where nothing was compared."""
    if run.verdicts is None:
        return {}
    found = dict(run.verdicts["verdict"].value_counts().iter_rows())
    return {name: found[name] for name in VERDICT_NAMES if name in found}


def _word(run: "Run") -> str:
    verdicts = verdict_counts(run)
    if FAIL in verdicts or run.failures or (run.pare is not None and run.pare.failures):
        return FAILED
    if not run.whole:
        return INCOMPLETE
    if run.exit_status:
        return FAILED
    return INCONCLUSIVE if INCONCLUSIVE in verdicts or run.left_out else PASSED


def _verdict_parts(run: "Run") -> list[str]:
    counts = verdict_counts(run)
    said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    return [f"verdicts against the baseline: {said}"] if counts else []


def _item_parts(run: "Run") -> list[str]:
    items = sum(sum(of_check.values()) for of_check in run.totals.values())
    if not items:
        return []
    late = [f"{len(run.left_out):,} were left out, out of budget"] if run.left_out else []
    return [f"{len(run.failures)} of {_count(items, 'check')} failed", *late]


def _scenario_parts(run: "Run") -> list[str]:
    if run.pare is None:
        return []
    runs, good = len(run.pare.records), run.pare.runs.status_counts["success"]
    parts = [f"{good} of {_count(runs, 'run')} of scenarios succeeded"] if runs else []
    missing = len(run.pare.undiscovered)
    return [*parts, *([f"{_count(missing, 'file')} could not be discovered"] if missing else [])]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
