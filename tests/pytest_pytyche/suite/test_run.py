import io
import re
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from fnmatch import fnmatchcase
from itertools import count
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pytest_pytyche.generators.core import generate_v2_core
from pytest_pytyche.generators.scenarios import ScenarioSpec, profile_catalog
from pytest_pytyche.suite import run_suite_parallel
from tests.support import suite_functions as functions
from tests.support.suite_functions import spec

CATALOG = [spec("reversal"), spec("constant", 0.5)]


class Backwards(Executor):
    """Runs nothing before `n` calls are in, then the last one first; counts what it was handed."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.calls: list[tuple[Future[Any], Callable[..., Any], Sequence[Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls.append((future, fn, args))
        if len(self.calls) == self.n:
            for waiting, call, arguments in reversed(self.calls):
                waiting.set_result(call(*arguments))
        return future


class Closed(Executor):
    """Cancels whatever it is handed."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


def test_rows_are_catalog_times_seeds() -> None:
    frame = run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=[7, 3], executor="sequential")
    expected = pl.DataFrame(
        {
            "spec_id": ["reversal-cr-es1-n200"] * 2 + ["constant-cr-es0.5-n200"] * 2,
            "template": ["reversal"] * 2 + ["constant"] * 2,
            "metric": ["conversion_rate"] * 4,
            "seed": [7, 3, 7, 3],
            "tenfold": [70, 30, 70, 30],
            "scale": [1.0, 1.0, 0.5, 0.5],
            "error": [None] * 4,
        },
        schema_overrides={"error": pl.String},
    )
    assert_frame_equal(frame.select(expected.columns), expected)


def test_columns_are_identity_metadata_results_seconds_and_error() -> None:
    frame = run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=1, executor="sequential")
    assert frame.columns[:4] == ["spec_id", "template", "metric", "seed"]
    assert frame.columns[-4:] == ["tenfold", "scale", "seconds", "error"]
    knobs = frame.columns[4:-4]
    assert {"effect_scale", "n_visitors", "n_nuisance", "baseline_rate", "driver", "K"} <= set(knobs)
    assert not {"metric_id", "sampler", "prognostic_features"} & set(knobs)
    assert frame["driver"].to_list() == ["session_recency", None]
    assert frame.schema["seconds"] == pl.Float64
    assert frame["seconds"].min() > 0.0  # type: ignore[operator]  # a float, as the schema says


def test_seeds_may_be_a_count() -> None:
    frame = run_suite_parallel(CATALOG[:1], functions.seed_and_scale, seeds=3, executor="sequential")
    assert frame["seed"].to_list() == [0, 1, 2]


@pytest.mark.parametrize("seeds", [np.int64(2), np.arange(2), [np.int64(0), np.int64(1)], pl.Series([0, 1])])
def test_seeds_may_be_numbers_of_numpy(seeds: Any) -> None:
    frame = run_suite_parallel(CATALOG[:1], functions.seed_and_scale, seeds=seeds, executor="sequential")
    assert frame["seed"].to_list() == [0, 1]


def test_every_executor_gives_the_same_frame() -> None:
    catalog = profile_catalog("validate")
    with ThreadPoolExecutor(3) as given:
        frames = [
            run_suite_parallel(catalog, functions.evaluate, seeds=2, executor=executor, max_workers=2).drop("seconds")
            for executor in ("sequential", "thread", "process", given)
        ]
    assert frames[0].shape[0] == 2 * len(catalog)
    assert frames[0]["error"].null_count() == frames[0].height
    assert frames[0]["pehe"].null_count() == 0
    assert frames[0]["crps"].null_count() == frames[0].height
    for frame in frames[1:]:
        assert_frame_equal(frame, frames[0], check_exact=True)


def test_order_does_not_follow_completion() -> None:
    backwards = Backwards(4)
    frame = run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=2, executor=backwards)
    assert frame["tenfold"].to_list() == [0, 10, 0, 10]
    assert len(backwards.calls) == 4


def test_an_executor_of_ones_own_is_not_shut_down() -> None:
    with ThreadPoolExecutor(1) as given:
        run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=1, executor=given)
        assert given.submit(int, "5").result() == 5


def test_an_executor_of_ones_own_is_handed_no_more_chunks_than_its_workers() -> None:
    class Counting(ThreadPoolExecutor):
        most = 0
        running: tuple[Future[Any], ...] = ()

        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future = super().submit(fn, *args, **kwargs)
            # Asked, not told by callbacks: those run after whoever waits for the future has gone on.
            self.running = (*(other for other in self.running if not other.done()), future)
            self.most = max(self.most, len(self.running))
            return future

    with Counting(1) as given:
        frame = run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=20, executor=given, max_workers=3)
    assert frame.height == 40
    assert given.most <= 3


