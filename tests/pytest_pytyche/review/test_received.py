import json
from pathlib import Path
from typing import Any

import pytest

from pytest_pytyche.review.received import ReviewError, choose, pending
from tests.support.truths import line, truth, write, write_run

SPECS = ("reversal-cr-es1", "reversal-rpv-es2-mirror", "constant-cr-es1")


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path, dict.fromkeys(SPECS, truth()), {})


def test_what_a_run_received_is_known_with_both_its_places(run: Path, tmp_path: Path) -> None:
    first, *_ = pending(run)
    assert first.label == "reversal-cr-es1-s0"
    assert first.file == run / "received/__snapshots__/conftest/truth[reversal-cr-es1-s0].truth"
    assert first.stored == tmp_path / "__snapshots__/conftest/truth[reversal-cr-es1-s0].truth"


def test_what_is_settled_is_pending_no_more(run: Path) -> None:
    pending(run)[0].file.unlink()
    assert [received.spec for received in pending(run)] == list(SPECS[1:])


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("*", SPECS),
        ("reversal-*", SPECS[:2]),
        ("constant-cr-es1", SPECS[2:]),
        ("*-s0", SPECS),
        ("constant-cr-es1-s0", SPECS[2:]),
        ("pytyche:mine::truth[constant-cr-es1-s0]", SPECS[2:]),
    ],
)
def test_a_pattern_is_for_specs_with_or_without_their_seed(run: Path, pattern: str, chosen: tuple[str, ...]) -> None:
    assert tuple(received.spec for received in choose(pending(run), pattern)) == chosen


def test_a_label_with_brackets_is_for_itself(tmp_path: Path) -> None:
    (received,) = pending(write_run(tmp_path, {"test_mine[conversion_rate]": truth()}, {}))
    assert choose([received], received.label) == [received]


def test_a_pattern_for_nothing_is_refused_with_the_choices(run: Path) -> None:
    with pytest.raises(ReviewError, match=r"'clustered\*' matches no truth to settle; expected one of \['reversal-cr"):
        choose(pending(run), "clustered*")


def test_only_the_first_choices_are_listed(tmp_path: Path) -> None:
    run = write_run(tmp_path, {f"spec{number}": truth() for number in range(12)}, {})
    with pytest.raises(ReviewError, match=r"'spec9-s0'\] and 2 more$"):
        choose(pending(run), "x")


def test_a_folder_without_a_journal_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ReviewError, match=r"journal\.jsonl cannot be read: No such file or directory; expected the"):
        pending(tmp_path)


def test_a_run_from_another_machine_is_settled_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "brought"
    location = "__snapshots__/conftest/truth[mine-s0].truth"
    write(run / "received" / location, truth())
    write(run / "journal.jsonl", json.dumps(line(Path("/home/runner/of/ci"), "mine", location)) + "\n")
    monkeypatch.chdir(tmp_path)
    assert pending(run)[0].stored == tmp_path / location


@pytest.mark.parametrize(
    "hostile",
    [
        {"received": "../../conftest.truth"},
        {"received": "/etc/passwd.truth"},
        {"received": "alone.truth"},
        {"location": "../__snapshots__/conftest/x.truth"},
        {"location": "/root/.bashrc"},
        {"location": "conftest.py"},
    ],
    ids=str,
)
def test_a_journal_that_leads_elsewhere_is_refused(tmp_path: Path, hostile: dict[str, Any]) -> None:
    entry = {**line(tmp_path, "mine", "__snapshots__/conftest/x.truth"), **hostile}
    write(tmp_path / "run" / "journal.jsonl", json.dumps(entry) + "\n")
    with pytest.raises(ReviewError, match=r"journal\.jsonl names '.*'; expected "):
        pending(tmp_path / "run")
