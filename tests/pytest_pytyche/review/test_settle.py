from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_pytyche.review.received import Received, ReviewError
from pytest_pytyche.review.settle import Settled, accept, reject
from tests.support.truths import receive, truth

OLD, NEW = truth(), truth(effect=0.2)


def test_accepting_stores_what_was_received_and_forgets_it(tmp_path: Path) -> None:
    received = receive(tmp_path, NEW, OLD)
    assert str(accept(received)) == f"accepted mine-cr-es1-s0: stored in {received.stored}"
    assert received.stored.read_text("utf-8") == NEW
    assert not received.file.exists()
    assert [path.name for path in received.stored.parent.iterdir()] == ["truth[mine-cr-es1-s0].truth"]


def test_accepting_the_first_truth_of_a_spec_makes_its_folder(tmp_path: Path) -> None:
    received = receive(tmp_path, NEW, None)
    accept(received)
    assert received.stored.read_text("utf-8") == NEW


def test_rejecting_forgets_what_was_received_and_leaves_what_is_stored(tmp_path: Path) -> None:
    received = receive(tmp_path, NEW, OLD)
    assert str(reject(received)) == f"rejected mine-cr-es1-s0: {received.stored} stays as it is"
    assert received.stored.read_text("utf-8") == OLD
    assert not received.file.exists()


@pytest.mark.parametrize("action", [accept, reject])
def test_what_is_settled_cannot_be_settled_again(tmp_path: Path, action: Callable[[Received], Settled]) -> None:
    received = receive(tmp_path, NEW, OLD)
    action(received)
    with pytest.raises(ReviewError, match=r"^mine-cr-es1-s0 is settled already: .* is gone$"):
        action(received)


def test_a_text_that_is_no_truth_is_never_stored(tmp_path: Path) -> None:
    received = receive(tmp_path, "import os\n", OLD)
    with pytest.raises(ReviewError, match=r"cannot be accepted: .* is no truth: line 1 is 'import os'"):
        accept(received)
    assert received.stored.read_text("utf-8") == OLD


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    received = receive(tmp_path, NEW, None)
    (tmp_path / "__snapshots__").write_text("in the way", "utf-8")
    with pytest.raises(ReviewError, match=r"cannot be accepted: Not a directory: .*__snapshots__"):
        accept(received)
    assert received.file.exists()
