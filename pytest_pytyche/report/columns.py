"""Every column of the result tables, declared once: its name, type, meaning and where its value comes from."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from pytest_pytyche.estimators.base import LEVELS

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column and how a record fills it; by default with the record's entry of the same name."""

    name: str
    dtype: type[pl.DataType]
    doc: str
    get: Callable[[Record], object] | None = None

    def values(self, records: Sequence[Record]) -> list[object]:
        """The records' entries, None where one has none."""
        if self.get is None:
            return [record.get(self.name) for record in records]
        return [self.get(record) for record in records]


@dataclass(frozen=True)
class Knob:
    """Gets a knob of the scenario; a value that is not of the column's type is left to the JSON text of all knobs."""

    name: str
    types: tuple[type, ...]

    def __call__(self, record: Record) -> object:
        value = (record.get("knobs") or {}).get(self.name)
        return value if isinstance(value, self.types) and not isinstance(value, bool) else None


def _number_knob(name: str, doc: str) -> Column:
    return Column(name, pl.Float64, doc, Knob(name, (int, float)))


def _text_knob(name: str, doc: str) -> Column:
    return Column(name, pl.String, doc, Knob(name, (str,)))


def _knobs_text(record: Record) -> str | None:
    return json.dumps(record["knobs"]) if "knobs" in record else None


def _recorded_number(record: Record) -> float | None:
    value = record["value"]
    return float(value) if isinstance(value, int | float) else None


def _recorded_text(record: Record) -> str | None:
    value = record["value"]
    return value if isinstance(value, str) else None


IDENTITY = (
    Column("catalog", pl.String, "profile, or name of the user's catalog"),
    Column("spec", pl.String, "id of the spec"),
    Column("seed", pl.Int64, "seed of the data"),
)
SCENARIO = (
    Column("template", pl.String, "scenario template"),
    Column("metric", pl.String, "conversion_rate, revenue_per_visitor or continuous_outcome"),
)
QUOTED = (
    Column("pehe", pl.Float64, "root mean squared error of the CATE"),
    Column("ate_error", pl.Float64, "absolute error of the ATE against the mean effect of the realised visitors"),
    Column("interval_score", pl.Float64, "mean interval (Winkler) score of the 95 % CATE intervals"),
    Column("coverage_cate", pl.Float64, "share of visitors whose 95 % interval holds their effect"),
    Column("coverage_ate", pl.Float64, "1 where the 95 % interval holds the ATE, else 0"),
    Column("width_cate", pl.Float64, "mean width of the 95 % CATE intervals"),
    Column("width_ate", pl.Float64, "width of the 95 % ATE interval"),
)
CURVE = tuple(
    Column(f"coverage_{effect}_{100 * level:.0f}", pl.Float64, f"coverage of the {effect.upper()} at {level:.0%}")
    for level in LEVELS
    for effect in ("cate", "ate")
)
REPORTED = (
    Column("crps", pl.Float64, "mean continuous ranked probability score of the CATE draws; null without draws"),
    Column("spearman", pl.Float64, "rank correlation of estimated and true CATE; null where either is constant"),
    Column("policy_regret", pl.Float64, "mean loss against treating everyone with their best arm"),
    Column("ate_hat", pl.Float64, "estimated ATE"),
    Column("ate", pl.Float64, "mean effect of the realised visitors"),
    Column("interval_score_ate", pl.Float64, "interval (Winkler) score of the 95 % ATE interval"),
    Column("crps_ate", pl.Float64, "continuous ranked probability score of the ATE draws; null without draws"),
)
METRICS = (*QUOTED, *CURVE, *REPORTED)
RANKS = (
    Column("pit_ate", pl.Float64, "rank of the ATE among its draws, from 0 to 1; null without draws, as the next four"),
    Column("pit_cate", pl.Float64, "rank of the effect of a visitor taken at random among its draws"),
    Column("pit_cate_low", pl.Float64, "the same of the visitor at a tenth of the order of estimated effects"),
    Column("pit_cate_high", pl.Float64, "the same of the visitor at nine tenths of that order"),
    Column("ess_ate", pl.Float64, "effective number of draws of the ATE"),
)
DECISIONS = (
    Column(
        "policy_value",
        pl.Float64,
        "gain per visitor of treating where it pays; null unless asked for, as the next four",
    ),
    Column("policy_value_best", pl.Float64, "the same of the policy that knows the truth"),
    Column("autoc", pl.Float64, "area under the targeting operator characteristic of the estimated effects"),
    Column("qini", pl.Float64, "area between the uplift curve and the line of random treatment"),
    Column("auuc", pl.Float64, "area under the uplift curve"),
)
SCORES = (*METRICS, *DECISIONS)

ESTIMATES = (
    *IDENTITY,
    Column("estimator", pl.String, "estimator, as asked for"),
    Column("contrast", pl.String, "arm that is compared with control; null where the fit failed"),
    *SCENARIO,
    *METRICS,
    *RANKS,
    *DECISIONS,
    Column("seconds", pl.Float64, "duration of the fit"),
    Column("peak_rss_mb", pl.Float64, "peak resident memory of the process after the fit, in MB"),
    Column("cached", pl.Boolean, "whether the fit is one of an earlier run, whose seconds and memory are given"),
    Column("error", pl.String, "why there is no estimate, else null"),
)

SPECS = (
    *IDENTITY,
    *SCENARIO,
    Column("digest", pl.String, "sha256 of the generator's configuration"),
    Column("n_visitors", pl.Int64, "visitors generated"),
    _number_knob("effect_scale", "size of the effect, in units of the template"),
    _text_knob("channel_mode", "how revenue given conversion follows the effect"),
    _number_knob("baseline_rate", "conversion rate under control"),
    _number_knob("severity_sigma", "dispersion of revenue given conversion"),
    _number_knob("n_nuisance", "features without any effect"),
    _number_knob("treatment_allocation", "share of visitors treated"),
    _number_knob("benefit_prevalence", "share of visitors with an effect"),
    _text_knob("revenue_model", "lognormal or cart; null where it is a value of the user's"),
    Column("knobs", pl.String, "all knobs, as JSON", _knobs_text),
    Column("effect", pl.Float64, "true mean effect of the realised visitors"),
    Column("effect_conv", pl.Float64, "the part of it due to conversion; null for a continuous outcome"),
    Column("effect_aov", pl.Float64, "the part of it due to revenue given conversion"),
    Column("naive_bias", pl.Float64, "expected difference in means less the effect; 0 where arms are randomised"),
    Column("truth", pl.String, "outcome of the truth check; null where it did not run"),
    Column("invariants", pl.String, "outcome of the invariants check"),
    Column("estimate", pl.String, "outcome of the estimate checks, failed where one of them did"),
    Column("error", pl.String, "why there are no data, else null"),
)

RECORDS = (
    Column("nodeid", pl.String, "the test that recorded the value"),
    *IDENTITY,
    Column("estimator", pl.String, "estimator of the test's case"),
    Column("name", pl.String, "name given to the value"),
    Column("number", pl.Float64, "the value, where it is a number, True or False", _recorded_number),
    Column("text", pl.String, "the value, where it is text", _recorded_text),
)
