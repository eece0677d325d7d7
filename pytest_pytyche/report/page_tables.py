"""The tables of the page that a reader sorts, filters and opens: column by column, so that many rows stay small."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from pytest_pytyche.generators.catalog import SHORT_METRICS
from pytest_pytyche.report.frames import check_of
from pytest_pytyche.report.rerun import CATALOG, ESTIMATOR, NARROWING, pare_command
from pytest_pytyche.report.scenarios import ScenarioRate
from pytest_pytyche.report.stories import Stories
from pytest_pytyche.report.verdict_columns import VERDICT_NAMES
from pytest_pytyche.text import shown, stored

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

TEXT, BLOCK, NUMBER, SHARE = "text", "block", "number", "share"
MOST_ROWS = 25_000
DIGITS = 5
REASON, TIMELINE, COMMAND = 200, 3_000, 1_000
MOST_TEXT = 1_200_000
"""Characters of reasons and timelines on the page, so that it opens quickly whatever models have to say."""

EMPTY = ""


@dataclass(frozen=True)
class Field:
    """A column. `choose`: a reader picks one of its values; `opened`: only shown once the row is opened."""

    key: str
    label: str
    kind: str = TEXT
    choose: bool = False
    opened: bool = False


@dataclass(frozen=True)
class FitCommand:
    """What the command that repeats a fit is made of, but for spec, seed and estimator: nodes by catalog."""

    options: list[str]
    nodes: Mapping[str, str]


@dataclass(frozen=True)
class DataTable:
    """A table, and perhaps the one with the rows that stand behind each of its own, found by their values of `by`."""

    fields: tuple[Field, ...]
    columns: Mapping[str, Sequence[Any]]
    left_out: int = 0
    children: "DataTable | None" = None
    by: tuple[str, ...] = ()
    command: FitCommand | None = None

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))

    def to_json(self) -> dict[str, Any]:
        """What the page's script reads."""
        return {
            "fields": [vars(field) for field in self.fields],
            "columns": {field.key: _packed(field, self.columns[field.key]) for field in self.fields},
            "height": self.height,
            "children": self.children and self.children.to_json(),
            "by": self.by,
            "command": self.command and vars(self.command),
        }


ESTIMATE = (
    Field("seed", "seed", NUMBER),
    Field("pehe", "PEHE", NUMBER),
    Field("ate_error", "ATE error", NUMBER),
    Field("coverage_cate", "coverage", SHARE),
    Field("interval_score", "interval score", NUMBER),
    Field("policy_regret", "policy regret", NUMBER),
    Field("spearman", "rank correlation", NUMBER),
    Field("seconds", "seconds", NUMBER),
    Field("error", "error"),
)
SPEC = (
    Field("spec", "spec"),
    Field("estimator", "estimator", choose=True),
    Field("template", "template", choose=True),
    Field("metric", "metric", choose=True),
    Field("replicates", "seeds", NUMBER),
    Field("failed", "failed", NUMBER),
    Field("pehe", "PEHE", NUMBER),
    Field("pehe_mcse", "± PEHE", NUMBER, opened=True),
    Field("ate_error", "ATE error", NUMBER),
    Field("coverage_cate", "coverage", SHARE),
    Field("interval_score", "interval score", NUMBER),
    Field("policy_regret", "policy regret", NUMBER),
    Field("seconds", "seconds", NUMBER),
    Field("contrast", "contrast", opened=True),
    Field("catalog", "catalog", opened=True),
)
VERDICT = (
    Field("subject", "subject"),
    Field("verdict", "verdict", choose=True),
    Field("metric", "metric", choose=True),
    Field("difference", "difference", NUMBER),
    Field("upper_bound", "upper bound", NUMBER),
    Field("p_holm", "p (Holm)", NUMBER),
    Field("baseline_mean", "before", NUMBER),
    Field("candidate_mean", "now", NUMBER),
    Field("candidate", "candidate", choose=True),
    Field("template", "template", choose=True),
    Field("baseline", "baseline", choose=True),
    Field("margin", "margin", NUMBER, opened=True),
    Field("p_value", "p, not adjusted", NUMBER, opened=True),
    Field("replicates", "pairs", NUMBER, opened=True),
    Field("reason", "remark", opened=True),
)
SCENARIO = (
    Field("scenario", "scenario"),
    Field("check", "check", choose=True),
    Field("runs", "runs", NUMBER),
    Field("rate", "success", SHARE),
    Field("lower", "from", SHARE),
    Field("upper", "to", SHARE),
    Field("proposal_rate", "proposals a turn", NUMBER),
    Field("acceptance_rate", "accepted", SHARE),
    Field("seconds", "seconds", NUMBER),
    Field("infra", "left out: infra", NUMBER, opened=True),
)
RUN = (
    Field("run", "run", NUMBER),
    Field("status", "status"),
    Field("proposal_count", "proposals", NUMBER),
    Field("acceptance_count", "accepted", NUMBER),
    Field("rejection_count", "rejected", NUMBER),
    Field("write_actions", "write actions", NUMBER),
    Field("number_of_turns", "turns", NUMBER),
    Field("reason", "reason"),
    Field("command", "run it again", opened=True),
    Field("timeline", "timeline", BLOCK, opened=True),
    Field("story", "conversation", opened=True),
)


