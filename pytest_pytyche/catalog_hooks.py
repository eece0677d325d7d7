"""Gates of catalog files, in the process that the user sees: known once the files are collected, wherever that is."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from pytest_pytyche.file_names import CATALOG_FILE
from pytest_pytyche.gating import Gate, GateKeeper, scenario_gates
from pytest_pytyche.option_tables import PARE_BASELINE
from pytest_pytyche.options import file_of
from pytest_pytyche.state import FILES, settings_of

GATE = "pytyche-gate"


class CatalogFileGates:
    """The plugin that reads what catalog files are compared with, before anything runs.

    And what scenarios are by the ini file, which is not about those of a catalog file. `finished`: node ids of a run
    that is continued, of which files may have nothing left to collect.
    """

    def __init__(self, config: pytest.Config, finished: Collection[str] = ()) -> None:
        self.config, self.finished = config, finished
        self.seen: set[Path] = set()
        self.waiting = config.getoption(PARE_BASELINE.key) is None
        self.written: dict[Path, Gate] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Without xdist items are collected here."""
        self.read([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Under xdist workers tell what they collected."""
        self.read(ids)

    def read(self, nodeids: Sequence[str]) -> None:
        """Add the gates of files that are new; pytest.UsageError, one line, for what cannot be compared."""
        if self.config.option.collectonly:
            return
        known = files_of(self.config.rootpath, [*nodeids, *self.finished])
        new = [path for path in known if path not in self.seen]
        self.seen.update(new)
        self.finished = ()
        gates = [*self._of_files(new), *self._of_ini()]
        self._require_files_of_their_own(gates)
        keeper = self.config.pluginmanager.get_plugin(GATE)
        if isinstance(keeper, GateKeeper):
            keeper.gates = [*keeper.gates, *gates]
        elif gates:
            self.config.pluginmanager.register(GateKeeper(gates), GATE)

    def _of_files(self, paths: Sequence[Path]) -> list[Gate]:
        if not paths:
            return []
        from pytest_pytyche.catalog_items import read_gates  # noqa: PLC0415  # heavy, and most runs have no such file

        return [gate for path in paths for gate in read_gates(self.config, path)]

    def _of_ini(self) -> list[Gate]:
        """Once, when the files of the session are known."""
        files = self.config.stash.get(FILES, {}).values()
        if not self.waiting or any(run.has_scenarios for run in files):
            return []
        self.waiting = False
        return scenario_gates(self.config, settings_of(self.config).gate)

    def _require_files_of_their_own(self, gates: Sequence[Gate]) -> None:
        for gate in gates:
            file = gate.writes
            if file is not None and self.written.setdefault(file, gate) is not gate:
                raise pytest.UsageError(f"two catalogs would write {file.name}; update the baseline of one at a time")


def files_of(root: Path, nodeids: Sequence[str]) -> list[Path]:
    """The catalog files that node ids belong to, each once."""
    names = (file_of(nodeid) for nodeid in nodeids if CATALOG_FILE in nodeid)
    return [root / name for name in dict.fromkeys(names) if name is not None]
