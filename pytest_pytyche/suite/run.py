"""`run_suite_parallel`: catalog × seeds into one frame."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from operator import index
from typing import Any

import polars as pl

from pytest_pytyche.generators.catalog import ScenarioSpec
from pytest_pytyche.suite.frame import identity_columns, to_frame
from pytest_pytyche.suite.processes import Processes
from pytest_pytyche.suite.progress import Progress
from pytest_pytyche.suite.runners import Given, Runner, Sequential, Threads
from pytest_pytyche.suite.tasks import Outcome, SuiteFunction, Task
from pytest_pytyche.text import shown

EXECUTORS = ("sequential", "thread", "process")


def run_suite_parallel(
    catalog: Iterable[ScenarioSpec],
    fn: SuiteFunction,
    *,
    seeds: int | Sequence[int],
    executor: str | Executor = "process",
    max_workers: int | None = None,
    progress: bool | None = None,
) -> pl.DataFrame:
    """Call `fn(config, metadata)` for every spec and seed; a frame in the order of catalog × seeds.

    For a spec `(template_fn, kwargs)`, config and metadata are `template_fn(seed=seed, **kwargs)`; whether to generate
    data from them is up to `fn`, which returns a mapping of names to numbers, texts, truth values or None. `seeds` is a
    sequence, or a count n for 0 … n−1.

    Columns: `spec_id`, `template`, `metric`, `seed`, the scalar entries of metadata, what `fn` returned, `seconds`
    (wall clock of template and `fn`), `error`. A task that raises, in its template or in `fn`, or whose worker process
    dies is a row with its `error` in one line and without results, and the run goes on; so is one whose results no
    column holds, or that take the name of another column, be it a knob of another spec. Every executor gives the same
    frame, `seconds` apart.

    executor: "sequential", "thread", "process" (a pool of `max_workers`, by default the processors available), or an
    Executor of your own, which is not shut down; for that one `max_workers` limits how many chunks of tasks it is
    handed at a time. Worker processes are spawned, so `fn` must be importable, and a script that calls this needs its
    `if __name__ == "__main__":`.

    progress: a counting line on stderr; None means where stderr is a terminal.

    Raises `ValueError` for an unknown executor, `max_workers` below 1, seeds that are none or repeated or no whole
    numbers, a catalog entry that is no spec or has a knob that cannot be part of its id, all of it before anything
    runs, and for an `fn` that does not reach a worker process. KeyboardInterrupt cancels what is pending.
    """
    runner = _runner(executor, max_workers)
    numbers = _seed_list(seeds)
    specs = [_require_spec(i, spec) for i, spec in enumerate(catalog)]
    identity = identity_columns(specs, numbers)  # before anything runs: what cannot be told apart makes no frame
    tasks = [Task(spec, seed) for spec in specs for seed in numbers]
    outcomes: dict[int, Outcome] = {}
    with Progress(len(tasks), shown=progress) as line, closing(runner.run(fn, tasks)) as finished:
        for position, outcome in finished:
            outcomes[position] = outcome
            line.advance(failed=outcome.error is not None)
    return to_frame(identity, [outcomes[position] for position in range(len(tasks))])


def _require_spec(position: int, spec: Any) -> ScenarioSpec:
    if isinstance(spec, tuple) and len(spec) == 2 and callable(spec[0]) and isinstance(spec[1], Mapping):
        return spec
    raise ValueError(f"catalog[{position}] is {spec!r}; expected a tuple (template_fn, kwargs)")


def _seed_list(seeds: int | Sequence[int]) -> list[int]:
    try:
        numbers = _numbers(seeds)
    except TypeError:
        numbers = []
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"seeds={shown(repr(seeds))}; expected a count >= 1 or distinct whole numbers")
    return numbers


def _numbers(seeds: Any) -> list[int]:
    """Those of a sequence or up to a count; TypeError for what is no whole number."""
    try:
        count = index(seeds)
    except TypeError:
        return [index(seed) for seed in seeds]
    return list(range(count))


def _runner(executor: str | Executor, max_workers: int | None) -> Runner:
    if max_workers is not None and max_workers < 1:
        raise ValueError(f"max_workers={max_workers}; expected a number >= 1")
    if isinstance(executor, Executor):
        return Given(executor, max_workers)
    workers = max_workers or _processors()
    runners: Mapping[str, Runner] = dict(
        zip(EXECUTORS, (Sequential(), Threads(workers), Processes(workers)), strict=True)
    )
    if executor not in runners:
        raise ValueError(f"executor={executor!r}; expected one of {list(EXECUTORS)} or a concurrent.futures.Executor")
    return runners[executor]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
