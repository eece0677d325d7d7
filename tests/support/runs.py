"""Run folders as a session leaves them, from results that never happened."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pare_harness.scenarios.validation_result import PAREScenarioValidationResult
from pytest_pytyche.pare.records import to_record
from pytest_pytyche.report.columns import CURVE, QUOTED

Line = dict[str, Any]

NAME = "20260101T000000Z-abcdef"
HEADER: Line = {
    "kind": "run",
    "catalog": "mine",
    "seeds": [0, 1],
    "estimators": ["lin", "other"],
    "checks": ["estimate"],
    "options": ["--pytyche-profile=mine", "--pytyche-seeds=2"],
    "command": ["pytest", "--pytyche-profile=mine", "--pytyche-seeds=2"],
    "started": "2026-01-01T00:00:00+00:00",
    "versions": {"python": "3.11"},
}
END: Line = {"kind": "end", "exit_status": 0, "ended": "2026-01-01T00:00:01+00:00"}
SCALES = (0.5, 1.0, 2.0)
TEMPLATES = ("reversal", "constant")


def write_run(output: Path, lines: Iterable[Line], name: str = NAME, tail: str = "") -> Path:
    """The folder of a run with these lines in its journal, and perhaps the beginning of one more."""
    folder = output / "runs" / name
    folder.mkdir(parents=True)
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (folder / "journal.jsonl").write_text(text + tail, "utf-8")
    return folder


def whole_run(*more: Line, exit_status: int = 0) -> list[Line]:
    """Header, fits of two estimators on two templates at three effect scales and two seeds, and the end."""
    return [HEADER, *fits(), *more, {**END, "exit_status": exit_status}]


def fits(seeds: int = 2, estimators: tuple[str, ...] = ("lin", "other")) -> Iterator[Line]:
    """Lines about specs, estimates and how their items ended; the PEHE is scale × (1 + seed / 5)."""
    cases = [(template, scale) for template in TEMPLATES for scale in SCALES]
    for position, (template, scale) in enumerate(cases):
        for seed in range(seeds):
            case = {"catalog": "mine", "position": position, "spec": f"{template}-cr-es{scale:g}", "seed": seed}
            scenario = {"template": template, "metric": "conversion_rate"}
            nodeid = f"pytyche:mine::estimate[{case['spec']}-s{seed}-{estimators[0]}]"
            known = {"knobs": {"effect_scale": scale}, "digest": "d", "n_visitors": 100}
            yield {"kind": "spec", "nodeid": nodeid, **case, **scenario, **known}
            for estimator in estimators:
                yield from fit({**case, "estimator": estimator, **scenario}, scale * (1 + seed / 5))


def fit(case: Line, pehe: float) -> Iterator[Line]:
    """An estimate whose every other metric is a tenth of its PEHE, and the item that made it."""
    nodeid = f"pytyche:mine::estimate[{case['spec']}-s{case['seed']}-{case['estimator']}]"
    metrics = {column.name: pehe / 10 for column in (*QUOTED, *CURVE)}
    yield {"kind": "estimate", "nodeid": nodeid, **case, "contrast": "treatment", **metrics, "pehe": pehe, "seconds": 1}
    yield item(case, nodeid)


def item(case: Line, nodeid: str, outcome: str = "passed", reason: str | None = None, phase: str = "call") -> Line:
    """How an item ended."""
    line = {"kind": "item", "nodeid": nodeid, "outcome": outcome, "phase": phase, "reason": reason, "seconds": 0.1}
    return {**line, **{key: case.get(key) for key in ("catalog", "position", "spec", "seed", "estimator")}}


def failed_item(spec: str = "reversal-cr-es1", reason: str = "no convergence") -> Line:
    """An item of its own that failed."""
    case = {"catalog": "mine", "position": 1, "spec": spec, "seed": 0, "estimator": None}
    return item(case, f"pytyche:mine::truth[{spec}-s0]", "failed", reason)


def scenario_run(scenario: str, run: int | None = None, *, success: bool = True, **values: Any) -> list[Line]:
    """A run of a scenario in which one of two proposals was accepted in four turns, and that it is done."""
    nodeid = f"pare::replay[{scenario}{f'-run{run}' if run else ''}]"
    result = PAREScenarioValidationResult(
        success, duration=0.5, proposal_count=2, acceptance_count=1, rejection_count=1, number_of_turns=4
    )
    line = to_record(result, nodeid=nodeid, check="replay", scenario=scenario, run=run, position=0, seed=1)
    return [{**line, **values}, {"kind": "done", "nodeid": nodeid}]


def verdict(subject: str = "reversal-cr-es1", word: str = "FAIL", **values: Any) -> Line:
    """A row of the verdicts: PEHE 14 % worse."""
    return {
        "kind": "catalog",
        "baseline": "main",
        "subject": subject,
        "template": subject.partition("-")[0],
        "candidate": "lin",
        "metric": "pehe",
        "verdict": word,
        "reason": None,
        "replicates": 10,
        "baseline_mean": 1.0,
        "candidate_mean": 1.14,
        "difference": 0.131,
        "upper_bound": 0.16,
        "margin": 0.0953,
        "p_value": 1e-5,
        "p_holm": 0.001,
        "identical": False,
        **values,
    }


def verdicts(*rows: Line) -> Line:
    """The line of the journal that holds them."""
    return {"kind": "verdicts", "rows": list(rows)}