def test_short_tasks_travel_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    clock = SimpleNamespace(perf_counter=lambda: next(ticks) / 100)
    monkeypatch.setattr("pytest_pytyche.suite.tasks.time", clock)
    lengths: list[int] = []

    class Measuring(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            lengths.append(len(args[1]))
            return super().submit(fn, *args, **kwargs)

    with Measuring(1) as given:
        run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=200, executor=given, max_workers=1)
    assert sum(lengths) == 400
    assert lengths[:3] == [1, 20, 20]  # chunks of 0.2 s as soon as a task is known to take 0.01 s
    assert max(lengths) == 20
    assert lengths[-1] == 1


@pytest.mark.parametrize("executor", ["sequential", "thread"])
def test_a_task_that_raises_is_a_row_with_its_error(executor: str) -> None:
    frame = run_suite_parallel(CATALOG, functions.fails_on_seed_1, seeds=3, executor=executor)
    assert frame["error"].to_list() == [None, "ArithmeticError: no solution", None] * 2
    assert frame["x"].to_list() == [1.5, None, 1.5] * 2
    assert frame["effect_scale"].to_list() == [1.0] * 3 + [0.5] * 3


def test_a_spec_whose_template_raises_is_rows_with_its_error() -> None:
    catalog = [CATALOG[0], (functions.broken_template, {"metric_id": "loyalty"})]
    frame = run_suite_parallel(catalog, functions.seed_and_scale, seeds=1, executor="sequential")
    assert frame["error"].to_list() == [None, "ValueError: no such metric: loyalty"]
    assert frame["metric"].to_list() == ["conversion_rate", "loyalty"]
    assert frame["template"].to_list() == ["reversal", "broken_template"]
    assert frame["tenfold"].to_list() == [0, None]


def test_a_run_without_a_single_result_still_has_its_rows() -> None:
    catalog: list[ScenarioSpec] = [(functions.broken_template, {"metric_id": "loyalty"})]
    frame = run_suite_parallel(catalog, functions.seed_and_scale, seeds=2, executor="sequential")
    assert frame.columns == ["spec_id", "template", "metric", "seed", "seconds", "error"]
    assert frame.height == 2


def test_an_empty_catalog_gives_an_empty_frame() -> None:
    frame = run_suite_parallel([], functions.seed_and_scale, seeds=2)
    assert frame.shape == (0, 6)


def test_a_function_that_exits_does_not_end_the_run() -> None:
    frame = run_suite_parallel(CATALOG, functions.exits, seeds=1, executor="sequential")
    assert frame["error"].to_list() == ["SystemExit: 3"] * 2


def test_metadata_that_is_no_scalar_is_left_out_and_mixed_kinds_become_text() -> None:
    catalog = [
        (functions.with_mixed_levels, {"metric_id": "conversion_rate", "level": level}) for level in (True, "mobile", 3)
    ]
    frame = run_suite_parallel(catalog, lambda config, metadata: {}, seeds=1, executor="thread")
    assert frame["level"].to_list() == ["True", "mobile", "3"]
    assert frame["size"].to_list() == [3, 3, 3]
    assert frame.columns == ["spec_id", "template", "metric", "seed", "level", "size", "seconds", "error"]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ((True, None), pl.Boolean, [True, None]),
        ((1, 2), pl.Int64, [1, 2]),
        ((1, 0.5), pl.Float64, [1.0, 0.5]),
        ((2**70, 1), pl.Float64, [2.0**70, 1.0]),
        (("a", 1), pl.String, ["a", "1"]),
        ((None, None), pl.Float64, [None, None]),
    ],
)
def test_a_column_has_the_narrowest_type_for_its_values(
    values: tuple[object, object], dtype: pl.DataType, expected: list[object]
) -> None:
    frame = run_suite_parallel(
        CATALOG[:1], lambda config, metadata: {"value": values[config.seed]}, seeds=2, executor="sequential"
    )
    assert frame.schema["value"] == dtype
    assert frame["value"].to_list() == expected


