"""Charts as inline SVG, by altair and vl-convert where the extra `report` is installed.

Colours are names of the page's own (`var(--s1)`), so a chart is light or dark as the page is.
"""

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pytest_pytyche.report.chart_data import Panel
from pytest_pytyche.report.rank_data import RankPanel
from pytest_pytyche.text import shown

if TYPE_CHECKING:
    import altair as alt

Row = dict[str, Any]
Spec = dict[str, Any]

ROWS, TARGET = "rows", "target"
SERIES = 6
SYMBOLS = ("●", "■", "▲", "◆", "✚", "▼")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
COLOURS = tuple(f"var(--s{number})" for number in range(1, SERIES + 1))
WIDTH, HEIGHT, ROW = 230, 150, 18
MARKS = 5
VERDICT_COLOURS = {
    "FAIL": "var(--bad)",
    "XFAIL": "var(--soft)",
    "INCONCLUSIVE": "var(--warn)",
    "PASS": "var(--good)",
}
LABEL = 64
SPARE = 34
"""Pixels beside labels: browsers have wider fonts than the one that they are measured with."""
HEAD, TAIL = f"slice(datum.value, 0, {LABEL // 2 - 1})", f"slice(datum.value, -{LABEL // 2})"
SHORT = f"length(datum.value) > {LABEL} ? {HEAD} + '…' + {TAIL} : datum.value"
SIZE = re.compile(r'width="(\d+)" height="(\d+)"')


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("altair") is not None and find_spec("vl_convert") is not None


def curve_svg(panel: Panel, series: Sequence[str]) -> str:
    """Points with error bars of one standard error, joined by series; only those of `series` are drawn."""
    spec = _curve_spec(tuple(series), panel.x_title, panel.y_title, targeted=panel.target is not None)
    rows = [_row(point._asdict()) for point in panel.points if point.series in series]
    return _svg(spec, f"{panel.title} against {panel.x_title}", rows, _target(panel))


def difference_svg(rows: Sequence[Row], label: str, x_title: str) -> str:
    """Per `name` the difference as a dot, a line to its upper bound, and a tick at the margin."""
    return _svg(_difference_spec(x_title), label, rows)


def share_svg(rows: Sequence[Row], label: str) -> str:
    """Per `name` a share with its interval."""
    return _svg(_share_spec(), label, rows)


def rank_svg(panel: RankPanel, series: Sequence[str]) -> str:
    """Steps by series around 0, marked here and there, on the simultaneous band; only those of `series` are drawn."""
    band = panel.band
    bounds = zip(band.points, band.lower - band.points, band.upper - band.points, strict=True)
    target = [dict(zip(("x", "lower", "upper"), map(float, each), strict=True)) for each in bounds]
    marked = set(band.points[:: len(band.points) // MARKS + 1])
    rows = [{**step._asdict(), "mark": step.x in marked} for step in panel.steps if step.series in series]
    return _svg(_rank_spec(tuple(series)), f"Ranks of the truth, {panel.title}", rows, target)


def level_svg(rows: Sequence[Row], label: str, x_title: str) -> str:
    """A share with its interval at each `level`, joined."""
    return _svg(_level_spec(x_title), label, rows)


@cache
def _curve_spec(series: tuple[str, ...], x_title: str, y_title: str, *, targeted: bool) -> Spec:
    import altair as alt  # noqa: PLC0415  # an extra, and heavy

    target = alt.Chart(alt.NamedData(TARGET)).mark_line(strokeDash=[4, 3], strokeWidth=1)
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("x:Q", title=x_title).scale(zero=False, padding=8),
        color=_scale(alt.Color("series:N"), series, COLOURS),
    )
    y = alt.Y("mean:Q", title=y_title).scale(zero=not targeted)
    layers: list[alt.Chart] = [
        target.encode(x="x:Q", y="mean:Q", color=alt.value("var(--soft)")),
        base.mark_line(strokeWidth=1.5).encode(y=y),
        base.mark_rule(strokeWidth=1.5).encode(y="lower:Q", y2="upper:Q").transform_filter("isValid(datum.lower)"),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            y=y, shape=_scale(alt.Shape("series:N"), series, SHAPES)
        ),
    ]
    return _styled(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT))


@cache
def _rank_spec(series: tuple[str, ...]) -> Spec:
    import altair as alt  # noqa: PLC0415  # an extra, and heavy

    x, title = alt.X("x:Q", title="rank of the truth").scale(domain=[0, 1]), "ECDF − uniform"
    band = alt.Chart(alt.NamedData(TARGET)).encode(x=x, color=alt.value("var(--soft)"))
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=x, y=alt.Y("difference:Q", title=title), color=_scale(alt.Color("series:N"), series, COLOURS)
    )
    layers: list[alt.Chart] = [
        band.mark_area(opacity=0.2, interpolate="step-after").encode(
            y=alt.Y("lower:Q", title=title), y2="upper:Q", color=alt.value("var(--soft)")
        ),
        band.mark_rule(strokeDash=[4, 3]).encode(x=alt.X(), y=alt.datum(0.0)),
        base.mark_line(strokeWidth=1.5, interpolate="step-after"),
        base.mark_point(filled=True, size=45, opacity=1)
        .encode(shape=_scale(alt.Shape("series:N"), series, SHAPES))
        .transform_filter("datum.mark"),
    ]
    return _styled(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT))


