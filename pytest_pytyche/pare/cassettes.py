"""What a session says of its cassettes: what was replayed, recorded, stale and not used."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pare_harness.files import seen_from_here
from pytest_pytyche.session import Record
from pytest_pytyche.state import PARE, settings_of

if TYPE_CHECKING:
    from pare_harness.agents.recording import CassetteUse

KIND = "pare-cassette"
SHOWN = 10
REPORT = "pytyche-cassettes"


def use_record(use: "CassetteUse") -> Record:
    """What came of the tape of one run, for the journal."""
    return {
        "kind": KIND,
        "file": str(use.path),
        "replayed": use.replayed,
        "recorded": use.recorded,
        "stale": use.stale,
    }


class CassetteReport:
    """The plugin that gathers how cassettes were used, whichever process used them, and ends the session's summary."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.uses: dict[str, Record] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the last use of each cassette: a rerun takes the place of the run before."""
        lines: list[Record] = getattr(report, "pytyche", [])
        self.uses.update({line["file"]: line for line in lines if line["kind"] == KIND})

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write how many calls came from recordings, and which cassettes are out of date."""
        if self.uses:
            for line in summary(self.uses.values(), self._unused()):
                terminalreporter.write_line(line)

    def _unused(self) -> list[Path]:
        """Files of runs that this session does not have. A split leaves out scenarios, so nothing is known then."""
        settings = settings_of(self.config).pare
        if PARE not in self.config.stash or settings.split is not None:
            return []
        runs = {(case.scenario_id, case.run or 1) for case in self.config.stash[PARE].cases}
        files = sorted(settings.cassettes.glob("*.json"))
        others = ((path, _run_of(path)) for path in files if str(path) not in self.uses)
        return [path for path, run in others if run is not None and run not in runs]


def summary(uses: Iterable[Record], unused: Iterable[Path]) -> Iterator[str]:
    """Lines for people."""
    uses = list(uses)
    replayed, recorded = (sum(use[name] for use in uses) for name in ("replayed", "recorded"))
    yield f"model calls: {replayed} replayed, {recorded} recorded, in {len(uses)} runs"
    stale = [use for use in uses if use["stale"]]
    for use in stale[:SHOWN]:
        calls = use["stale"] + use["replayed"]
        yield f"stale: {seen_from_here(Path(use['file']))}: {use['stale']} of its {calls} calls were not asked for"
    yield from _more(len(stale))
    files = list(unused)
    for path in files[:SHOWN]:
        yield f"unused: {seen_from_here(path)}: no run of this session is recorded there"
    yield from _more(len(files))


def _more(number: int) -> Iterator[str]:
    if number > SHOWN:
        yield f"… and {number - SHOWN} more"


def _run_of(path: Path) -> tuple[object, object] | None:
    """The scenario and run of a cassette; None for another file."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return content["scenario"], content["run"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
