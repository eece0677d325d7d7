"""Traces as a log of inspect_ai, format 2: what `inspect view` opens and `read_eval_log` reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from pare_harness.repeated import Rates, rates, tallies
from pare_harness.trace_model import Trace, TraceStep
from pare_harness.turns import PROPOSE

Json = dict[str, Any]

SCORER = "success"
CORRECT, INCORRECT = "C", "I"
_TOLD_BY_STEPS = frozenset({"user_action", "user_message"})
"""Messages to the agent that repeat what the user's own steps show."""


def eval_log(task: str, traces: Sequence[Trace], created: str) -> Json:
    """One log of one check: scenarios are samples, runs epochs. `created` is a time in ISO format.

    A run counts as in every report: what is not a success is incorrect, and one that broke for reasons of
    infrastructure is an error without a score. Raises `ValueError` for two traces of one run.
    """
    samples = [_sample(trace) for trace in traces]
    _require_distinct(task, samples)
    ids = list(dict.fromkeys(trace.scenario_id for trace in traces))
    found = rates(tallies((trace.scenario_id, trace.status) for trace in traces))
    key = _key(task, created, *(sample["uuid"] for sample in samples))
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": key,
            "run_id": key,
            "created": created,
            "task": task,
            "task_id": _key(task),
            "task_version": 0,
            "dataset": {"name": "pare", "samples": len(ids), "sample_ids": ids, "shuffled": False},
            "model": _model(traces[0]),
            "config": {"epochs": max(sample["epoch"] for sample in samples)},
            "packages": {"pytest-pytyche": version("pytest-pytyche")},
            "scorers": [{"name": SCORER, "options": {}, "metadata": {}}],
        },
        "plan": {"name": "plan", "steps": [{"solver": traces[0].agents.agent, "params": {}}], "config": {}},
        "results": _results(found),
        "stats": {"started_at": created, "completed_at": created, "model_usage": _usage(traces)},
        "samples": samples,
    }


def _results(found: Rates) -> Json:
    metrics: dict[str, float | None] = {"accuracy": found.rate, "monte_carlo_error": found.error}
    if found.interval is not None:
        metrics |= {"lower": found.interval.lower, "upper": found.interval.upper}
    for one in found.passes:
        metrics |= {f"pass@{one.k}": one.at, f"pass^{one.k}": one.hat}
    score = {
        "name": SCORER,
        "scorer": SCORER,
        "scored_samples": found.runs,
        "unscored_samples": found.infra,
        "params": {},
        "metrics": {
            name: {"name": name, "value": value, "params": {}} for name, value in metrics.items() if value is not None
        },
    }
    return {"total_samples": found.runs + found.infra, "completed_samples": found.runs, "scores": [score]}


def _sample(trace: Trace) -> Json:
    epoch = trace.run_number or 1
    key = _key(trace.scenario_id, epoch, trace.model_dump_json())
    messages = list(_messages(trace, key))
    sample: Json = {
        "id": trace.scenario_id,
        "epoch": epoch,
        "input": f"The phone day {trace.scenario_id!r} with seed {trace.seed}",
        "target": "",
        "messages": messages,
        "output": {"model": _model(trace), "choices": [], "completion": _last_words(messages)},
        "metadata": {
            "status": trace.status,
            "seed": trace.seed,
            "tags": trace.tags,
            "turns": trace.turns,
            "counts": asdict(trace.counts),
            "noise": trace.noise and asdict(trace.noise),
        },
        "model_usage": _usage([trace]),
        "uuid": key,
    }
    reason = trace.rationale or (trace.exception.message if trace.exception else trace.status)
    if trace.status == "infra":
        sample["error"] = {"message": reason, "traceback": reason, "traceback_ansi": reason}
    else:
        value = CORRECT if trace.status == "success" else INCORRECT
        sample["scores"] = {SCORER: {"value": value, "explanation": f"{trace.status}: {reason}", "answer": None}}
    return sample


def _messages(trace: Trace, key: str) -> Iterator[Json]:
    """What both sides did, in the roles that the agent sees them in."""
    for number, step in enumerate(trace.steps):
        place = f"{key}-{number}"
        if step.by == "user":
            yield from _of_user(step, place)
        else:
            told = [one.text for one in step.messages if one.kind not in _TOLD_BY_STEPS]
            if told:
                yield {"id": f"{place}-told", "role": "user", "content": "\n\n".join(told)}
            yield from _of_agent(step, place)


def _of_user(step: TraceStep, place: str) -> Iterator[Json]:
    if step.call is not None:
        came = f"{step.error.type}: {step.error.message}" if step.error else _text(step.value)
        content = f"[user, at {step.screen}] {step.call.tool}({_text(step.call.args)}) -> {came}"
        yield {"id": place, "role": "user", "content": content}


def _of_agent(step: TraceStep, place: str) -> Iterator[Json]:
    if step.call is None:
        return
    call = {"id": place, "function": step.call.tool, "arguments": step.call.args, "type": "function"}
    said = str(step.call.args.get("content", "")) if step.call.tool == PROPOSE else ""
    yield {"id": f"{place}-call", "role": "assistant", "content": said, "tool_calls": [call]}
    result: Json = {"id": f"{place}-result", "role": "tool", "tool_call_id": place, "function": step.call.tool}
    if step.error is None:
        yield {**result, "content": _text(step.value)}
    else:
        message = f"{step.error.type}: {step.error.message}"
        yield {**result, "content": message, "error": {"type": "unknown", "message": message}}


def _last_words(messages: Sequence[Json]) -> str:
    said = [str(one["content"]) for one in messages if one["role"] == "assistant" and one["content"]]
    return said[-1] if said else ""


def _usage(traces: Sequence[Trace]) -> Mapping[str, Json]:
    """Tokens of those runs whose models have told them; nothing where none have."""
    told = [(one.usage.prompt_tokens, one.usage.completion_tokens) for one in traces]
    known = [(read, written) for read, written in told if read is not None and written is not None]
    if not known:
        return {}
    read, written = (sum(column) for column in zip(*known, strict=True))
    return {_model(traces[0]): {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}}


def _model(trace: Trace) -> str:
    agents = trace.agents
    named = dict.fromkeys(name for name in (agents.observe_model, agents.execute_model) if name)
    return f"{agents.agent}/{'+'.join(named)}" if named else agents.agent


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _key(*parts: object) -> str:
    """A name of 22 characters that depends on `parts` alone."""
    return sha256(json.dumps(parts).encode()).hexdigest()[:22]


def _require_distinct(task: str, samples: Sequence[Json]) -> None:
    seen: set[tuple[str, int]] = set()
    for sample in samples:
        run = sample["id"], sample["epoch"]
        if run in seen:
            raise ValueError(f"{task}: two traces of scenario {run[0]!r}, run {run[1]}; expected one of each run")
        seen.add(run)
