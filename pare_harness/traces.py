"""A run as a file: the event log, the verdict and the state of the apps."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pare_harness.runner import ScenarioRun
    from pare_harness.scenarios.scenario import PAREScenario


def trace(run: ScenarioRun, scenario: PAREScenario) -> dict[str, Any]:
    """A run as plain JSON values."""
    result = run.result
    return {
        "scenario_id": scenario.scenario_id,
        "run_number": scenario.run_number,
        "seed": scenario.seed,
        "status": result.status,
        "rationale": result.rationale,
        "validation_decision": "Valid" if result.success else "Invalid",
        **run.log.to_dict(),
        "apps": run.env.get_state(),
    }


def write_trace(run: ScenarioRun, scenario: PAREScenario, folder: Path) -> Path:
    """Write a run to `<folder>/<scenario id>[_run_<n>].json`, whole or not at all, and return the path."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "" if scenario.run_number is None else f"_run_{scenario.run_number}"
    path = folder / f"{scenario.scenario_id}{suffix}.json"
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(trace(run, scenario), ensure_ascii=False, indent=1), encoding="utf-8")
    unfinished.replace(path)
    return path
