"""Results of many runs as text, as Markdown and as a summary for JSON, all from the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pare_harness.scenarios.result_columns import proactive_model
from pare_harness.scenarios.validation_result import PAREMultiScenarioValidationResult, PAREScenarioValidationResult

if TYPE_CHECKING:
    from pare_harness.scenarios.config import ScenarioRunnerConfig

LISTED = 20
"""How many runs that did not succeed are named; the summary for JSON has all."""

COUNTS_AGAINST = "whatever is not a success counts against it"
INJECTED = ("agent_calls", "failed_calls", "renamed_tools", "redescribed_tools", "env_events_requested", "env_events")
Row = tuple[str, ...]


def describe(
    results: PAREMultiScenarioValidationResult,
    split: str = "unknown",
    weight_per_app_class: Mapping[str, float] | None = None,
) -> str:
    """Statuses, rates with what they leave out, and what did not succeed, in aligned lines.

    `weight_per_app_class` is said of the noise; None: the weights of the configuration.
    """
    unsuccessful = list(_unsuccessful(results))
    lines = [_title(results, split), *_setting(results, weight_per_app_class)]
    lines += ["", *_aligned([("status", "runs", "share"), *_status_rows(results)], right=(1, 2))]
    lines += ["", *_aligned(_figures(results), right=(1,))]
    if unsuccessful:
        lines += ["", "not successful", *_aligned([("", *row) for row in unsuccessful[:LISTED]]), *_rest(unsuccessful)]
    return "\n".join(lines)


def to_markdown(results: PAREMultiScenarioValidationResult, split: str = "unknown") -> str:
    """The same as tables."""
    unsuccessful = list(_unsuccessful(results))
    parts = [f"# {_title(results, split)}", "\n".join(f"- {line}" for line in _setting(results, None))]
    parts.append(_table(("status", "runs", "share"), _status_rows(results)))
    parts.append(_table(("figure", "value", "of"), _figures(results)))
    if unsuccessful:
        parts.append("## Not successful")
        parts.append(_table(("scenario", "run", "status", "reason"), unsuccessful[:LISTED]))
        parts += _rest(unsuccessful)
    return "\n\n".join(parts) + "\n"


def to_summary(results: PAREMultiScenarioValidationResult) -> dict[str, Any]:
    """The numbers for JSON: rates without a denominator are None, and every run that did not succeed is named.

    Rates leave out runs that ended as `infra`; statuses and totals are of all runs.
    """
    counted = results.counted
    return {
        "runs": len(results.scenario_results),
        "scenarios": _scenario_count(results),
        "duration": results.duration,
        "statuses": results.status_counts,
        "success_rate": counted.success_rate,
        "success_rate_of_judged": results.success_rate_of_judged,
        "proposal_rate": counted.aggregate_proposal_rate,
        "acceptance_rate": counted.aggregate_acceptance_rate,
        "totals": {
            "proposals": results.total_proposals,
            "acceptances": results.total_acceptances,
            "rejections": results.total_rejections,
            "read_only_actions": results.total_read_only_actions,
            "write_actions": results.total_write_actions,
            "turns": results.total_turns,
        },
        "models": asdict(results.model_use),
        "noise": {"requested_in": sum(one.requested for one in results.noise), **_noise_totals(results)},
        "config": results.run_config.model_dump(mode="json"),
        "not_successful": [
            {"scenario": scenario_id, "run": run_number, "status": result.status, "reason": reason(result)}
            for (scenario_id, run_number), result in results.scenario_results.items()
            if result.status != "success"
        ],
    }


def reason(result: PAREScenarioValidationResult) -> str | None:
    """Why a run did not succeed, on one line: its exception, else the validator's rationale."""
    if result.exception is None:
        return result.rationale and " ".join(result.rationale.split())
    text = " ".join(str(result.exception).split())
    kind = type(result.exception).__name__
    return f"{kind}: {text}" if text else kind


def _title(results: PAREMultiScenarioValidationResult, split: str) -> str:
    runs = _plural(len(results.scenario_results), "run")
    return f"PARE: {runs} of {_plural(_scenario_count(results), 'scenario')}, split {split}, {results.duration:.1f} s"


