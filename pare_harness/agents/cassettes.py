"""Cassettes: what models were asked and answered in one run, as a text file that people can read and compare.

The file is JSON, which needs no further package and has one spelling of everything. Long texts are lists of their
lines, tools stand in one table, and a request holds only the messages that its predecessor did not have, so that each
sentence is in the file once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pare_harness.agents.chat import ChatReply, Json
from pare_harness.errors import AgentFailure, CassetteError, ContextOverflowError, RefusalError
from pare_harness.files import file_name, write_atomically

FORMAT = "pare-cassette 1"
MAX_BYTES = 10_000_000
TEXTS = frozenset({"arguments", "content", "description", "text"})
FAILURES: Mapping[str, type[AgentFailure]] = {cls.__name__: cls for cls in (ContextOverflowError, RefusalError)}


@dataclass(frozen=True)
class RecordedCall:
    """One call of a model by a part of the run: its canonical request, and the reply or the agent's failure."""

    part: str
    request: Json
    outcome: Json

    def answer(self) -> ChatReply:
        """The reply once more; raises the failure where that is what was recorded."""
        if "failure" in self.outcome:
            recorded = self.outcome["failure"]
            failure = FAILURES.get(recorded["type"], AgentFailure)(recorded["message"])
            failure.retries = recorded["retries"]
            raise failure
        return ChatReply.from_dict(self.outcome["reply"])


@dataclass(frozen=True)
class Cassette:
    """The calls of one run in the order in which they were made. Runs count from 1; the only one is number 1."""

    scenario_id: str
    run: int
    calls: tuple[RecordedCall, ...]

    def to_text(self) -> str:
        """The content of the file: the same text for the same calls."""
        tools = _ToolTable()
        calls, last = list[Json](), dict[str, Sequence[Json]]()
        for call in self.calls:
            calls.append({"part": call.part, "request": _shortened(call, last, tools), **call.outcome})
            last[call.part] = call.request["messages"]
        content = {
            "format": FORMAT,
            "scenario": self.scenario_id,
            "run": self.run,
            "calls": calls,
            "toolsets": tools.sets,
            "tools": tools.definitions,
        }
        return json.dumps(in_lines(content), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Cassette:
        """The cassette that `to_text` wrote; raises `CassetteError` for any other text."""
        try:
            content = _joined(json.loads(text))
            if content["format"] != FORMAT:
                raise CassetteError(f"format {content['format']!r}; expected {FORMAT!r}")
            return cls(content["scenario"], content["run"], _calls(content))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise CassetteError(f"{type(error).__name__}: {error}") from error


def cassette_path(folder: Path, scenario_id: str, run: int, variant: str = "") -> Path:
    """The file of a run; `variant`: what else tells it from others, such as its level of noise or the test it is in."""
    name = "-".join(part for part in (scenario_id, variant, f"run{run}") if part)
    return folder / f"{file_name(name)}.json"


def load_cassette(path: Path) -> Cassette | None:
    """The cassette in a file, None where there is no file; raises `CassetteError` with the path for any other file."""
    try:
        return Cassette.from_text(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, CassetteError) as error:
        raise CassetteError(f"{path}: no cassette that can be used ({error})") from error


def store_cassette(path: Path, cassette: Cassette) -> None:
    """Write a cassette whole or not at all; raises `CassetteError` beyond `MAX_BYTES` or where nothing can be written.

    Half of a surrogate pair, which models do send, has no UTF-8: its JSON escape stands for it.
    """
    content = cassette.to_text().encode("utf-8", "backslashreplace")
    if len(content) > MAX_BYTES:
        raise CassetteError(
            f"{path}: {len(cassette.calls)} calls take {len(content) / 1e6:.1f} MB; expected at most "
            f"{MAX_BYTES / 1e6:g} MB, which fewer turns or a budget of tokens would keep to"
        )
    try:
        write_atomically(path, content)
    except OSError as error:
        raise CassetteError(f"{path}: cannot be written ({error.strerror})") from error


def in_lines(value: Any, key: str = "") -> Any:
    """The same with each text of several lines as the list of its lines."""
    if isinstance(value, str):
        return value.split("\n") if key in TEXTS and "\n" in value else value
    if isinstance(value, Mapping):
        return {name: in_lines(item, name) for name, item in value.items()}
    return [in_lines(item) for item in value] if isinstance(value, list) else value


def _joined(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        if key in TEXTS and value and all(isinstance(item, str) for item in value):
            return "\n".join(value)
        return [_joined(item) for item in value]
    return {name: _joined(item, name) for name, item in value.items()} if isinstance(value, dict) else value


class _ToolTable:
    """Each definition of a tool once, and each set of tools that is offered together."""

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {}
        self.sets: list[list[str]] = []

    def number(self, tools: Sequence[Json]) -> int:
        """Which set this is; one that is new is added."""
        names = [self._name(tool) for tool in tools]
        if names not in self.sets:
            self.sets.append(names)
        return self.sets.index(names)

    def _name(self, tool: Json) -> str:
        """Its own name, numbered where another definition has that already."""
        own = str(tool.get("function", {}).get("name", "tool"))
        name, number = own, 1
        while self.definitions.setdefault(name, tool) != tool:
            number += 1
            name = f"{own} ({number})"
        return name


def _shortened(call: RecordedCall, last: Mapping[str, Sequence[Json]], tools: _ToolTable) -> Json:
    request = dict(call.request)
    messages = request.pop("messages")
    before = last.get(call.part, ())
    pairs = enumerate(zip(before, messages, strict=False))
    kept = next((i for i, (old, new) in pairs if old != new), min(len(before), len(messages)))
    if "tools" in request:
        request["tools"] = tools.number(request["tools"])
    known = {"messages_before": kept} if kept else {}
    return {"model": request.pop("model"), **request, **known, "messages": list(messages[kept:])}


def _calls(content: Json) -> tuple[RecordedCall, ...]:
    definitions, last = content["tools"], dict[str, list[Json]]()
    sets = [[definitions[name] for name in names] for names in content["toolsets"]]
    calls = list[RecordedCall]()
    for entry in content["calls"]:
        request, part = dict(entry["request"]), entry["part"]
        request["messages"] = [*last.get(part, ())[: request.pop("messages_before", 0)], *request["messages"]]
        if "tools" in request:
            request["tools"] = sets[request["tools"]]
        last[part] = request["messages"]
        outcome = {name: entry[name] for name in ("reply", "failure") if name in entry}
        if len(outcome) != 1:
            raise CassetteError(f"call {len(calls) + 1} has neither a reply nor a failure")
        calls.append(RecordedCall(part, request, outcome))
    return tuple(calls)
