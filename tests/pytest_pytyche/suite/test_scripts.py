"""Suites as users start them: from a script."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCRIPT = """
import os
import time
from pytest_pytyche.generators.scenarios import profile_catalog
from pytest_pytyche.suite import run_suite_parallel

def fn(config, metadata):
    os.write(1, b"running\\n")  # whole lines, whoever else writes
    {body}
    return {{"x": config.seed}}

{guard}
    frame = run_suite_parallel(profile_catalog("validate"), fn, seeds=1, max_workers=2)
    print("rows", frame.height)
"""


@contextmanager
def started(
    folder: Path, body: str = "pass", guard: str = "if __name__ == '__main__':"
) -> Iterator[subprocess.Popen[str]]:
    path = folder / "my_suite.py"
    path.write_text(SCRIPT.format(body=body, guard=guard))
    with subprocess.Popen(
        [sys.executable, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=folder,
    ) as script:
        try:
            yield script
        finally:
            if script.poll() is None:  # the test failed half-way
                os.killpg(script.pid, signal.SIGKILL)


def test_a_guarded_script_runs_its_own_function_in_worker_processes(tmp_path: Path) -> None:
    with started(tmp_path) as script:
        output, errors = script.communicate()
    assert script.returncode == 0, errors
    assert output.splitlines()[-1] == "rows 16"
    assert output.count("running") == 16
    assert errors == ""


def test_a_script_without_a_guard_ends_with_a_line_that_says_so(tmp_path: Path) -> None:
    with started(tmp_path, guard="if True:") as script:
        _, errors = script.communicate()
    assert script.returncode == 1
    assert "resource_tracker" not in errors
    assert errors.rstrip().splitlines()[-1] == (
        "RuntimeError: executor='process': worker processes die before they run anything; "
        "expected the calling script to be guarded by `if __name__ == '__main__':`"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="a process group gets Ctrl-C by another way there")
def test_ctrl_c_ends_script_and_workers_with_one_traceback(tmp_path: Path) -> None:
    with started(tmp_path, body="time.sleep(3600)") as script:
        assert script.stdout is not None
        assert [script.stdout.readline() for worker in range(2)] == ["running\n"] * 2
        os.killpg(script.pid, signal.SIGINT)
        _, errors = script.communicate()
    assert script.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