@cache
def _difference_spec(x_title: str) -> Spec:
    import altair as alt  # noqa: PLC0415  # an extra, and heavy

    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=_names(),
        color=_scale(alt.Color("verdict:N"), list(VERDICT_COLOURS), list(VERDICT_COLOURS.values())),
    )
    x = alt.X("difference:Q", title=x_title)
    layers = [
        base.mark_rule(strokeWidth=1.5).encode(x=x, x2="upper_bound:Q"),
        base.mark_point(filled=True, size=45, opacity=1).encode(x=x),
        base.mark_tick(thickness=2, size=ROW - 4).encode(x="margin:Q", color=alt.value("var(--ink)")),
    ]
    return _styled(alt.layer(*layers).properties(width=2 * WIDTH, height=alt.Step(ROW)))


@cache
def _share_spec() -> Spec:
    import altair as alt  # noqa: PLC0415  # an extra, and heavy

    base = alt.Chart(alt.NamedData(ROWS)).encode(y=_names(), color=alt.value("var(--s1)"))
    x = alt.X("share:Q", title="success").scale(domain=[0, 1]).axis(format=".0%")
    layers = [
        base.mark_rule(strokeWidth=1.5).encode(x=alt.X("lower:Q", title="success"), x2="upper:Q"),
        base.mark_point(filled=True, size=45, opacity=1).encode(x=x),
    ]
    return _styled(alt.layer(*layers).properties(width=2 * WIDTH, height=alt.Step(ROW)))


def _names() -> Any:
    """One row per name, however long; what is written beside it keeps both ends."""
    import altair as alt  # noqa: PLC0415  # an extra, and heavy

    return alt.Y("name:N", title=None, sort=None).axis(labelExpr=SHORT, labelLimit=0)


@cache
def _level_spec(x_title: str) -> Spec:
    import altair as alt  # noqa: PLC0415  # an extra, and heavy

    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("level:Q", title=x_title).scale(zero=False, padding=10), color=alt.value("var(--s1)")
    )
    y = alt.Y("share:Q", title="success").scale(domain=[0, 1]).axis(format=".0%")
    layers: list[alt.Chart] = [
        base.mark_line(strokeWidth=1.5).encode(y=y),
        base.mark_rule(strokeWidth=1.5)
        .encode(y=alt.Y("lower:Q", title="success"), y2="upper:Q")
        .transform_filter("isValid(datum.lower)"),
        base.mark_point(filled=True, size=45, opacity=1).encode(y=y).transform_filter("isValid(datum.share)"),
    ]
    return _styled(alt.layer(*layers).properties(width=2 * WIDTH, height=HEIGHT))


def _row(point: Row) -> Row:
    mean, error = point["mean"], point["error"]
    bounds = (None, None) if error is None else (mean - error, mean + error)
    return {**point, "lower": bounds[0], "upper": bounds[1]}


def _target(panel: Panel) -> list[Row]:
    """The ends of the line that a good estimator is on."""
    if panel.target is None:
        return []
    ends = sorted({point.x for point in panel.points})
    return [{"x": x, "mean": x if panel.target == "diagonal" else panel.target} for x in (ends[0], ends[-1])]


def _scale(channel: Any, domain: Sequence[str], values: Sequence[str]) -> Any:
    return channel.scale(domain=list(domain), range=list(values[: len(domain)])).legend(None)


def _styled(chart: "alt.LayerChart | alt.FacetChart") -> Spec:
    spare = {"left": SPARE, "top": 5, "right": 5, "bottom": 5}
    styled = chart.configure(background="transparent", font="system-ui, sans-serif", padding=spare)
    styled = styled.configure_view(stroke=None).configure_axis(
        labelColor="var(--soft)",
        titleColor="var(--soft)",
        gridColor="var(--line)",
        domainColor="var(--line)",
        tickColor="var(--line)",
        titleFontWeight="normal",
        labelFontSize=11,
        titleFontSize=11,
        titlePadding=14,
        tickCount=5,
    )
    spec: Spec = styled.to_dict(validate=False)
    return spec


def _svg(spec: Spec, label: str, rows: Sequence[Row], target: Sequence[Row] = ()) -> str:
    import vl_convert  # noqa: PLC0415  # an extra

    svg: str = vl_convert.vegalite_to_svg({**spec, "datasets": {ROWS: list(rows), TARGET: list(target)}})
    return SIZE.sub(rf'style="max-width:\1px" role="img" aria-label="{escape(shown(label), quote=True)}"', svg, count=1)
