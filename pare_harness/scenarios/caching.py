"""Verdicts of earlier runs on disk, served as long as nothing that they depend on has changed."""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
import re
import shutil
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pare_harness
from pare_harness.disturbances import Disturbances
from pare_harness.files import write_atomically
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult

if TYPE_CHECKING:
    from pare_harness.scenarios.config import ScenarioRunnerConfig
    from pare_harness.scenarios.scenario import PAREScenario

LOG = logging.getLogger(__name__)

SERVED = frozenset({"success", "failed"})
"""Statuses that say something of the agent; what broke may be mended by the next run."""

STORED: dict[str, tuple[type, ...]] = {
    "success": (bool,),
    "export_path": (str, type(None)),
    "rationale": (str, type(None)),
    "duration": (float, int, type(None)),
    "proposal_count": (int,),
    "acceptance_count": (int,),
    "rejection_count": (int,),
    "read_only_actions": (int,),
    "write_actions": (int,),
    "number_of_turns": (int,),
    "model_calls": (int,),
    "model_retries": (int,),
    "malformed_calls": (int,),
    "prompt_tokens": (int, type(None)),
    "completion_tokens": (int, type(None)),
    "cost": (float, int, type(None)),
    "noise": (dict, type(None)),
}
"""What is kept of a result, and the types that a file may give it."""

FILE_NAME = re.compile(r".+_[0-9a-f]{16}\.json")


@dataclass(frozen=True)
class CacheKey:
    """A run by name, and hashes of all that its result depends on."""

    scenario_id: str
    run_number: int | None
    config_hash: str
    scenario_hash: str

    @property
    def run_name(self) -> str:
        """The scenario and run, as its trace is named too."""
        return self.scenario_id if self.run_number is None else f"{self.scenario_id}_run_{self.run_number}"

    @property
    def path(self) -> Path:
        """The file of this run under this configuration; a new version of the scenario replaces it."""
        name = re.sub(r"[^\w.-]", "-", self.run_name)
        return cache_dir() / f"{name}_{self.config_hash}.json"


def cache_dir() -> Path:
    """The folder `PARE_CACHE_DIR`, else `cache_dir` of `~/.config/pare/config.json`, else one below `~/.cache/pare`.

    Raises `ValueError` where that file is not JSON or gives something else than a path.
    """
    if folder := os.environ.get("PARE_CACHE_DIR"):
        return Path(folder).expanduser()
    default = "~/.cache/pare/scenario_results"
    settings = Path("~/.config/pare/config.json").expanduser()
    if settings.is_file():
        try:
            default = json.loads(settings.read_text(encoding="utf-8")).get("cache_dir", default)
        except (ValueError, AttributeError) as error:
            raise ValueError(f"{settings}: not a JSON object ({error})") from error
    if not isinstance(default, str):
        raise ValueError(f"{settings}: cache_dir={default!r}; expected a path")
    return Path(default).expanduser()


def cache_key(config: ScenarioRunnerConfig, scenario: PAREScenario) -> CacheKey | None:
    """The key of running an initialised scenario; None where its source cannot be read, so that nothing is cached.

    Covered are the files that define the scenario's classes, its fields, events and noise, the configuration with its
    models and endpoints, the files of scripts and prompts that it names, and every file of this package, whatever
    version it calls itself. Modules that a scenario imports from elsewhere are not.
    """
    sources = _sources(type(scenario))
    if sources is None:
        return None
    engines = (config.user_engine_config, config.observe_engine_config, config.execute_engine_config)
    content = {
        "package": _package_digest(),
        "scripts": None if config.scripts is None else _tree_digest(Path(config.scripts)),
        "prompts": _tree_digest(Path(config.prompts)),
        "base_url": os.environ.get("OPENAI_BASE_URL"),
        "headers": [engine.headers for engine in engines],
        "class": type(scenario).__qualname__,
        "sources": sources,
        "fields": {name: repr(getattr(scenario, name)) for name in sorted(_FIELDS)},
        "augmentation_data": scenario.augmentation_data,
        "events": [(type(e).__name__, e.event_type.value, e.event_id, e.event_relative_time) for e in scenario.events],
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=repr).encode()).hexdigest()
    return CacheKey(scenario.scenario_id, scenario.run_number, config.get_config_hash(), digest)