def spec_table(run: "Run") -> DataTable:
    """A row per spec, estimator and contrast, with a row per seed behind it."""
    keys = ["catalog", "spec", "estimator", "contrast", "template", "metric"]
    rows = run.tables.estimates.with_columns(pl.col("metric").replace(SHORT_METRICS))
    measured = [field.key for field in SPEC if field.kind != TEXT and field.key in rows.columns]
    means = rows.group_by(keys, maintain_order=True).agg(
        pl.col(measured).mean(),
        (pl.col("pehe").std() / pl.col("pehe").count().sqrt()).alias("pehe_mcse"),
        pl.len().alias("replicates"),
        pl.col("error").count().alias("failed"),
    )
    by = ("catalog", "spec", "estimator", "contrast")
    fields = (*(Field(key, key, opened=True) for key in by), *ESTIMATE)
    return _table(SPEC, means, _table(fields, rows), by, _fit_command(run))


def verdict_table(verdicts: pl.DataFrame) -> DataTable:
    """A row per verdict, the worst first."""
    return _table(VERDICT, verdicts.sort(pl.col("verdict").cast(pl.Enum(VERDICT_NAMES)), maintain_order=True))


def scenario_table(run: "Run", rates: Sequence[ScenarioRate], told: Stories) -> DataTable:
    """A row per scenario and check, with its runs behind it."""
    rows = pl.DataFrame([_rate_row(rate) for rate in rates], infer_schema_length=None)
    by = ("scenario", "check")
    fields = (*(Field(key, key, opened=True) for key in by), *RUN)
    return _table(SCENARIO, rows, table_of_rows(fields, _run_rows(run, told)), by)


def _table(
    fields: tuple[Field, ...],
    frame: pl.DataFrame,
    children: DataTable | None = None,
    by: tuple[str, ...] = (),
    command: FitCommand | None = None,
) -> DataTable:
    numbers = pl.selectors.float()
    head = frame.head(MOST_ROWS).with_columns(pl.when(numbers.is_finite()).then(numbers.round_sig_figs(DIGITS)))
    columns = {field.key: head[field.key].to_list() for field in fields}
    return DataTable(fields, columns, frame.height - head.height, children, by, command)


def table_of_rows(fields: tuple[Field, ...], rows: Sequence[dict[str, Any]]) -> DataTable:
    """The fields of each row, as many rows as the page holds."""
    head = rows[:MOST_ROWS]
    columns = {field.key: [row[field.key] for row in head] for field in fields}
    return DataTable(fields, columns, len(rows) - len(head))


def _fit_command(run: "Run") -> FitCommand | None:
    """None where users' tests made the fits."""
    fits = (line for line in run.lines if line["kind"] == "item" and check_of(line["nodeid"]) == "estimate")
    nodes = {line["catalog"]: line["nodeid"].partition("::")[0] for line in fits}
    if not nodes:
        return None
    kept = [text for text in run.options if text.startswith(CATALOG) and not text.startswith((ESTIMATOR, *NARROWING))]
    return FitCommand(kept, nodes)


def _rate_row(rate: ScenarioRate) -> dict[str, Any]:
    bounds = rate.interval
    return {
        "scenario": rate.scenario,
        "check": rate.check,
        "runs": rate.runs,
        "infra": rate.infra,
        "rate": rate.rate,
        "lower": bounds and bounds.lower,
        "upper": bounds and bounds.upper,
        "proposal_rate": rate.proposal_rate,
        "acceptance_rate": rate.acceptance_rate,
        "seconds": rate.seconds,
    }


def _run_rows(run: "Run", told: Stories) -> list[dict[str, Any]]:
    """Runs in order; once they have used up their room, texts are left to `pare.parquet`."""
    pare = run.pare
    if pare is None:
        return []
    from pytest_pytyche.pare.results import label  # noqa: PLC0415  # heavy: loads pare_harness

    reasons = {(failure.nodeid, failure.what): failure.reason for failure in pare.failures}
    room = MOST_TEXT
    rows = []
    for record, what in zip(pare.records, map(label, pare.records), strict=True):
        place = told.anchors.get((record["nodeid"], what), EMPTY)
        texts = {
            "reason": shown(reasons.get((record["nodeid"], what), EMPTY), REASON),
            "timeline": EMPTY if place else stored(record.get("timeline") or EMPTY, TIMELINE),
            "command": shown(pare_command(record["nodeid"], run.options), COMMAND),
        }
        if record["status"] == "success" or room <= 0:
            texts = dict.fromkeys(texts, EMPTY)
        room -= sum(map(len, texts.values()))
        rows.append({**record, **texts, "story": place})
    return rows


def _packed(field: Field, values: Sequence[Any]) -> Any:
    """Numbers with few digits; texts as places in the list of different ones."""
    if field.kind in {NUMBER, SHARE}:
        return list(values)
    places = {text: place for place, text in enumerate(dict.fromkeys(values))}
    levels = [text and (text if field.kind == BLOCK else shown(text, COMMAND)) for text in places]
    return {"levels": levels, "codes": [places[value] for value in values]}
