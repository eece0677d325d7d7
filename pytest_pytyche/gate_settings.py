"""The options of the gate -> one frozen `GateSettings`; nothing is read or parsed that only the gate can understand."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_pytyche import options
from pytest_pytyche.option_tables import BASELINE, ESTIMATOR_SEED, EXPECT_FAIL, LIMIT, PARE_BASELINE, Option

MAX_ESTIMATOR_SEED = 2**31 - 1


class GateSettings(NamedTuple):
    """What the user asked for: `baselines` to compare with, or, with `update`, the one file to write.

    `limits` and `expected`: rules as typed. `pare_baselines`, `pare_update`: the same for scenarios.
    """

    baselines: tuple[Path, ...] = ()
    update: bool = False
    limits: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    strict: bool = False
    estimator_seed: int = 0
    pare_baselines: tuple[Path, ...] = ()
    pare_update: bool = False

    @property
    def catalog(self) -> bool:
        """Whether estimates are to be judged, or kept."""
        return bool(self.baselines or self.limits)


def read_gate_settings(config: pytest.Config) -> GateSettings:
    """Settings of this run; pytest.UsageError, one line, for what cannot be meant."""
    return GateSettings(
        baselines=_baselines(config, BASELINE, update=config.getoption("pytyche_baseline_update")),
        update=config.getoption("pytyche_baseline_update"),
        limits=_texts(config, LIMIT),
        expected=_texts(config, EXPECT_FAIL),
        strict=bool(config.getoption("pytyche_strict") or config.getini("pytyche_strict")),
        estimator_seed=_estimator_seed(config),
        pare_baselines=_baselines(config, PARE_BASELINE, update=config.getoption("pare_baseline_update")),
        pare_update=config.getoption("pare_baseline_update"),
    )


def _texts(config: pytest.Config, option: Option) -> tuple[str, ...]:
    """What was given, one after the other; in an ini file one on a line."""
    found = options.value(config, option)
    texts = found if isinstance(found, list) else str(found).splitlines()
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _baselines(config: pytest.Config, option: Option, *, update: bool) -> tuple[Path, ...]:
    source, names = options.source(config, option), _texts(config, option)
    paths = tuple(options.path(config, option, name) for name in names)
    if update:
        require_one(option, source, names)
    require_distinct(paths, source, names)
    return paths


def require_one(option: Option, source: str, names: Sequence[str]) -> None:
    """pytest.UsageError where an update would not know what to write."""
    if len(names) != 1:
        raise pytest.UsageError(f"{option.flag}-update writes one file; {source} names {len(names)}: {list(names)}")


def require_distinct(paths: Sequence[Path], source: str, names: Sequence[str]) -> None:
    """pytest.UsageError where two baselines go by the same name."""
    labels = [path.stem for path in paths]
    for label in labels:
        if labels.count(label) > 1:
            raise pytest.UsageError(
                f"{source} names two files {label!r}: {list(names)}; verdicts could not tell them apart"
            )


def _estimator_seed(config: pytest.Config) -> int:
    text = options.text(config, ESTIMATOR_SEED)
    if not (text.isascii() and text.isdecimal() and int(text) <= MAX_ESTIMATOR_SEED):
        source = options.source(config, ESTIMATOR_SEED)
        raise pytest.UsageError(f"{source}={text!r}; expected a whole number, 0 to {MAX_ESTIMATOR_SEED}")
    return int(text)
