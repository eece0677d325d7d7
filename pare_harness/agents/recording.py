"""Recording what models answer in a run, and replaying it: the same run again, for free and without a network."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pare_harness.agents.cassettes import (
    Cassette,
    RecordedCall,
    cassette_path,
    load_cassette,
    store_cassette,
)
from pare_harness.agents.chat import CallSite, ChatReply, ChatRequest, Engine, EngineBuilder, Json
from pare_harness.agents.nearest import nearest
from pare_harness.errors import AgentFailure, BudgetReached, CassetteError, NetworkBlockedError
from pare_harness.network import blocked
from pare_harness.redaction import Redactor, alike, opened

if TYPE_CHECKING:
    from pare_harness.runner import ScenarioRun
    from pare_harness.scenarios.config import LLMEngineConfig
    from pare_harness.scenarios.validation_result import PAREScenarioValidationResult


@dataclass(frozen=True)
class RecordMode:
    """`replays`: calls that have a recording are served from it. `asks`: for others the model is asked."""

    name: str
    replays: bool
    asks: bool


MODES: Mapping[str, RecordMode] = {
    mode.name: mode
    for mode in (
        RecordMode("none", replays=True, asks=False),
        RecordMode("once", replays=True, asks=True),
        RecordMode("all", replays=False, asks=True),
    )
}


@dataclass(frozen=True)
class Cassettes:
    """Where cassettes are, how they are used, and what keeps secrets out of them: keys of endpoints above all."""

    folder: Path
    mode: RecordMode = MODES["none"]
    redactor: Redactor = field(default_factory=lambda: Redactor.of_environment(os.environ))

    def tape(self, scenario_id: str, run_number: int | None, variant: str = "") -> Tape:
        """What is recorded and replayed in one run; `variant`: what else tells it from other runs."""
        blank = Cassette(scenario_id, 1 if run_number is None else run_number, ())
        path = cassette_path(self.folder, scenario_id, blank.run, variant)
        return Tape(path, blank, self.mode, self.redactor)


@dataclass(frozen=True)
class CassetteUse:
    """What came of a tape: calls served from it, calls recorded anew, and recorded calls that nobody asked for."""

    path: Path
    replayed: int
    recorded: int
    stale: int

    @property
    def any(self) -> bool:
        """Whether there was, or is, anything on it."""
        return bool(self.replayed or self.recorded or self.stale)


class Tape:
    """The calls of one run, in a `with` block that is the run: recorded ones are served, others asked for or refused.

    The first engine that is made loads the cassette, and blocks the network where no model may be asked: a run without
    models has no use for either. `blank`: a cassette of the run without calls.
    """

    def __init__(self, path: Path, blank: Cassette, mode: RecordMode, redactor: Redactor) -> None:
        self.path, self.recorded, self.mode, self.redactor = path, blank, mode, redactor
        self.played: list[RecordedCall] = []
        self.attempts: list[str] = []
        self.asked = 0
        self._left: list[RecordedCall] = []
        self._blocks = ExitStack()
        self._started = False

    def __enter__(self) -> Tape:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._blocks.close()

    def around(self, build: EngineBuilder) -> EngineBuilder:
        """A builder of engines that are on this tape; `build` makes those behind them once they are needed.

        It raises `CassetteError` for a file that is no cassette of this run.
        """

        def taped(model: LLMEngineConfig, site: CallSite) -> Engine:
            self.redactor = Redactor.of_values((*self.redactor.values, *_secrets(model)))
            if not self._started:
                self._start()
            return TapedEngine(self, site.part, lambda: build(model, site))

        return taped

    def _start(self) -> None:
        self._started = True
        found = load_cassette(self.path) if self.mode.replays else None
        if found is not None:
            mine = self.recorded
            if (found.scenario_id, found.run) != (mine.scenario_id, mine.run):
                raise CassetteError(
                    f"{self.path}: has run {found.run} of {found.scenario_id!r}; "
                    f"expected run {mine.run} of {mine.scenario_id!r}"
                )
            self.recorded, self._left = found, list(found.calls)
        if not self.mode.asks:
            self.attempts = self._blocks.enter_context(blocked())

    def call(self, part: str, request: ChatRequest, ask: Callable[[ChatRequest], ChatReply]) -> RecordedCall:
        """The call as recorded, else as the model that is asked answers it; raises `NotRecordedError` where none is."""
        wanted = self._plain(request.canonical())
        found = self._recorded(part, wanted)
        if found is not None:
            self._left.remove(found)
        elif self.mode.asks:
            found = RecordedCall(part, wanted, self._plain(_outcome(request, ask)))
            self.asked += 1
        else:
            raise nearest(self.path, self.recorded, part, wanted, len(self.played) + 1)
        self.played.append(found)
        return found

    def _recorded(self, part: str, wanted: Json) -> RecordedCall | None:
        """The recorded call; else one that differs only in what was a secret where it was recorded, or is one here."""
        mine = [one for one in self._left if one.part == part]
        same = (one for one in mine if one.request == wanted)
        return next(same, None) or next((one for one in mine if alike(self._plain(opened(one.request)), wanted)), None)

    def close(self, result: PAREScenarioValidationResult) -> PAREScenarioValidationResult:
        """Store what was recorded; not of a run that the infrastructure, time or the other runs of its session ended.

        Returns the result; its exception is the tape's where the run tried to reach the network, or where the cassette
        cannot be stored.
        """
        try:
            if self.attempts:
                raise NetworkBlockedError(f"{self.attempts[0]}: the network is blocked while recordings are replayed")
            if self.asked and result.status != "infra" and not _by_chance(result.exception):
                store_cassette(self.path, dataclasses.replace(self.recorded, calls=tuple(self.played)))
        except (NetworkBlockedError, CassetteError) as error:
            rationale = f"{type(error).__name__}: {error}"
            return dataclasses.replace(result, success=None, exception=error, rationale=rationale)
        return result

    @property
    def use(self) -> CassetteUse:
        """What has come of it so far; calls that a run replaces are not stale."""
        stale = 0 if self.asked else len(self._left)
        return CassetteUse(self.path, len(self.played) - self.asked, self.asked, stale)

    def _plain(self, content: Json) -> dict[str, Any]:
        """As it comes out of a file, without secrets: whoever reads it gets the same while recording and later."""
        plain: dict[str, Any] = json.loads(json.dumps(content))
        tools = {"tools": plain.pop("tools")} if "tools" in plain else {}
        safe: dict[str, Any] = self.redactor(plain)
        return safe | tools


def run_taped(tape: Tape, run: Callable[[], ScenarioRun]) -> ScenarioRun:
    """A run whose engines are on `tape`, which is stored at its end."""
    with tape:
        done = run()
    result = tape.close(done.result)
    return dataclasses.replace(done, result=result, cassette=tape.use if tape.use.any else None)


class TapedEngine:
    """An engine on a tape. The one behind it is made when a model has to be asked, and not for a replay."""

    def __init__(self, tape: Tape, part: str, make: Callable[[], Engine]) -> None:
        self.tape, self.part, self.make = tape, part, make
        self._engine: Engine | None = None

    def complete(self, request: ChatRequest) -> ChatReply:
        """The recorded answer, or a new one that is recorded."""
        return self.tape.call(self.part, request, self._ask).answer()

    def _ask(self, request: ChatRequest) -> ChatReply:
        if self._engine is None:
            self._engine = self.make()
        return self._engine.complete(request)


def _outcome(request: ChatRequest, ask: Callable[[ChatRequest], ChatReply]) -> dict[str, Any]:
    """What the model answered; that the agent failed belongs to the run as much as an answer does."""
    try:
        return {"reply": ask(request).to_dict()}
    except AgentFailure as failure:
        return {"failure": {"type": type(failure).__name__, "message": str(failure), "retries": failure.retries}}


def _by_chance(error: Exception | None) -> bool:
    """Whether a run met a budget where another one, as long, might not."""
    return isinstance(error, BudgetReached) and error.by_chance


def _secrets(model: LLMEngineConfig) -> list[str]:
    """What `model` is told to take from the environment, whatever the variables are called."""
    named = [value[1:] for value in model.headers.values() if value.startswith("$")]
    return [os.environ[name] for name in (model.api_key_env, *named) if name in os.environ]
