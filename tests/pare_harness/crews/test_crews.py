import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from pare_harness.crews import Crew, Inline, Processes, Run, ScenarioTimeoutError, Submitted, Threads, run_all
from pare_harness.crews import processes as processes_module
from pare_harness.crews import threads as threads_module
from pare_harness.errors import InfraError, LimitReached, ScenarioError
from pare_harness.scenarios.validation_result import PAREScenarioValidationResult

SUCCESS = PAREScenarioValidationResult(True)
STOPPABLE: list[Callable[[], Crew]] = [Threads, Processes]
CREWS: list[Callable[[], Crew]] = [Inline, *STOPPABLE]


def _succeed() -> PAREScenarioValidationResult:
    return SUCCESS


def _never_end() -> PAREScenarioValidationResult:
    while True:
        pass


def _swallow_errors_and_never_end() -> PAREScenarioValidationResult:
    while True:
        try:
            _never_end()
        except Exception:  # noqa: BLE001 - what careless agents do
            continue


def _die() -> PAREScenarioValidationResult:
    os._exit(7)


def _numbered(number: int) -> Run:
    return lambda: PAREScenarioValidationResult(True, number_of_turns=number)


@pytest.mark.parametrize("crew", CREWS)
def test_every_run_has_its_result(crew: Callable[[], Crew]) -> None:
    runs = {number: _numbered(number) for number in range(7)}
    ended = dict(run_all(crew(), runs, workers=2))
    assert {number: result.number_of_turns for number, result in ended.items()} == {n: n for n in range(7)}


@pytest.mark.parametrize("never_end", [_never_end, _swallow_errors_and_never_end])
@pytest.mark.parametrize("crew", STOPPABLE)
def test_a_run_over_its_time_is_ended_and_the_others_go_on(crew: Callable[[], Crew], never_end: Run) -> None:
    before = threading.enumerate()
    ended = dict(run_all(crew(), {0: never_end, 1: _succeed, 2: _succeed}, workers=1, timeout=1.0))
    assert [ended[number].status for number in range(3)] == ["limit", "success", "success"]
    assert isinstance(ended[0].exception, ScenarioTimeoutError)
    assert str(ended[0].exception) == "not finished after 1 s (timeout_seconds)"
    assert (ended[0].success, ended[0].duration) == (None, 1.0)
    assert set(threading.enumerate()) <= set(before)


@pytest.mark.parametrize("crew", STOPPABLE)
def test_runs_still_going_on_are_stopped_when_nobody_wants_more(crew: Callable[[], Crew]) -> None:
    before = threading.enumerate()
    running = run_all(crew(), {0: _never_end, 1: _succeed}, workers=2)
    assert next(running) == (1, SUCCESS)
    running.close()
    assert set(threading.enumerate()) <= set(before)


@pytest.fixture
def blocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run that waits in a call into C, until the test is over."""
    monkeypatch.setattr(threads_module, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(processes_module, "PATIENCE_SECONDS", 0.1)
    over = threading.Event()
    yield lambda: PAREScenarioValidationResult(over.wait())
    over.set()


def test_a_thread_that_does_not_return_is_left_behind_with_a_warning(
    blocked: Run, caplog: pytest.LogCaptureFixture
) -> None:
    ended = dict(run_all(Threads(), {0: blocked, 1: _succeed}, workers=1, timeout=0.5))
    assert [ended[0].status, ended[1].status] == ["limit", "success"]
    assert "its thread sits in a call that does not return" in caplog.text


def test_a_process_that_ignores_the_request_to_end_is_killed(blocked: Run) -> None:
    def ignore_and_wait() -> PAREScenarioValidationResult:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return blocked()

    [(_, result)] = run_all(Processes(), {0: ignore_and_wait}, workers=1, timeout=0.2)
    assert result.status == "limit"


def test_a_process_that_dies_is_the_result_of_its_run_only() -> None:
    ended = dict(run_all(Processes(), {0: _die, 1: _succeed}, workers=1))
    assert (ended[0].status, str(ended[0].exception)) == ("exception", "its process ended with exit code 7")
    assert ended[1] == SUCCESS


def test_what_ends_a_thread_is_the_result_of_its_run() -> None:
    def leave() -> PAREScenarioValidationResult:
        raise SystemExit(3)

    [(_, result)] = run_all(Threads(), {0: leave}, workers=1)
    assert (type(result.exception), str(result.exception)) == (ScenarioError, "SystemExit: 3")


class _StubbornError(InfraError):
    """Does not survive pickling: made of two arguments, remembered as one."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is gone")


