"""Results on their way between processes and into the journal: built-in types only."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from pare_harness.conversation import conversation
from pare_harness.counting import Counts
from pare_harness.disturbances import SPARED, Disturbances
from pare_harness.errors import InfraError, LimitReached, ScenarioError
from pare_harness.event_log import EventLog
from pare_harness.meter import ModelUse
from pare_harness.runner import ScenarioRun
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.scenario import PAREScenario, whole_seed
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pare_harness.timeline import render
from pare_harness.traces import trace
from pytest_pytyche.text import printable, stored

Record = dict[str, Any]

RUN, DISCOVERY = "pare", "pare-discovery"
TIMELINE_EVENTS, TIMELINE_WIDTH = 40, 200
COUNTS = tuple(field.name for field in fields(Counts))
USE = tuple(field.name for field in fields(ModelUse))
BASES: Mapping[str, type[Exception]] = {"limit": LimitReached, "infra": InfraError, "exception": Exception}


class RunLost(ScenarioError):  # noqa: N818  # reads as what happened
    """An item ended without a result: its process died, or something outside the scenario stopped it."""


def to_record(result: PAREScenarioValidationResult, log: EventLog | None = None, **identity: object) -> Record:
    """One line of the journal, with the end of the event log where there was no success; `identity`: whose it is."""
    error = result.exception
    return {
        "kind": RUN,
        **identity,
        "status": result.status,
        "success": None if result.success is None else bool(result.success),
        "exception": None if error is None else {"type": type(error).__name__, "message": stored(printable(error))},
        "rationale": None if result.rationale is None else stored(printable(result.rationale)),
        "export_path": None if result.export_path is None else printable(result.export_path),
        "duration": result.duration,
        "timeline": None if log is None or result.status == "success" else timeline(log),
        "noise": None if result.noise is None else asdict(result.noise),
        **{name: int(getattr(result, name)) for name in COUNTS},
        **{name: getattr(result, name) for name in USE},
    }


def from_record(record: Record) -> PAREScenarioValidationResult:
    """The result again; its exception has the name, the message and the status of the original."""
    error = record["exception"]
    return PAREScenarioValidationResult(
        success=record["success"],
        exception=None if error is None else type(error["type"], (BASES[record["status"]],), {})(error["message"]),
        rationale=record["rationale"],
        export_path=record["export_path"],
        duration=record["duration"],
        noise=None if record.get("noise") is None else Disturbances(**record["noise"]),
        **{name: record[name] for name in (*COUNTS, *USE)},
    )


def group(record: Record) -> str:
    """Under which name a run is reported: its check, at its level of noise where these are compared."""
    return str(record["check"]) if record.get("level") is None else f"{record['check']} {record['level']}"


def timeline(log: EventLog) -> str:
    """The end of an event log, for a report."""
    return stored(render(log, tail=TIMELINE_EVENTS, width=TIMELINE_WIDTH), TIMELINE_EVENTS * (TIMELINE_WIDTH + 1))


def about(scenario: PAREScenario | None) -> Record:
    """What a scenario is grouped by in reports: its tags and the classes of its apps; None where there is none."""
    if scenario is None:
        return {"seed": None, "tags": [], "apps": []}
    apps = {type(app).__name__ for app in scenario.apps} - SPARED
    return {"seed": _seed(scenario), "tags": [printable(tag) for tag in scenario.tags], "apps": sorted(apps)}


def _seed(scenario: PAREScenario) -> int | None:
    """Its seed; None for one that a table cannot hold, which the result of the run says."""
    try:
        return whole_seed(scenario.scenario_id, scenario.seed)
    except ScenarioError:
        return None


def story(run: ScenarioRun | None, scenario: PAREScenario | None, config: ScenarioRunnerConfig) -> Record:
    """A run without success as a conversation; nothing where nobody took a turn, and of a success."""
    if run is None or scenario is None or run.result.status == "success" or not run.env.transcript:
        return {}
    entries = conversation(trace(run, scenario, config))
    return {
        "conversation": [{**asdict(one), "text": stored(one.text), "detail": stored(one.detail)} for one in entries]
    }


def lost_record(reason: str, **identity: object) -> Record:
    """The line of a run that left none."""
    return to_record(
        PAREScenarioValidationResult(success=None, exception=RunLost(reason), **asdict(Counts())), None, **identity
    )
