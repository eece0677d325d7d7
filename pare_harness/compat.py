"""The names under which scenario files written for PARE and Meta-ARE import, served from this package.

`pare.x.y` is the module `pare_harness.x.y` itself; a module `are.simulation.x` hands out names of ours. So each object
is the same under every name, and a file runs here without a change.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType

_ROOTS = ("are", "pare")
_PROBES = ("are.simulation", "pare.apps")

SOURCES: dict[str, tuple[str, ...]] = {
    "are": (),
    "are.simulation": (),
    "are.simulation.apps": ("apps",),
    "are.simulation.apps.apartment_listing": ("apps.apartment",),
    "are.simulation.apps.app": ("apps.core",),
    "are.simulation.apps.cab": ("apps.cab",),
    "are.simulation.apps.calendar": ("apps.calendar",),
    "are.simulation.apps.contacts": ("apps.contacts",),
    "are.simulation.apps.email_client": ("apps.email", "apps.email_data"),
    "are.simulation.apps.messaging_v2": ("apps.messaging", "apps.messaging_data"),
    "are.simulation.apps.reminder": ("apps.reminder",),
    "are.simulation.apps.sandbox_file_system": ("apps.files",),
    "are.simulation.apps.shopping": ("apps.shopping",),
    "are.simulation.scenarios": ("scenarios.scenario",),
    "are.simulation.scenarios.scenario": ("scenarios.scenario",),
    "are.simulation.types": ("events", "capture", "environment"),
}
"""For each module of Meta-ARE that is served, the modules of `pare_harness` that hold its names, in order of search."""

_RENAMED = {"AbstractEnvironment": "StateAwareEnvironmentWrapper"}
_MOVED = {"pare.scenarios.registry": "pare_harness.scenarios.utils.registry"}


class _ServedModule(ModuleType):
    """A module of Meta-ARE whose names are looked up at first use."""

    def __getattr__(self, name: str) -> object:
        for source in SOURCES[self.__name__] if not name.startswith("_") else ():
            found = getattr(import_module(f"pare_harness.{source}"), _RENAMED.get(name, name), None)
            if found is not None:
                return found
        raise AttributeError(f"module {self.__name__!r}, as pare_harness serves it, has no name {name!r}")


class _Served(Loader):
    """A module made from `SOURCES`."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _ServedModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _Alias(Loader):
    """An existing module under one more name."""

    def __init__(self, target: str) -> None:
        self._module = import_module(target)
        self._own_spec = self._module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own_spec  # the import system has just put the alias's in its place


class _Finder(MetaPathFinder):
    """Answers for the two roots. `hidden` holds the modules that were loaded under them before."""

    def __init__(self) -> None:
        self.hidden: dict[str, ModuleType] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in SOURCES:
            package = any(name.startswith(f"{fullname}.") for name in SOURCES)
            return ModuleSpec(fullname, _Served(), is_package=package)
        if not _below(fullname, ("pare",)):
            return None
        ours = _MOVED.get(fullname, "pare_harness" + fullname.removeprefix("pare"))
        return ModuleSpec(fullname, _Alias(ours)) if find_spec(ours) else None


_FINDER = _Finder()


def install(force: bool = False) -> bool:
    """Serve the names from now on; True if they are served.

    Steps aside where the real `pare` or `are` can be imported, unless `force`: then it goes before them, and hides what
    is loaded of them until `uninstall`.
    """
    if _FINDER in sys.meta_path:
        return True
    if not force and any(map(_is_real, _PROBES)):
        return False
    _FINDER.hidden = _taken_out()
    sys.meta_path.insert(0, _FINDER)
    return True


def uninstall() -> None:
    """Stop serving: the names are again what is installed under them."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
        _taken_out()
        sys.modules.update(_FINDER.hidden)


def _taken_out() -> dict[str, ModuleType]:
    return {name: sys.modules.pop(name) for name in list(sys.modules) if _below(name, _ROOTS)}


def _is_real(probe: str) -> bool:
    """Whether the package is there. A mere folder of the root's name is not one, hence the look at what it holds."""
    root = find_spec(probe.partition(".")[0])
    return root is not None and PathFinder.find_spec(probe, root.submodule_search_locations) is not None


def _below(name: str, roots: tuple[str, ...]) -> bool:
    return name.partition(".")[0] in roots
