"""The journal of a run -> its tables."""

from collections.abc import Iterable, Mapping
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pytest_pytyche.files import write_table
from pytest_pytyche.option_tables import CHECKS
from pytest_pytyche.options import is_check
from pytest_pytyche.report.columns import ESTIMATES, RECORDS, SPECS, Column

Record = dict[str, Any]


class Tables(NamedTuple):
    """What a run found: one row per fit and contrast, per spec and seed, and per value that a user's test recorded."""

    estimates: pl.DataFrame
    specs: pl.DataFrame
    records: pl.DataFrame

    def write(self, folder: Path) -> None:
        """One Parquet file each; the users' records only where there are some."""
        for name, frame in self._asdict().items():
            if name != "records" or frame.height:
                write_table(folder / f"{name}.parquet", frame)


def tables(lines: Iterable[Record]) -> Tables:
    """The tables of a journal's lines, in the order of the catalog: results come in as the workers please."""
    by_kind: dict[str, list[Record]] = {"spec": [], "estimate": [], "record": [], "item": []}
    for line in sorted((line for line in lines if line["kind"] in by_kind), key=catalog_order):
        by_kind[line["kind"]].append(line)
    lost = lost_fits(by_kind)
    return Tables(
        frame(ESTIMATES, sorted([*by_kind["estimate"], *lost], key=catalog_order) if lost else by_kind["estimate"]),
        frame(SPECS, spec_rows(by_kind["spec"], by_kind["item"])),
        frame(RECORDS, by_kind["record"]),
    )


def catalog_order(line: Mapping[str, Any]) -> tuple[str, float, int, str, str, str]:
    """Sorts by spec as the catalog has them, then seed, estimator and test; an item that was lost has no position."""
    return (
        line.get("catalog") or "",
        line.get("position", inf),
        -1 if line.get("seed") is None else line["seed"],
        line.get("estimator") or "",
        line.get("nodeid", ""),
        line.get("contrast") or "",
    )


def lost_fits(by_kind: Mapping[str, list[Record]]) -> list[Record]:
    """A row with the reason for each estimate item that ended without leaving one: its data or its process broke."""
    known = {fit_key(line) for line in by_kind["estimate"]}
    specs = {(line["catalog"], line["spec"]): line for line in by_kind["spec"]}
    return [
        {**specs.get((item["catalog"], item["spec"]), {}), **item, "seconds": None, "error": item["reason"]}
        for item in last_outcomes(by_kind["item"])
        if item["outcome"] == "failed" and check_of(item["nodeid"]) == "estimate" and fit_key(item) not in known
    ]


def fit_key(line: Record) -> tuple[object, ...]:
    """What a fit is about."""
    return line["catalog"], line["spec"], line["seed"], line["estimator"]


def frame(columns: Iterable[Column], records: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A table of the declared columns, whatever else the records hold."""
    columns, records = tuple(columns), list(records)
    values = {column.name: column.values(records) for column in columns}
    return pl.DataFrame(values, schema={column.name: column.dtype for column in columns})


def spec_rows(specs: Iterable[Record], items: Iterable[Record]) -> list[Record]:
    """One row per spec and seed that an item was about, with how each built-in check of it ended."""
    rows: dict[tuple[str, str, int], Record] = {}
    for line in (*specs, *last_outcomes(items)):
        row = rows.setdefault((line["catalog"], line["spec"], line["seed"]), {})
        if line["kind"] == "spec":
            row.update(line)
        elif (check := check_of(line["nodeid"])) is not None and row.get(check) != "failed":
            row.update({**line, **row, check: line["outcome"]})
    return list(rows.values())


def last_outcomes(items: Iterable[Record]) -> list[Record]:
    """The last line of each item: a failure on tearing down comes after the call that passed."""
    return list({line["nodeid"]: line for line in items}.values())


def check_of(nodeid: str) -> str | None:
    """The built-in check that an item runs; None for a user's test."""
    name = nodeid.rpartition("::")[2].partition("[")[0] if is_check(nodeid) else ""
    return name if name in CHECKS else None
