"""Functions and templates for suites, importable by a worker process."""

import os
import signal
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

import numpy as np

from pytest_pytyche.estimators.fit import fit
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.generators.core import V2GeneratorConfig, generate_v2_core
from pytest_pytyche.generators.scenarios import TEMPLATES, ScenarioSpec
from pytest_pytyche.metrics import score

Metadata = dict[str, Any]


def spec(template: str, effect_scale: float = 1.0, **knobs: Any) -> ScenarioSpec:
    return TEMPLATES[template], {
        "metric_id": "conversion_rate",
        "effect_scale": effect_scale,
        "n_visitors": 200,
        **knobs,
    }


def evaluate(config: V2GeneratorConfig, metadata: Metadata) -> Mapping[str, float | None]:
    observed, truth = generate_v2_core(config)
    return score(fit(Lin(), observed, seed=0), truth)


def seed_and_scale(config: V2GeneratorConfig, metadata: Metadata) -> Mapping[str, Any]:
    return {"tenfold": 10 * config.seed, "scale": np.float32(metadata["effect_scale"])}


def fails_on_seed_1(config: V2GeneratorConfig, metadata: Metadata) -> Mapping[str, Any]:
    if config.seed == 1:
        raise ArithmeticError("no\nsolution")
    return {"x": 1.5}


def dies_on_seed_1(config: V2GeneratorConfig, metadata: Metadata) -> Mapping[str, Any]:
    if config.seed == 1 and metadata["template"] == "reversal":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"x": config.seed}


def interrupts_on_seed_3(config: V2GeneratorConfig, metadata: Metadata) -> Mapping[str, Any]:
    if config.seed == 3:
        raise KeyboardInterrupt
    return {"x": config.seed}


def exits(config: V2GeneratorConfig, metadata: Metadata) -> NoReturn:
    raise SystemExit(3)


def broken_template(metric_id: str, *, seed: int) -> NoReturn:
    raise ValueError(f"no such metric: {metric_id}")


def with_mixed_levels(metric_id: str, level: Any, *, seed: int) -> tuple[V2GeneratorConfig, Metadata]:
    config, _ = TEMPLATES["constant"](metric_id, 1.0, seed=seed)
    return config, {"level": level, "many": (1, 2), "nothing": None, "size": np.int64(3)}


class Unloadable:
    """A function that pickles, and whose pickle does not load."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return (partial(__import__, level=0), ("no_such_module_anywhere",))

    def __call__(self, config: V2GeneratorConfig, metadata: Metadata) -> Mapping[str, Any]:
        return {}
