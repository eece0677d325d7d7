"""The baseline files of a session: read before anything runs, written when everything passed."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_pytyche.baselines import (
    ESTIMATES,
    Baseline,
    BaselineError,
    Kind,
    changed_data,
    read_baseline,
    updated,
    write_baseline,
)
from pytest_pytyche.gating import FINISHED, Conclusion
from pytest_pytyche.report.verdict_text import count

LISTED = 10


def read_all(paths: Sequence[Path], kind: Kind, catalog: str, *, update: bool) -> dict[Path, Baseline]:
    """The files to compare with; with `update` the one to write, if it exists. pytest.UsageError, one line."""
    try:
        return {path: read_baseline(path, catalog, kind) for path in paths if path.exists() or not update}
    except BaselineError as error:
        raise pytest.UsageError(f"{kind.flag}: {error}") from error


def keep(path: Path, before: Mapping[Path, Baseline], new: Baseline, session: pytest.Session) -> Conclusion:
    """Write what a session found; a file that cannot be written fails the session.

    Estimates must all have passed; of an agent's runs some may fail, that being what is measured, but none may break.
    """
    name = os.path.relpath(path, session.config.invocation_params.dir)
    if session.exitstatus != pytest.ExitCode.OK and new.kind == ESTIMATES:
        return Conclusion(lines=[f"{name} is not written: a baseline takes a run in which everything passed"])
    if session.exitstatus not in FINISHED:
        return Conclusion(lines=[f"{name} is not written: the run did not come to its end"])
    if broken := _broken(new):
        return Conclusion(
            lines=[f"{name} is not written: {count(broken, 'run')} broke; a baseline takes none that did"]
        )
    if new.frame.is_empty():
        return Conclusion(lines=[f"{name} is not written: the run has nothing to compare"], failed=True)
    old = before.get(path)
    changed = changed_data(old, new) if old is not None else []
    try:
        merged = new if old is None else updated(old, new)
        write_baseline(path, merged)
    except BaselineError as error:
        return Conclusion(lines=[f"{name} is not written: {error}"], failed=True)
    subject = new.kind.key[0]
    rows, subjects = count(merged.frame.height, "row"), count(merged.frame[subject].n_unique(), subject)
    lines = [f"data changed since the file was last written: {of}" for of in changed[:LISTED]]
    lines += [f"… and of {len(changed) - LISTED} more"] if len(changed) > LISTED else []
    return Conclusion(lines=[*lines, f"baseline {name}: {rows}, {subjects}"])


def _broken(new: Baseline) -> int:
    """Runs of scenarios that ended in an exception."""
    return 0 if new.kind == ESTIMATES else new.frame.filter(status="exception").height
