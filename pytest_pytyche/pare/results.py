"""At the end of a run: what PARE items reported, gathered into one result, its frame and its files."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pare_harness.report import to_markdown, to_summary
from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.validation_result import PAREMultiScenarioValidationResult
from pytest_pytyche.files import write_atomically, write_table
from pytest_pytyche.pare.check_names import CHECKS
from pytest_pytyche.pare.checks import explanation
from pytest_pytyche.pare.mutants import MutantCounts
from pytest_pytyche.pare.rate_tables import markdown_table, rate_rows, to_json
from pytest_pytyche.pare.records import DISCOVERY, RUN, Record, from_record, group

if TYPE_CHECKING:
    import polars as pl


HEADER = ("options", "started", "versions")


class Failure(NamedTuple):
    """A run without success, or a file that could not be discovered; what, its status and why, and whose item it is."""

    nodeid: str
    what: str
    status: str
    reason: str


@dataclass(frozen=True)
class PareResults:
    """What a session found.

    `runs`: all of them, each under (`check[scenario id]`, run number), since checks may share a scenario. `checks`:
    the same by check, each under (scenario id, run number). `records`: the journal's lines, in the order of `runs`.
    """

    runs: PAREMultiScenarioValidationResult
    checks: dict[str, PAREMultiScenarioValidationResult]
    records: tuple[Record, ...]
    undiscovered: tuple[Record, ...]

    def to_polars(self) -> "pl.DataFrame":
        """One row per run: the columns of `PAREMultiScenarioValidationResult`, then check, seed and nodeid."""
        import polars as pl  # noqa: PLC0415  # heavy, and only needed here

        texts = {name: [record[name] for record in self.records] for name in ("scenario", "check", "nodeid")}
        return self.runs.to_polars().with_columns(
            pl.Series("base_scenario_id", texts["scenario"], dtype=pl.String),
            pl.Series("check", texts["check"], dtype=pl.String),
            pl.Series("seed", [record["seed"] for record in self.records], dtype=pl.Int64),
            pl.Series("nodeid", texts["nodeid"], dtype=pl.String),
        )

    @cached_property
    def timelines(self) -> dict[tuple[str, str], str]:
        """The end of the event log of runs without success, by node id and scenario with its run."""
        return {
            (record["nodeid"], label(record)): record["timeline"]
            for record in self.records
            if record.get("timeline") is not None
        }

    @cached_property
    def mutants(self) -> "list[MutantCounts]":
        """What became of mutants, scenario by scenario, in the order of the runs."""
        found = [record for record in self.records if record.get("mutants") is not None]
        return [MutantCounts(record["nodeid"], case_id(record), record["mutants"]) for record in found]

    @cached_property
    def failures(self) -> list[Failure]:
        """What did not succeed, in the order of the runs."""
        missing = [
            Failure(record["nodeid"], record["file"], "not discovered", record["message"])
            for record in self.undiscovered
        ]
        runs = zip(self.records, self.runs.scenario_results.values(), strict=True)
        return missing + [
            Failure(record["nodeid"], label(record), result.status, explanation(result))
            for record, result in runs
            if result.status != "success"
        ]


def label(record: Record) -> str:
    """Check, scenario, level of noise and run, as in node ids."""
    return f"{record['check']}[{case_id(record)}]"


def case_id(record: Record) -> str:
    """Scenario, level of noise and run, as in the brackets of node ids."""
    run = "" if record["run"] is None else f"-run{record['run']}"
    level = "" if record.get("level") is None else f"-{record['level']}"
    return f"{record['scenario']}{level}{run}"


def gather(lines: Iterable[Record], config: ScenarioRunnerConfig) -> PareResults:
    """The results of a journal, whatever order its lines came in; a rerun of a built-in check replaces the earlier."""
    lines = list(lines)
    records = _distinct(sorted((line for line in lines if line["kind"] == RUN), key=_order))
    whole = PAREMultiScenarioValidationResult(config)
    checks: dict[str, PAREMultiScenarioValidationResult] = {}
    for record in records:
        result, scenario = from_record(record), record["scenario"]
        of_check = _of_check(checks, group(record), record["check"], config)
        for results, name in ((whole, f"{group(record)}[{scenario}]"), (of_check, scenario)):
            results.add_result(result, name, record["run"])
            results.duration += record["duration"] or 0.0
    undiscovered = tuple(line for line in lines if line["kind"] == DISCOVERY)
    return PareResults(whole, checks, tuple(records), undiscovered)


def write(results: PareResults, folder: Path, split: str, header: Record) -> None:
    """`pare.parquet`, `pare.json` and `pare.md`, each whole or not at all; OSError where they cannot be stored."""
    write_table(folder / "pare.parquet", results.to_polars())
    content = json.dumps({**header, "split": split, **summary(results)}, indent=2, ensure_ascii=False)
    write_atomically(folder / "pare.json", lambda path: path.write_text(f"{content}\n", "utf-8"))
    text = markdown(results, split)
    write_atomically(folder / "pare.md", lambda path: path.write_text(text, "utf-8"))


def summary(results: PareResults) -> dict[str, Any]:
    """The content of `pare.json`: the whole, each check, and everything that did not succeed."""
    rows = rate_rows(results.records)
    return {
        "runs": len(results.records),
        "statuses": results.runs.status_counts,
        "duration": results.runs.duration,
        "checks": {
            check: {**to_summary(found), "rates": to_json(row for row in rows if row.check == check)}
            for check, found in results.checks.items()
        },
        "failures": [failure._asdict() for failure in results.failures],
        "mutants": [{"nodeid": found.nodeid, **found.record} for found in results.mutants],
    }


def markdown(results: PareResults, split: str) -> str:
    """A report per check, after the files that could not be discovered."""
    rows = rate_rows(results.records)
    parts = [
        f"# {check}\n\n{_below(to_markdown(found, split))}\n{markdown_table([r for r in rows if r.check == check])}"
        for check, found in results.checks.items()
    ]
    if results.undiscovered:
        missing = "\n".join(
            f"- {record['file']}: {' '.join(record['message'].split())}" for record in results.undiscovered
        )
        parts.insert(0, f"# Not discovered\n\n{missing}\n")
    return "\n".join(parts)


def _below(text: str) -> str:
    """The same one level of headings deeper."""
    return "\n".join(f"#{line}" if line.startswith("#") else line for line in text.split("\n"))


def _of_check(
    checks: dict[str, PAREMultiScenarioValidationResult], name: str, check: str, config: ScenarioRunnerConfig
) -> PAREMultiScenarioValidationResult:
    if name not in checks:
        checks[name] = PAREMultiScenarioValidationResult(config.model_copy(update={"oracle": check == "oracle"}))
    return checks[name]


def _distinct(records: Sequence[Record]) -> list[Record]:
    """Each run once: what tests record more than once of a run is numbered on after all runs, nothing of it is lost."""
    found: dict[tuple[str, str, int | None], Record] = {}
    more = []
    for record in records:
        key = (group(record), record["scenario"], record["run"])
        if record.get("recorded") and key in found:
            more.append(record)
        else:
            found[key] = record
    for record in more:
        run = record["run"]
        while (group(record), record["scenario"], run) in found:
            run = (run or 1) + 1
        found[group(record), record["scenario"], run] = {**record, "run": run}
    return sorted(found.values(), key=_order)


def _order(record: Record) -> tuple[int, str, float, float, str, int, str]:
    """Built-in checks first, then tests by name; in each level by level the scenarios as discovered, run by run."""
    check, position = record["check"], record["position"]
    rank = CHECKS.index(check) if check in CHECKS else len(CHECKS)
    level = float((record.get("level") or "=0").partition("=")[2])
    place = inf if position is None else position
    return rank, check, level, place, record["scenario"], record["run"] or 0, record["nodeid"]
