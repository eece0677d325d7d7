"""Files of scenarios, imported by their place on disk, once a process: each under a module name of its own."""

from __future__ import annotations

import linecache
import sys
import traceback
from hashlib import blake2b
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from pare_harness.scenarios.scenario import Scenario
from pare_harness.scenarios.utils.registry import DiscoveryError, collecting

_REGISTERED = "__pare_scenarios__"


def load_file(path: Path) -> dict[str, type[Scenario]] | DiscoveryError:
    """The scenarios that a Python file registers, by id.

    The file stands alone: it can import installed packages, but not its neighbours. Its module is in `sys.modules`, so
    that `inspect.getsource` works on what it defines.
    """
    try:
        module = _import(path)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a user's file may raise anything; it is reported with its line
        return DiscoveryError(path, _described(error, path))
    found: dict[str, type[Scenario]] = getattr(module, _REGISTERED)
    if not found:
        return DiscoveryError(path, 'registers no scenario; expected @register_scenario("an_id") above a PAREScenario')
    return found


def _import(path: Path) -> ModuleType:
    name = f"pare_scenario_{path.stem}_{blake2b(str(path).encode() + path.read_bytes(), digest_size=6).hexdigest()}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no Python file; expected one that ends in '.py', got {path.name!r}")
    linecache.checkcache(str(path))
    module = sys.modules[name] = module_from_spec(spec)
    try:
        with collecting() as collector:
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    setattr(module, _REGISTERED, collector.registered)
    return module


def _described(error: BaseException, path: Path) -> str:
    """One line: where in the user's file, and what."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        line, text = error.lineno, error.msg
    else:
        line = next(
            (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == str(path)), None
        )
        text = str(error)
    place = "" if line is None else f"line {line}: "
    return f"{place}{type(error).__name__}: {' '.join(text.split())}"
