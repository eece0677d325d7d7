"""A run as a file: what both sides saw and did, the event log, the verdict and the state of the apps."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pare_harness.agents.registry import may_ask_model
from pare_harness.agents.roles import Side
from pare_harness.counting import Counts
from pare_harness.event_log import plain, whole_text
from pare_harness.files import file_name, write_atomically
from pare_harness.meter import ModelUse
from pare_harness.redaction import Redactor
from pare_harness.trace_model import Trace

if TYPE_CHECKING:
    from pare_harness.runner import ScenarioRun
    from pare_harness.scenarios.config import ScenarioRunnerConfig
    from pare_harness.scenarios.scenario import PAREScenario
    from pare_harness.transcript import Step

_WITHOUT_MODEL = ("oracle", "replay")
"""Checks in which no agent of the configuration acts."""


def trace(run: ScenarioRun, scenario: PAREScenario, config: ScenarioRunnerConfig, check: str | None = None) -> Trace:
    """A run as plain values, without the secrets of the environment."""
    result = run.result
    error = result.exception
    content = {
        "scenario_id": scenario.scenario_id,
        "run_number": scenario.run_number,
        "seed": scenario.seed,
        "tags": [str(tag) for tag in scenario.tags],
        "check": check,
        "agents": _agents(config, check),
        "status": result.status,
        "success": result.success,
        "rationale": result.rationale,
        "exception": None if error is None else _error(error),
        "counts": {field.name: getattr(result, field.name) for field in fields(Counts)},
        "usage": {field.name: getattr(result, field.name) for field in fields(ModelUse)},
        "noise": None if result.noise is None else plain(result.noise),
        "steps": [_step(step) for step in run.env.transcript],
        "phone": {name: type(app).__name__ for name, app in run.env.apps.items()},
        "apps": run.env.get_state(),
        **run.log.to_dict(),
    }
    return Trace.model_validate(whole_text(Redactor.of_environment(os.environ)(content)))


def write_trace(made: Trace, folder: Path) -> Path:
    """Write it to `<folder>/<scenario id>[_run_<n>].json`, whole or not at all, and return the path."""
    suffix = "" if made.run_number is None else f"_run_{made.run_number}"
    path = folder / f"{file_name(made.scenario_id)}{suffix}.json"
    write_atomically(path, made.model_dump_json(indent=1).encode())
    return path


def exported(
    run: ScenarioRun, scenario: PAREScenario, config: ScenarioRunnerConfig, check: str | None = None
) -> ScenarioRun:
    """The run with its trace written where the configuration wants it: `output_dir`, one folder below for a check."""
    if not config.export or config.output_dir is None:
        return run
    folder = Path(config.output_dir, *([] if check is None else [file_name(check.replace(" ", "-"))]))
    path = write_trace(trace(run, scenario, config, check), folder)
    return replace(run, result=replace(run.result, export_path=str(path)))


def _agents(config: ScenarioRunnerConfig, check: str | None) -> dict[str, str | None]:
    played = "oracle" if config.oracle else (check or "").partition(" ")[0]
    if played in _WITHOUT_MODEL:
        return {"user": played, "agent": played, "user_model": None, "observe_model": None, "execute_model": None}
    user, agent = may_ask_model(Side.USER, config.user_type), may_ask_model(Side.AGENT, config.agent_type)
    return {
        "user": config.user_type,
        "agent": config.agent_type,
        "user_model": config.user_model_alias if user else None,
        "observe_model": config.observe_model_alias if agent else None,
        "execute_model": config.execute_model_alias if agent else None,
    }


def _step(step: Step) -> dict[str, Any]:
    seen, outcome = step.observation, step.outcome
    failed = None if outcome is None else outcome.error
    return {
        "turn": seen.turn,
        "time": seen.time,
        "by": "user" if step.by_user else "agent",
        "screen": seen.screen,
        "mode": None if seen.mode is None else seen.mode.value,
        "goal": seen.goal,
        "tools_offered": len(seen.tools),
        "messages": [
            {"kind": one.message_type.value, "text": one.message, "time": one.timestamp.isoformat()}
            for one in seen.messages
        ],
        "call": None if outcome is None else {"tool": outcome.call.tool, "args": plain(dict(outcome.call.args))},
        "value": None if outcome is None else plain(outcome.value),
        "error": None if failed is None else _error(failed),
    }


def _error(error: Exception) -> dict[str, str]:
    return {"type": type(error).__name__, "message": str(error)}