@pytest.mark.parametrize(
    ("returned", "error"),
    [
        ([1], "TypeError: fn returned list; expected a mapping of names to scalars"),
        (None, "TypeError: fn returned NoneType; expected a mapping of names to scalars"),
        ({"x": [1]}, "TypeError: fn returned 'x' as list; expected a number, text, truth value or None"),
        ({"seconds": 1}, "ValueError: fn returned 'seconds', which is a column of its own; expected another name"),
        ({"driver": 1}, "ValueError: fn returned 'driver', which is a column of its own; expected another name"),
        ({"x": "caf\udce9"}, r"ValueError: fn returned 'x', which no column holds: 'utf-8' codec can't encode *"),
        ({"caf\udce9": 1}, r"ValueError: fn returned 'caf\udce9', which no column holds: 'utf-8' codec can't encode *"),
        ({"x": 10**400}, "ValueError: fn returned 'x', which no column holds: int too large to convert to float"),
    ],
)
def test_what_fn_may_not_return_is_an_error_of_its_row(returned: object, error: str) -> None:
    frame = run_suite_parallel(CATALOG[:1], lambda config, metadata: returned, seeds=1, executor="sequential")  # type: ignore[arg-type,return-value]  # what is under test
    assert fnmatchcase(frame["error"].item(), error)


def test_a_result_with_the_name_of_a_knob_of_another_spec_is_an_error_of_its_row() -> None:
    catalog = [spec("constant"), spec("sparse_benefit")]
    frame = run_suite_parallel(
        catalog,
        lambda config, metadata: {"x": 1, **({"benefit_prevalence": 0.1} if config.seed else {})},
        seeds=2,
        executor="sequential",
    )
    error = "ValueError: fn returned 'benefit_prevalence', which is a column of its own; expected another name"
    assert frame["error"].to_list() == [None, error] * 2
    assert frame["x"].to_list() == [1, None] * 2
    assert frame["benefit_prevalence"].to_list() == [None, None, 0.15, 0.15]


def test_an_error_may_name_a_file_whose_name_is_no_unicode() -> None:
    def fails(config: Any, metadata: Any) -> dict[str, Any]:
        raise OSError("no file caf\udce9")

    frame = run_suite_parallel(CATALOG[:1], fails, seeds=1, executor="sequential")
    assert frame["error"].to_list() == [r"OSError: no file caf\udce9"]


@pytest.mark.parametrize(
    ("knob", "error"),
    [
        ({"seconds": 1}, "ValueError: metadata holds 'seconds', which is a column of its own; expected another name"),
        ({"size": 10**400}, "ValueError: metadata holds 'size', which no column holds: int too large to *"),
    ],
)
def test_metadata_that_no_column_holds_is_an_error_of_its_row(knob: dict[str, Any], error: str) -> None:
    def described(*, seed: int) -> Any:
        return CATALOG[0][0](seed=seed, **CATALOG[0][1])[0], knob

    frame = run_suite_parallel([(described, {})], lambda config, metadata: {}, seeds=1, executor="sequential")
    assert fnmatchcase(frame["error"].item(), error)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(lambda x: x, "<function <lambda> at *>"), (date(2024, 1, 1), "datetime.date(2024, 1, 1)")],
)
def test_a_knob_without_content_is_refused_before_anything_runs(value: object, shown: str) -> None:
    called: list[int] = []
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole message is compared below
        run_suite_parallel(
            [CATALOG[0], spec("reversal", of=value)],
            lambda config, metadata: called.append(1),  # type: ignore[arg-type,return-value]  # it is not called
            seeds=1,
            executor="sequential",
        )
    assert fnmatchcase(str(caught.value), f"catalog[[]1]: knob of={shown} cannot be part of an id: *")
    assert not called


def test_an_array_among_the_knobs_is_part_of_the_id() -> None:
    catalog = [(functions.with_mixed_levels, {"metric_id": "conversion_rate", "level": np.array([1.0, 2.0])})]
    frame = run_suite_parallel(catalog, lambda config, metadata: {}, seeds=1, executor="sequential")
    assert re.fullmatch("with_mixed_levels-cr-level-[0-9a-f]{8}", frame["spec_id"].item())


def test_fn_decides_itself_whether_to_generate() -> None:
    frame = run_suite_parallel(
        CATALOG[:1],
        lambda config, metadata: {"ate": generate_v2_core(config).truth.effect},
        seeds=1,
        executor="sequential",
    )
    config, _ = CATALOG[0][0](seed=0, **CATALOG[0][1])
    assert frame["ate"].item() == generate_v2_core(config).truth.effect


def test_a_dying_worker_costs_only_the_task_it_was_running() -> None:
    frame = run_suite_parallel(CATALOG, functions.dies_on_seed_1, seeds=4, executor="process", max_workers=2)
    died = "BrokenProcessPool: the worker process died while running this task"
    assert frame["error"].to_list() == [None, died, None, None] + [None] * 4
    assert frame["x"].to_list() == [0, None, 2, 3, 0, 1, 2, 3]


def test_a_process_pool_of_ones_own_that_breaks_is_an_error_of_its_rows() -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as given:
        frame = run_suite_parallel(CATALOG[:1], functions.dies_on_seed_1, seeds=[1, 2], executor=given, max_workers=1)
    assert frame.height == 2
    assert all(error.startswith("BrokenProcessPool: ") for error in frame["error"])