class _StubbornLimitError(LimitReached, _StubbornError):
    pass


class _StubbornBugError(Exception):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} is gone")


@pytest.mark.parametrize(
    ("kind", "status", "stand_in"),
    [
        (_StubbornError, "infra", InfraError),
        (_StubbornLimitError, "limit", LimitReached),
        (_StubbornBugError, "exception", ScenarioError),
    ],
)
def test_an_exception_that_cannot_be_pickled_keeps_its_status(
    kind: Callable[[str, int], Exception], status: str, stand_in: type
) -> None:
    def fail() -> PAREScenarioValidationResult:
        return PAREScenarioValidationResult(None, kind("host", 80))

    [(_, result)] = run_all(Processes(), {0: fail}, workers=1)
    assert result.status == status
    assert type(result.exception) is stand_in
    assert str(result.exception) == f"{kind.__name__}: host:80 is gone"


def test_an_exception_that_can_be_pickled_arrives_as_it_is() -> None:
    def fail() -> PAREScenarioValidationResult:
        return PAREScenarioValidationResult(None, KeyError("a"))

    [(_, result)] = run_all(Processes(), {0: fail}, workers=1)
    assert repr(result.exception) == "KeyError('a')"


def test_a_run_that_cannot_be_started_is_the_result_of_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Inline()
    start = crew.start

    def refuse_first(number: int, run: Run) -> None:
        if number == 0:
            raise OSError(24, "Too many open files")
        start(number, run)

    monkeypatch.setattr(crew, "start", refuse_first)
    ended = dict(run_all(crew, {0: _succeed, 1: _succeed}, workers=1))
    assert (ended[0].status, ended[1].status) == ("exception", "success")
    assert "Too many open files" in str(ended[0].exception)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_an_executor_of_the_caller_is_used_and_left_open(pool: Callable[[int], Executor]) -> None:
    with pool(1) as executor:
        ended = dict(run_all(Submitted(executor, timeout=None), {0: _succeed, 1: _succeed}, workers=2))
        assert ended == {0: SUCCESS, 1: SUCCESS}
        assert executor.submit(os.getpid).result() > 0


def test_the_time_limit_holds_within_an_executor() -> None:
    with ThreadPoolExecutor(1) as executor:
        ended = dict(run_all(Submitted(executor, timeout=0.5), {0: _never_end, 1: _succeed}, workers=2))
    assert [ended[0].status, ended[1].status] == ["limit", "success"]


def test_what_does_not_reach_an_executor_is_the_result_of_its_run() -> None:
    with ProcessPoolExecutor(1) as executor:
        [(_, result)] = run_all(Submitted(executor, timeout=None), {0: lambda: SUCCESS}, workers=1)
    assert result.status == "exception"
    assert "pickle" in str(result.exception)


def test_an_executor_whose_process_died_is_the_result_of_its_runs() -> None:
    with ProcessPoolExecutor(1) as executor:
        ended = dict(run_all(Submitted(executor, timeout=None), {0: _die, 1: _succeed, 2: _succeed}, workers=1))
    assert {type(result.exception).__name__ for result in ended.values()} == {"BrokenProcessPool"}
    assert len(ended) == 3


def test_waiting_runs_of_an_executor_are_taken_back() -> None:
    begun = threading.Event()
    over = threading.Event()

    def wait() -> PAREScenarioValidationResult:
        begun.set()
        return PAREScenarioValidationResult(over.wait())

    def make() -> PAREScenarioValidationResult:
        made.append(1)
        return SUCCESS

    made: list[int] = []
    with ThreadPoolExecutor(1) as executor:
        crew = Submitted(executor, timeout=None)
        crew.start(0, wait)
        crew.start(1, make)
        begun.wait()
        crew.stop(1)
        over.set()
        ended = dict([*crew.ended(60), *crew.ended(60)])
    assert (ended[0].status, type(ended[1].exception).__name__, made) == ("success", "CancelledError", [])


def test_processes_need_a_system_that_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(ValueError, match=r"^executor_type='process' needs a system that forks; expected 'sequential' "):
        Processes()
