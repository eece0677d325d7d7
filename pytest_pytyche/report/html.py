"""`report.html`: the run as one page that needs nothing else."""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2

from pytest_pytyche.report import figures
from pytest_pytyche.report.cells import interval, mean, number, percent
from pytest_pytyche.report.charts import available
from pytest_pytyche.report.outcome import outcome, verdict_counts
from pytest_pytyche.report.page_tables import DataTable, scenario_table, spec_table, verdict_table
from pytest_pytyche.report.rank_data import rank_table
from pytest_pytyche.report.scenarios import check_rates, scenario_rates
from pytest_pytyche.report.stories import Stories, stories
from pytest_pytyche.report.summary import MEANS
from pytest_pytyche.report.troubles import troubles
from pytest_pytyche.text import shown

if TYPE_CHECKING:
    from pytest_pytyche.report.run import Run

TEMPLATE = "report.html.j2"
LISTED = 100
WORDS = {
    "screen": "looks at",
    "notification": "is notified",
    "proposal": "proposes",
    "message": "says",
    "decision": "decides",
    "call": "calls",
    "wait": "does nothing",
    "validation": "says",
}
"""What an entry of a conversation of each kind begins with, after who it is of."""


def render_html(run: "Run", *, charts: bool = True) -> str:
    """The page, everything in it escaped; `charts` are drawn where the extra `report` is installed."""
    draw = charts and available()
    told = stories(run)
    script = _asset("report.js")
    return _template().render(
        run=run,
        draw=draw,
        outcome=outcome(run),
        troubles=troubles(run, LISTED, told.anchors),
        stories=told,
        words=WORDS,
        means=MEANS,
        style=_asset("report.css"),
        script=script,
        script_hash=_hash(script),
        **_estimators(run, draw=draw),
        **_verdicts(run, draw=draw),
        **_scenarios(run, told, draw=draw),
    )


def _estimators(run: "Run", *, draw: bool) -> dict[str, Any]:
    if not run.tables.estimates.height:
        return {"series": [], "effects": [], "calibration": [], "ranks": [], "rank_tests": None, "specs": None}
    ranks = figures.ranks(run, draw=draw)
    return {
        "series": figures.series_of(run),
        "effects": figures.effect_groups(run, draw=draw),
        "calibration": figures.calibration(run, draw=draw),
        "ranks": ranks,
        "rank_tests": rank_table(run) if ranks else None,
        "specs": spec_table(run),
    }


def _verdicts(run: "Run", *, draw: bool) -> dict[str, Any]:
    if run.verdicts is None or not run.verdicts.height:
        return {"verdict_counts": {}, "comparisons": [], "verdicts": None}
    return {
        "verdict_counts": verdict_counts(run),
        "comparisons": figures.comparisons(run.verdicts, draw=draw),
        "verdicts": verdict_table(run.verdicts),
    }


def _scenarios(run: "Run", told: Stories, *, draw: bool) -> dict[str, Any]:
    if run.pare is None or not run.pare.records:
        return {"checks": [], "groups": [], "success": [], "sweeps": [], "scenarios": None, "mutants": None}
    from pytest_pytyche.pare.mutants_report import section  # noqa: PLC0415  # loads pare_harness

    rates = scenario_rates(run.pare)
    return {
        "groups": figures.groups(run.pare.records),
        "sweeps": figures.sweeps(run.pare.records, draw=draw),
        "checks": check_rates(run.pare, rates),
        "success": figures.success(rates, draw=draw),
        "scenarios": scenario_table(run, rates, told),
        "mutants": section(run.pare, LISTED),
    }


def _embedded(table: DataTable) -> str:
    """JSON that no text in it can end: the parser of HTML looks for `<` only."""
    text = json.dumps(table.to_json(), separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return files("pytest_pytyche.report").joinpath("templates", name).read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pytest_pytyche.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        embedded=_embedded, shown=shown, number=number, mean=mean, percent=percent, interval=interval
    )
    return environment.get_template(TEMPLATE)
