"""Fits in a process of their own: whatever an estimator does, it is one failure, and the next fit is as good as any."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.estimators.validation import EstimateError
from pytest_pytyche.fits.assembled import Fits
from pytest_pytyche.fits.fitting import Here, Isolated, Task
from pytest_pytyche.fits.process import Process, resident_bytes
from pytest_pytyche.fits.settings import FitSettings, Limits
from tests.support import hostile_estimators

MODULE = hostile_estimators.__name__
MEMORY = 400 * 10**6
FAILURES = {
    "NaNForSome": "cate holds 3 of 120 values that are not finite",
    "RaisesNatively": "raised LinAlgError: Matrix is not positive definite",
    "Exits": "raised SystemExit: no licence",
    "LeavesAChild": "its process ended by itself, with status 4",
    "ClosesItsPipes": "it closed the pipe that its answer was to come by, and its process was ended",
    "Aborts": "its process died of SIGABRT",
    "Segfaults": "its process died of SIGSEGV",
    "IsKilled": "its process died of SIGKILL",
    "Leaks": "more than the limit of 400 MB, and its process was ended",
}


@pytest.fixture(scope="module")
def isolated() -> Iterator[Isolated]:
    fitter = Isolated({}, Limits(memory=MEMORY))
    yield fitter
    fitter.close()


def named(task: Task, name: str) -> Task:
    return task._replace(estimator=f"{MODULE}:{name}")


def test_estimates_are_those_of_a_fit_in_this_process(isolated: Isolated, task: Task) -> None:
    here, there = Here({}).fit(task).estimate, isolated.fit(task).estimate
    assert (here.cate == there.cate).all()
    assert here.ate == there.ate
    assert all((a == b).all() for a, b in zip(here.cate_interval(0.8), there.cate_interval(0.8), strict=True))


@pytest.mark.parametrize(("name", "reason"), FAILURES.items())
def test_a_failure_is_one_line_and_the_next_fit_is_unharmed(
    isolated: Isolated, task: Task, name: str, reason: str
) -> None:
    with pytest.raises(EstimateError, match="^estimator '[^\n]*" + reason) as caught:
        isolated.fit(named(task, name))
    assert "\n" not in str(caught.value)
    assert isolated.fit(task).estimate.seconds is not None


def test_a_fit_that_hangs_is_ended_with_its_process(task: Task) -> None:
    fitter = Isolated({}, Limits(seconds=0.2))
    process = fitter._ready(f"{MODULE}:Hangs")
    with pytest.raises(
        EstimateError, match=r"Hangs': it took longer than the limit of 0.2 s, and its process was ended"
    ):
        fitter.fit(named(task, "Hangs"))
    with pytest.raises(ProcessLookupError):
        os.kill(process._process.pid, 0)


@pytest.mark.parametrize("name", ["Forks", "Prints"])
def test_forking_and_printing_do_no_harm(isolated: Isolated, task: Task, name: str) -> None:
    for _ in range(3):
        assert isolated.fit(named(task, name)).estimate.ate == Here({}).fit(task).estimate.ate


def test_what_a_dying_process_printed_is_shown(isolated: Isolated, task: Task) -> None:
    with pytest.raises(EstimateError) as caught:
        isolated.fit(named(task, "Aborts"))
    shown = str(caught.value.__cause__)
    assert "the library says: terminate called" in shown
    assert "hostile_estimators.py" in shown


def test_a_process_that_died_between_fits_is_replaced(task: Task) -> None:
    fitter = Isolated({}, Limits())
    fitter.fit(task)
    assert fitter._process is not None
    os.kill(fitter._process._process.pid, signal.SIGKILL)
    fitter._process._process.wait()
    assert fitter.fit(task).estimate.seconds is not None
    fitter.close()


def test_closing_ends_the_process(task: Task) -> None:
    fitter = Isolated({}, Limits())
    fitter.fit(task)
    process = fitter._process
    assert isinstance(process, Process)
    assert resident_bytes(process._process.pid) > 10**7
    fitter.close()
    assert resident_bytes(process._process.pid) == 0


def test_a_process_that_grew_is_replaced_before_the_next_fit(task: Task) -> None:
    fitter = Isolated({}, Limits(memory=10**9))
    fitter.fit(task)
    assert fitter._process is not None
    fitter.limits = Limits(memory=fitter._process.memory + 10**7)
    fitter.fit(task)
    assert fitter._process is None


def test_a_factory_that_cannot_be_sent_fits_here_unless_a_limit_is_asked_for(task: Task) -> None:
    factories = {"mine": lambda: Lin(name="mine")}
    mine = task._replace(estimator="mine")
    assert Fits(factories, FitSettings("auto")).fit(mine).estimate.ate == Here({}).fit(task).estimate.ate
    for settings in (FitSettings("on"), FitSettings("auto", Limits(seconds=60.0))):
        fits = Fits(factories, settings)
        with pytest.raises(EstimateError, match=r"'mine' needs a process of its own, but its factory .* be pickled"):
            fits.fit(mine)


def test_built_in_estimators_that_are_cheap_fit_here(task: Task) -> None:
    fits = Fits({}, FitSettings("auto"))
    fits.fit(task)
    assert fits._isolated._process is None


def test_memory_of_forked_children_counts() -> None:
    reader, writer = os.pipe()
    before = resident_bytes(os.getpid())
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    try:
        own = int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        assert resident_bytes(os.getpid()) > own
        assert before > 0
    finally:
        with suppress(OSError):
            os.close(writer)
        os.waitpid(child, 0)