def test_an_executor_that_cancels_its_work_is_an_error_of_its_rows() -> None:
    frame = run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=1, executor=Closed())
    assert frame["error"].to_list() == ["CancelledError"] * 2


def test_a_function_that_cannot_be_pickled_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"^fn=test_a_function.*<lambda> does not reach a worker process \(.*\); expected"
    ) as caught:
        run_suite_parallel(CATALOG, lambda config, metadata: {}, seeds=1)
    assert str(caught.value).endswith(
        "expected a function at the top level of an importable module, or executor='thread'"
    )


def test_a_function_that_does_not_load_in_the_worker_is_named() -> None:
    with pytest.raises(
        ValueError, match=r"Unloadable.* does not reach a worker process \(ModuleNotFoundError: No module"
    ):
        run_suite_parallel(CATALOG, functions.Unloadable(), seeds=1, max_workers=1)


def test_a_spec_that_cannot_be_pickled_is_rows_with_its_error() -> None:
    def local(metric_id: str, *, seed: int) -> Any:
        return CATALOG[0][0](metric_id, 1.0, seed=seed)

    catalog = [(local, {"metric_id": "conversion_rate"}), CATALOG[0]]
    frame = run_suite_parallel(catalog, functions.seed_and_scale, seeds=1, max_workers=1)
    assert frame["error"][0].startswith(("AttributeError: ", "PicklingError: "))
    assert frame["tenfold"].to_list() == [None, 0]


def test_an_interrupt_propagates_and_cancels_what_is_pending() -> None:
    done: list[int] = []

    def note(config: Any, metadata: Any) -> dict[str, float]:
        done.append(config.seed)
        return dict(functions.interrupts_on_seed_3(config, metadata))

    with pytest.raises(KeyboardInterrupt):
        run_suite_parallel(CATALOG, note, seeds=2000, executor="thread", max_workers=1)
    assert 3 in done
    assert len(done) < 2000


def test_an_interrupt_stops_a_sequential_run() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_suite_parallel(CATALOG, functions.interrupts_on_seed_3, seeds=5, executor="sequential")


def test_an_interrupt_in_a_worker_process_propagates() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_suite_parallel(CATALOG, functions.interrupts_on_seed_3, seeds=5, executor="process", max_workers=1)


@pytest.mark.parametrize("executor", ["proces", "dask", 3])
def test_an_unknown_executor_is_refused_with_the_choices(executor: Any) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the whole message is compared below
        run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=1, executor=executor)
    assert str(caught.value) == (
        f"executor={executor!r}; expected one of ['sequential', 'thread', 'process'] or a concurrent.futures.Executor"
    )


def test_max_workers_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^max_workers=0; expected a number >= 1$"):
        run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=1, max_workers=0)


@pytest.mark.parametrize("seeds", [0, [], [1, 2, 1], [0.5, 1.5], 1.5, "12", None, np.array([0.0, 1.0])])
def test_no_seeds_repeated_ones_and_other_values_are_refused(seeds: Any) -> None:
    with pytest.raises(ValueError, match=r"^seeds=.*; expected a count >= 1 or distinct whole numbers$"):
        run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=seeds)


@pytest.mark.parametrize("entry", ["reversal", (1, {}), (functions.broken_template, None), CATALOG[0][0]])
def test_a_catalog_entry_that_is_no_spec_is_refused_with_its_position(entry: Any) -> None:
    with pytest.raises(ValueError, match=r"^catalog\[1\] is .*; expected a tuple \(template_fn, kwargs\)$"):
        run_suite_parallel([CATALOG[0], entry], functions.seed_and_scale, seeds=1, executor="sequential")


def test_progress_counts_tasks_and_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stderr := io.StringIO())
    run_suite_parallel(CATALOG, functions.fails_on_seed_1, seeds=2, executor="sequential", progress=True)
    assert re.match(r"\r0/4 done, 0 failed, \d+:\d\d", stderr.getvalue())
    assert re.search(r"\r4/4 done, 2 failed, \d+:\d\d\n$", stderr.getvalue())


@pytest.mark.parametrize(
    ("terminal", "progress", "shown"), [(True, None, True), (False, None, False), (True, False, False)]
)
def test_progress_is_for_terminals_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, progress: bool | None, shown: bool
) -> None:
    stderr = io.StringIO()
    monkeypatch.setattr(stderr, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stderr)
    run_suite_parallel(CATALOG, functions.seed_and_scale, seeds=1, executor="sequential", progress=progress)
    assert bool(stderr.getvalue()) == shown
