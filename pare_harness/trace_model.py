"""The file of a run: its JSON schema is `docs/schema/pare-trace.schema.json`."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pare_harness.counting import Counts
from pare_harness.disturbances import Disturbances
from pare_harness.meter import ModelUse
from pare_harness.scenarios.validation_result import Status

Time = Annotated[float, Field(description="Simulated seconds since the Unix epoch.")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TraceError(_Part):
    """What a call raised, or what ended the run."""

    type: str
    message: str


class TraceMessage(_Part):
    """Something that a side was told before its step."""

    kind: str
    text: str
    time: str


class TraceCall(_Part):
    """A call of a tool by its public name."""

    tool: str
    args: dict[str, Any]


class TraceStep(_Part):
    """A step of one side: what it saw, what it called, and what came of that."""

    turn: int
    time: Time
    by: Literal["user", "agent"]
    screen: Annotated[str | None, Field(description="App and screen that the user looks at; null for the agent.")]
    mode: Annotated[str | None, Field(description="What the agent may do; null for the user.")]
    goal: Annotated[str | None, Field(description="The accepted proposal that the agent carries out.")]
    tools_offered: int
    messages: list[TraceMessage]
    call: Annotated[TraceCall | None, Field(description="Null where the side ended its turn.")]
    value: Annotated[Any, Field(description="What the call returned.")]
    error: TraceError | None


class TraceEvent(_Part):
    """An entry of the event log."""

    event_id: str
    event_type: str
    event_time: Time | None
    app: str
    app_class: str
    function: str
    operation: str | None
    args: dict[str, Any]
    metadata: dict[str, Any]


class TraceAgents(_Part):
    """Who acted."""

    user: str
    agent: str
    user_model: str | None
    observe_model: str | None
    execute_model: str | None


class Trace(_Part):
    """One run of one scenario. The same run gives the same file in every process; secrets are replaced."""

    format: Literal["pare-trace"] = "pare-trace"
    version: Literal[1] = 1
    scenario_id: str
    run_number: int | None
    seed: int
    tags: list[str]
    check: Annotated[str | None, Field(description="The check that made the run, with its level of noise.")]
    agents: TraceAgents
    status: Status
    success: bool | None
    rationale: str | None
    exception: TraceError | None
    counts: Counts
    usage: ModelUse
    noise: Disturbances | None
    turns: int
    steps: Annotated[list[TraceStep], Field(description="Empty in an oracle run, in which nobody decides anything.")]
    events: list[TraceEvent]
    phone: Annotated[dict[str, str], Field(description="Class of each app by its name.")]
    apps: Annotated[dict[str, Any], Field(description="State of each app at the end, by its name.")]


def schema_text() -> str:
    """The schema as it is published: `python -m pare_harness.trace_model > FILE`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Trace.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
