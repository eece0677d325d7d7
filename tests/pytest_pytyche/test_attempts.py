from typing import Any

from pytest_pytyche.attempts import catalog_files, exit_status, finished, settled

Line = dict[str, Any]


def item(nodeid: str, phase: str = "call") -> Line:
    return {"kind": "item", "nodeid": nodeid, "phase": phase}


def estimate(nodeid: str) -> Line:
    return {"kind": "estimate", "nodeid": nodeid}


RUN: Line = {"kind": "run"}
RESUME: Line = {"kind": "resume"}


def end(status: int) -> Line:
    return {"kind": "end", "exit_status": status}


def test_what_ended_in_a_phase_of_its_own_is_finished() -> None:
    assert finished([RUN, item("a"), item("b", "setup"), {"kind": "done", "nodeid": "c"}]) == {"a", "b", "c"}


def test_an_item_whose_process_died_is_not_finished() -> None:
    assert finished([item("a", "???")]) == set()


def test_a_file_that_could_not_be_imported_is_looked_at_again() -> None:
    assert finished([{"kind": "pare-discovery", "nodeid": "a"}, {"kind": "done", "nodeid": "a"}]) == set()


def test_a_run_without_interruption_counts_whole() -> None:
    lines = [RUN, estimate("a"), item("a"), estimate("b"), end(0)]
    assert settled(lines) == lines


def test_what_was_begun_before_a_run_was_continued_counts_once() -> None:
    lines = [RUN, estimate("a"), item("a"), estimate("b"), item("c", "???"), RESUME, estimate("b"), item("b")]
    assert settled(lines) == [RUN, estimate("a"), item("a"), RESUME, estimate("b"), item("b")]


def test_how_an_attempt_ended_gives_way_to_how_the_next_one_does() -> None:
    verdicts = {"kind": "verdicts", "rows": []}
    setting = {"kind": "pare-run", "split": "all"}
    assert settled([RUN, setting, verdicts, end(2), RESUME, end(0)]) == [RUN, setting, RESUME, end(0)]
    assert exit_status([RUN, end(2), RESUME, end(0)]) == 0
    assert exit_status([RUN, end(2), RESUME]) is None


def test_what_the_time_did_not_suffice_for_is_not_finished() -> None:
    late = {**item("b", "setup"), "outcome": "skipped", "reason": "out of budget: 10m are over"}
    other = {**item("c", "setup"), "outcome": "skipped", "reason": "needs a GPU"}
    assert finished([RUN, item("a"), late, other]) == {"a", "c"}


def test_catalog_files_are_those_of_all_attempts() -> None:
    files = [{"kind": "catalog-file", "file": name, "sha256": digest} for name, digest in ("ax", "by", "ax", "bz")]
    lines = [RUN, *files[:2], item("a"), RESUME, *files[2:]]
    assert settled(lines) == lines
    assert catalog_files(lines) == {"a": {"x"}, "b": {"y", "z"}}
