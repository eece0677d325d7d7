"""The options that say how fits are made and kept -> one frozen `FitSettings`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from pytest_pytyche import options
from pytest_pytyche.fits.settings import CACHE_FOLDER, CacheSettings, FitSettings, Limits
from pytest_pytyche.option_tables import CACHE, CACHE_SIZE, ISOLATE, ISOLATION, MEMORY, TIMEOUT, Option
from pytest_pytyche.quantities import bytes_of, seconds_of

Value = TypeVar("Value")


def read_fit_settings(config: pytest.Config, output: Path) -> FitSettings:
    """Settings of this run; pytest.UsageError, one line, for what cannot be meant or done."""
    limits = Limits(seconds=parsed(config, TIMEOUT, seconds_of), memory=parsed(config, MEMORY, bytes_of))
    isolation = _isolation(config)
    if limits.any and isolation == "off":
        source = options.source(config, TIMEOUT if limits.seconds is not None else MEMORY)
        raise pytest.UsageError(f"{source} ends the process of a fit; it cannot go with {ISOLATE.flag}=off")
    if limits.memory is not None and sys.platform != "linux":
        raise pytest.UsageError(f"{options.source(config, MEMORY)} needs Linux, whose /proc tells what a process holds")
    return FitSettings(isolation, limits, _cache(config, output))


def parsed(config: pytest.Config, option: Option, parse: Callable[[str], Value]) -> Value | None:
    """What an option says, None where it is not given; pytest.UsageError, one line, for what cannot be read."""
    text = options.text(config, option)
    try:
        return parse(text) if text else None
    except ValueError as error:
        raise pytest.UsageError(f"{options.source(config, option)}={error}") from error


def _isolation(config: pytest.Config) -> str:
    """What was asked for; a debugger needs the estimator in this process."""
    option = ISOLATE
    text = options.text(config, option)
    if text not in ISOLATION:
        raise options.unknown(options.source(config, option), text, ISOLATION)
    return "off" if text == "auto" and config.getoption("usepdb", default=False) else text


def _cache(config: pytest.Config, output: Path) -> CacheSettings | None:
    if config.getoption("pytyche_no_cache") or config.getini("pytyche_no_cache"):
        return None
    name = options.text(config, CACHE)
    folder = options.path(config, CACHE, name) if name else output / CACHE_FOLDER
    return CacheSettings(folder, parsed(config, CACHE_SIZE, bytes_of) or 0)
