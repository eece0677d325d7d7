"""Results on their way: from the items of any process, on their reports, into the journal of the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import format_exception
from typing import Any

import pytest

from pytest_pytyche.attempts import CATALOG_FILE, DONE, PHASES
from pytest_pytyche.cases import Case, identity_of
from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.options import file_of, is_check
from pytest_pytyche.report.properties import properties
from pytest_pytyche.review.capture import received_lines
from pytest_pytyche.state import UNTOLD, settings_of
from pytest_pytyche.text import printable, stored

Record = dict[str, Any]

MOST_TRACEBACK = 20_000
EXPECTED = pytest.StashKey[str]()
PLAIN = frozenset({bool, int, float})
RECORDS = pytest.StashKey[list[Record]]()
FAILED = pytest.StashKey[Record]()
NO_CASE: Record = {"catalog": None, "spec": None, "seed": None, "estimator": None}
"""The identity of a user's test that is about no spec."""


def record(node: pytest.Item, values: Record) -> None:
    """Let the item's next report carry `values`; whoever stores them is there from now on at the latest."""
    settings_of(node.config)
    node.stash.setdefault(RECORDS, []).append(plain(values))


def plain(value: Any) -> Any:
    """Numbers, texts, lists and dicts of built-in types only: anything else would kill an xdist worker."""
    if value is None or type(value) in PLAIN:  # nearly all of them
        return value
    if type(value) is dict:
        return {plain(key): plain(inner) for key, inner in value.items()}
    if type(value) in {list, tuple}:
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return printable(value)
    value = unwrapped(value)
    return next((kind(value) for kind in (bool, int, float) if isinstance(value, kind)), value)


def unwrapped(value: Any) -> Any:
    """A number of NumPy's, or an array without axes, as what it stands for; NumPy need not be loaded for that."""
    return value.item() if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0 else value


def case_of(item: pytest.Item) -> Case | None:
    """The case of a parametrised item, None for any other."""
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get("pytyche_case")


def attach(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Put on the item's report what it recorded and, once it is decided, how it ended."""
    lines, case = _recorded(item, report), case_of(item)
    if report.when == "call" and report.failed:
        lines = [*lines, *received_lines(item, case)]
    if case is not None and (report.when == "call" or not report.passed):
        lines = [*lines, {**_ended(item, call, report), **case.identity}]
    elif case is None and report.failed and _is_recording_test(item) and not any(map(_tells_of_failure, lines)):
        lines = [*lines, {**_outcome(report, _reason(call)), **NO_CASE}]
    elif case is None and report.when == "teardown" and RECORDS in item.stash:
        lines = [*lines, {"kind": DONE}]
    if lines:
        about = [{"nodeid": item.nodeid, **line} for line in lines]
        report.pytyche = [*_file_read(item), *about]  # type: ignore[attr-defined]  # extra
        for described in (report.user_properties, item.user_properties):
            described.extend(properties(lines))


def _file_read(item: pytest.Item) -> list[Record]:
    """What the item's catalog file was when this process read it, with the first results that come of it."""
    name = file_of(item.nodeid)
    digest = None if name is None else item.config.stash.get(UNTOLD, {}).pop(name, None)
    return [] if digest is None else [{"kind": CATALOG_FILE, "file": name, "sha256": digest}]


def _recorded(item: pytest.Item, report: pytest.TestReport) -> list[Record]:
    """What the item recorded since its last report; a setup begins anew, as under plugins that retry."""
    if report.when == "setup" and FAILED in item.stash:
        del item.stash[FAILED]
    lines = item.stash.get(RECORDS, [])
    if lines:
        item.stash[RECORDS] = []
    return lines


def _ended(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> Record:
    """How the item ended; failed if a subtest did, for which pytest fails the test itself only after this."""
    found = _outcome(report, _reason(call))
    if report.when == "call" and report.failed:
        item.stash[FAILED] = found
    return item.stash.get(FAILED, found) if report.when == "call" else found


def _is_recording_test(item: pytest.Item) -> bool:
    return RECORDS in item.stash and isinstance(item, pytest.Function)


def _tells_of_failure(line: Record) -> bool:
    return line["kind"] == "pare" and bool(line["status"] != "success")


def lines_of(report: pytest.TestReport, catalog: str | None) -> list[Record]:
    """What a report brings for the journal; xdist makes one up for an item, of `catalog`, that killed its worker."""
    if report.when in PHASES or not is_check(report.nodeid):
        lines: list[Record] = getattr(report, "pytyche", [])
        return lines
    name = file_of(report.nodeid) or catalog
    return [{**_outcome(report, str(report.longrepr)), "catalog": name, **identity_of(report.nodeid)}]


def _outcome(report: pytest.TestReport, reason: str | None) -> Record:
    return {
        "kind": "item",
        "nodeid": report.nodeid,
        "outcome": report.outcome,
        "phase": report.when,
        "reason": reason,
        "seconds": report.duration,
    }


def _reason(call: pytest.CallInfo[None]) -> str | None:
    """First line of what ended the call."""
    if call.excinfo is None:
        return None
    error = call.excinfo.value
    text = str(error) if isinstance(error, pytest.fail.Exception | pytest.skip.Exception) else call.excinfo.exconly()
    return stored(next(iter(text.splitlines()), ""))


@contextmanager
def one_line_failures(node: pytest.Item) -> Iterator[None]:
    """Fail the item with the one line of a CheckFailed; what caused it follows as a section of the report.

    Where the failure is expected, it is an xfail.
    """
    try:
        yield
    except CheckFailed as failure:
        if failure.__cause__ is not None:
            text = stored("".join(format_exception(failure.__cause__)), MOST_TRACEBACK)
            node.add_report_section("call", "traceback", text)
        said = stored(failure)
        if (expected := node.stash.get(EXPECTED, None)) is not None:
            pytest.xfail(f"{expected}: {said}")
        raise pytest.fail.Exception(said, pytrace=False) from None
