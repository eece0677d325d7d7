"""The truth of a bundle as text: enough numbers that no change of data or truth goes unseen, few enough to read.

Every column, of the observed frame and of each truth array, is one row: mean, sd, quantiles (order statistics) and
two projections on fixed weights per visitor. A projection is sum(weight·value)/√n with weights that depend on the row
number alone, so that swapping two visitors changes it although no other number of the row notices.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pytest_pytyche.checks.difference import FLOOR, FORMAT, TOLERANCE
from pytest_pytyche.generators.core import CalibrationBundle
from pytest_pytyche.generators.observed import METRICS, REVENUE_PER_VISITOR, ObservedExperimentData
from pytest_pytyche.generators.truth import AlignedVisitorArray, CalibrationTruth

Array = NDArray[np.float64]
Features = dict[str, tuple[Array, list[str]]]
"""Per feature its values, categories by their position, and the names of its levels if it has any."""
Rows = Iterator[tuple[str, list[float | int | None]]]

QUANTILES = {"min": 0.0, "q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95, "max": 1.0}
STATISTICS = ("mean", "sd", *QUANTILES, "project_1", "project_2")
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
RULE = (
    f"Counts are compared exactly, others to {TOLERANCE:g} of the largest in their row "
    f"({FLOOR:g} where all are smaller)."
)
SEPARATORS = re.compile(r"[\s%]")
NAME_WIDTH = 34
NUMBER_WIDTH = 18


def describe_truth(bundle: CalibrationBundle, title: str) -> str:
    """The text that is stored as a snapshot; `title` says which data set it is."""
    observed, truth = bundle
    features = _features(observed)
    columns = {
        "variant": observed.arm_codes.astype(np.float64),
        "outcome": observed.outcome,
        **{name: values for name, (values, _) in features.items()},
        **dict(_truth_columns(truth, observed.arms)),
    }
    blocks = [
        [FORMAT, title, RULE],
        _table("arms", ("visitors", "converted", "revenue"), _arm_rows(observed)),
        _table("levels", ("visitors",), _level_rows(features, truth)),
        _table("effects", ("effect", "conv", "aov"), _effect_rows(truth)),
        _table("columns", STATISTICS, _statistics(columns)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _features(observed: ObservedExperimentData) -> Features:
    codes, dtypes = observed.codes, observed.visitors.schema
    return {name: (codes[name].astype(np.float64), _levels(dtypes[name])) for name in observed.feature_names}


def _levels(dtype: pl.DataType) -> list[str]:
    if isinstance(dtype, pl.Enum):
        return dtype.categories.to_list()
    return ["false", "true"] if dtype == pl.Boolean else []


def _table(name: str, columns: tuple[str, ...], rows: Rows) -> list[str]:
    line = f"%-{NAME_WIDTH}s" + f" %{NUMBER_WIDTH}s" * len(columns)
    numbers = f"%-{NAME_WIDTH}s" + f" %{NUMBER_WIDTH}.12g" * len(columns)
    return [line % (f"[{name}]", *columns), *(_row(line, numbers, row, values) for row, values in rows)]


def _row(line: str, numbers: str, row: str, values: Sequence[float | int | None]) -> str:
    name = _one_word(row)
    if None in values:
        return line % (name, *("-" if value is None else f"{value:.12g}" for value in values))
    return numbers % (name, *values)


def _one_word(name: str) -> str:
    return SEPARATORS.sub(lambda found: f"%{ord(found[0]):02X}", name)


def _arm_rows(observed: ObservedExperimentData) -> Rows:
    codes, outcome = observed.arm_codes, observed.outcome
    converted = observed.visitors["converted"].to_numpy() if observed.metric in METRICS else None
    for code, arm in enumerate(observed.arms):
        here = codes == code
        revenue = float(outcome[here].sum()) if observed.metric == REVENUE_PER_VISITOR else None
        yield arm, [int(here.sum()), None if converted is None else int(converted[here].sum()), revenue]


def _level_rows(features: Features, truth: CalibrationTruth) -> Rows:
    for name, (values, levels) in features.items():
        if levels:
            yield from _counts(name, values, levels)
    if truth.cluster_per_visitor is not None:
        codes = truth.cluster_per_visitor.values
        yield from _counts("cluster_per_visitor", codes, [str(code) for code in range(int(codes.max()) + 1)])


def _counts(name: str, codes: NDArray[np.generic], levels: list[str]) -> Rows:
    counts = np.bincount(codes.astype(np.intp), minlength=len(levels)).tolist()
    for level, count in zip(levels, counts, strict=True):
        yield f"{name}={level}", [count]


def _effect_rows(truth: CalibrationTruth) -> Rows:
    parts = truth.effect_components
    yield "all", [truth.effect, parts.get("conv"), parts.get("aov")]


def _truth_columns(truth: CalibrationTruth, arms: tuple[str, ...]) -> Iterator[tuple[str, Array]]:
    """Every array of the truth, one column per arm or per treatment where it has some."""
    for name, array in vars(truth).items():
        if isinstance(array, AlignedVisitorArray):
            values = array.values.reshape(len(array), -1)
            labels = [f"[{arm}]" for arm in arms[-values.shape[1] :]] if array.values.ndim > 1 else [""]
            for position, label in enumerate(labels):
                yield f"{name}{label}", values[:, position].astype(np.float64)


def _statistics(columns: dict[str, Array]) -> Rows:
    matrix = np.stack(list(columns.values()))
    n = matrix.shape[1]
    ordered = np.sort(matrix, axis=1)[:, [round(share * (n - 1)) for share in QUANTILES.values()]]
    projected = matrix @ _weights(n).T / np.sqrt(n)
    table = np.column_stack([matrix.mean(axis=1), matrix.std(axis=1), ordered, projected])
    yield from zip(columns, table.tolist(), strict=True)


@lru_cache(maxsize=8)
def _weights(n: int) -> Array:
    """Two rows of n weights in [-1, 1), from the bits of SplitMix64 at the row number: the same for all time."""
    bits = np.arange(1, 2 * n + 1, dtype=np.uint64).reshape(n, 2).T * GOLDEN
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (bits ^ (bits >> np.uint64(31))).astype(np.float64) / 2.0**63 - 1.0