def _setting(results: PAREMultiScenarioValidationResult, weights: Mapping[str, float] | None) -> list[str]:
    """Who ran, and under what noise."""
    config = results.run_config
    lines = [_who(config)]
    if (tools := config.tool_augmentation_config) is not None:
        lines.append(f"tool noise: {_percent(tools.tool_failure_probability)} of the agent's calls fail")
    if (events := config.env_events_config) is not None:
        shares = weights or events.weight_per_app_class
        said = ", ".join(f"{app} {weight:g}" for app, weight in shares.items())
        lines.append(f"event noise: {events.num_env_events_per_minute} a minute, weights {said}")
    return [*lines, *_injected(results)]


def _injected(results: PAREMultiScenarioValidationResult) -> list[str]:
    """What noise really did, in the runs where any was asked for; nothing where none was."""
    asked = sum(found.requested for found in results.noise)
    if not asked:
        return []
    total = _noise_totals(results)
    calls = f"{total['failed_calls']} of {total['agent_calls']} calls failed"
    texts = f"{total['renamed_tools']} tools renamed, {total['redescribed_tools']} described anew"
    events = f"{total['env_events']} of {total['env_events_requested']} unplanned events happened"
    return [f"noise in {_plural(asked, 'run')}: {calls}, {texts}, {events}"]


def _noise_totals(results: PAREMultiScenarioValidationResult) -> dict[str, int]:
    asked = [found for found in results.noise if found.requested]
    return {name: sum(getattr(found, name) for found in asked) for name in INJECTED}


def _who(config: ScenarioRunnerConfig) -> str:
    """Who acted; models are named only where models did."""
    if config.oracle:
        return "oracle events"
    if config.agent_type == config.user_type == "replay":
        return "oracle events, replayed by user and agent"
    return f"user {config.user_model_alias}, agent {proactive_model(config)}"


def _status_rows(results: PAREMultiScenarioValidationResult) -> list[Row]:
    total = len(results.scenario_results)
    return [(status, str(n), _percent(n / total if total else None)) for status, n in results.status_counts.items()]


def _figures(results: PAREMultiScenarioValidationResult) -> list[Row]:
    """Name, value and what it is of."""
    counts, counted = results.status_counts, results.counted
    success, judged = counts["success"], counts["success"] + counts["failed"]
    runs, infra = _plural(len(counted.scenario_results), "run"), counts["infra"]
    of, lost = (runs, f"; left out: {infra} infra") if infra else (f"all {runs}", "")
    left_out = [f"{n} {status}" for status, n in counts.items() if n and status not in ("success", "failed")]
    proposals, turns = counted.total_proposals, _plural(counted.total_turns, "turn")
    answers = f"{counted.total_acceptances} accepted, {counted.total_rejections} rejected"
    return [
        ("success rate", _percent(counted.success_rate), f"{success} of {of}{lost}; {COUNTS_AGAINST}"),
        (
            "of judged runs",
            _percent(results.success_rate_of_judged),
            f"{success} of {judged} with a verdict; left out: {', '.join(left_out) or 'none'}",
        ),
        ("proposals per turn", _number(counted.aggregate_proposal_rate), f"{proposals} in {turns}{lost}"),
        (
            "acceptance rate",
            _percent(counted.aggregate_acceptance_rate),
            f"{answers} of {_plural(proposals, 'proposal')}{lost}",
        ),
        ("read-only actions", str(results.total_read_only_actions), ""),
        ("write actions", str(results.total_write_actions), ""),
    ]


def _unsuccessful(results: PAREMultiScenarioValidationResult) -> Iterator[Row]:
    for (scenario_id, run_number), result in results.scenario_results.items():
        if result.status != "success":
            run = "" if run_number is None else f"run {run_number}"
            yield scenario_id, run, result.status, reason(result) or "no reason given"


def _rest(rows: Sequence[Row]) -> list[str]:
    return [f"… and {len(rows) - LISTED} more"] if len(rows) > LISTED else []


def _scenario_count(results: PAREMultiScenarioValidationResult) -> int:
    return len({scenario_id for scenario_id, _ in results.scenario_results})


def _aligned(rows: Sequence[Row], right: Sequence[int] = ()) -> list[str]:
    """Columns two blanks apart, those of `right` flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if j in right else cell.ljust(width)
            for j, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _table(head: Row, rows: Sequence[Row]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(rate: float | None) -> str:
    return "undefined" if rate is None else f"{100 * rate:.1f} %"


def _number(rate: float | None) -> str:
    return "undefined" if rate is None else f"{rate:.2f}"


def _plural(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"