_FIELDS = frozenset(
    {
        *("scenario_id", "seed", "nb_turns", "config", "additional_system_prompt", "tags", "start_time", "duration"),
        *("time_increment_in_seconds", "tool_augmentation_config", "env_events_config"),
    }
)


def load_result(key: CacheKey, traces: Path | None = None) -> PAREScenarioValidationResult | None:
    """The stored result of `key`, or None. A file that cannot be understood is named in a warning and not used.

    `traces` is the folder where a trace of the run is wanted: one that is not there is copied from where the earlier
    run left it; without either there is no result.
    """
    result = _read(key)
    if result is None or traces is None:
        return result
    wanted = traces / f"{key.run_name}.json"
    if not wanted.is_file():
        if result.export_path is None or not Path(result.export_path).is_file():
            return None
        shutil.copyfile(result.export_path, wanted)
    return replace(result, export_path=str(wanted))


def store_result(key: CacheKey, result: PAREScenarioValidationResult) -> None:
    """Keep a result that is a verdict, in one step; where that fails, a warning names the file."""
    if result.status not in SERVED:
        return
    noise = None if result.noise is None else asdict(result.noise)
    record = {**asdict(key), **{name: getattr(result, name) for name in STORED}, "noise": noise}
    try:
        write_atomically(key.path, json.dumps(record, indent=1).encode())
    except OSError as error:
        LOG.warning("%s: result not cached (%s)", key.path, error)


def clear_cache() -> int:
    """Remove all stored results; how many there were."""
    files = _files()
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


def get_cache_stats() -> dict[str, Any]:
    """`cache_dir`, `file_count`, `total_size` in bytes, `total_size_mb`."""
    sizes = [file.stat().st_size for file in _files()]
    return {
        "cache_dir": str(cache_dir()),
        "file_count": len(sizes),
        "total_size": sum(sizes),
        "total_size_mb": sum(sizes) / 2**20,
    }


def _read(key: CacheKey) -> PAREScenarioValidationResult | None:
    try:
        record = json.loads(key.path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        LOG.warning("%s: not used, cannot be read (%s)", key.path, error)
        return None
    if problem := _problem(record):
        LOG.warning("%s: not used, %s", key.path, problem)
        return None
    if any(record.get(name) != value for name, value in asdict(key).items()):
        return None
    noise = None if record["noise"] is None else Disturbances(**record["noise"])
    return PAREScenarioValidationResult(**{**{name: record[name] for name in STORED}, "noise": noise})


def _problem(record: object) -> str | None:
    if not isinstance(record, dict):
        return "not a JSON object"
    wrong = [name for name, types in STORED.items() if name not in record or type(record[name]) not in types]
    if not wrong and record["noise"] is not None and record["noise"].keys() != asdict(Disturbances()).keys():
        wrong = ["noise"]
    return f"{wrong[0]}={record.get(wrong[0])!r}" if wrong else None


def _files() -> list[Path]:
    folder = cache_dir()
    return [file for file in folder.glob("*.json") if FILE_NAME.fullmatch(file.name)]


def _sources(scenario_class: type) -> list[str] | None:
    """Digests of the files of a class and its bases outside this package; None where one has no readable file."""
    digests = []
    for cls in scenario_class.__mro__:
        if cls is not object and cls.__module__.split(".")[0] != pare_harness.__name__:
            try:
                digests.append(_digest(Path(inspect.getfile(cls))))
            except (OSError, TypeError):
                return None
    return digests


@lru_cache
def _package_digest() -> str:
    return _tree_digest(Path(inspect.getfile(pare_harness)).parent)


def _tree_digest(path: Path) -> str:
    """Of a file, or of all files in a folder; the same for everything that is neither."""
    files = sorted(file for file in [path, *path.rglob("*")] if file.is_file() and "__pycache__" not in file.parts)
    return hashlib.sha256("".join(map(_digest, files)).encode()).hexdigest()


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
