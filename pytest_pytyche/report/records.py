"""What items report: built-in types only, so that every record crosses process borders and fits on a line of JSON."""

import json
from typing import TYPE_CHECKING, Any

from pytest_pytyche.cases import Case
from pytest_pytyche.generators.catalog import metric_name, template_name
from pytest_pytyche.text import stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_pytyche.draws import Draw
    from pytest_pytyche.fits.fitting import Fitted

Record = dict[str, Any]

NOT_KEPT = "not_kept"


def spec_record(case: Case, draw: "Draw") -> Record:
    """What the data of a case are, and how large the true effects in them."""
    return {**identity("spec", case), **spec_content(draw)}


def spec_content(draw: "Draw") -> Record:
    """The same without saying whose data they are."""
    observed, truth = draw.bundle
    parts = truth.effect_components
    return {
        "metric": observed.metric,
        "digest": draw.config.digest,
        "n_visitors": observed.n_visitors,
        "knobs": json.loads(json.dumps(draw.metadata, default=repr)),
        "effect": truth.effect,
        "effect_conv": parts.get("conv"),
        "effect_aov": parts.get("aov"),
        "naive_bias": truth.naive_bias,
    }


def failed_spec_record(case: Case, error: str) -> Record:
    """The record of a case whose data could not be generated."""
    knobs = json.loads(json.dumps(case.spec[1], default=repr))
    return {**identity("spec", case), "knobs": knobs, "error": stored(error)}


def estimate_record(
    case: Case, metric: str, arm: str, fitted: "Fitted", scores: "Mapping[str, float | None]"
) -> Record:
    """The scores of one contrast, that of `arm` with control."""
    return {**identity("estimate", case), **estimate_content(metric, arm, fitted, scores)}


def estimate_content(metric: str, arm: str, fitted: "Fitted", scores: "Mapping[str, float | None]") -> Record:
    """The same without saying what the estimate is of."""
    estimate, kept = fitted.estimate, {} if fitted.not_kept is None else {NOT_KEPT: fitted.not_kept}
    cost = {"seconds": estimate.seconds, "peak_rss_mb": estimate.peak_rss_mb, "cached": fitted.cached}
    return {"metric": metric, "contrast": arm, **scores, **cost, **kept}


def failed_estimate_record(case: Case, error: str) -> Record:
    """The record of a fit that gave no usable estimate."""
    return {**identity("estimate", case), "error": stored(error)}


def identity(kind: str, case: Case) -> Record:
    """Which case a record of that kind is about."""
    return {
        "kind": kind,
        **case.identity,
        "template": template_name(case.spec),
        "metric": metric_name(case.spec) or None,
    }
