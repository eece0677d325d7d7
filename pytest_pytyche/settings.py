"""Command line and ini file -> one frozen `Settings`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

CHECKS = ("truth", "invariants", "estimate")
FILE_EXTENSION = "truth"
MAX_SEED = 2**63 - 1
MAX_SEEDS = 10_000
NODE_ID = re.compile(r"(?:.*/)?(pytyche(?::[^:]+)?::.+)", re.DOTALL)


class Option(NamedTuple):
    """One command-line option and the ini key that goes with it."""

    name: str
    metavar: str
    help: str
    default: str = ""
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """As typed on the command line."""
        return f"--pytyche-{self.name}"

    @property
    def key(self) -> str:
        """As written in an ini file, and the attribute of `config.option`."""
        return f"pytyche_{self.name}"


OPTIONS = (
    Option(
        "profile", "NAME", "catalog to run: validate, standard, thorough or one of your own; alone it is the whole run"
    ),
    Option("seeds", "SEEDS", "seeds such as 0,1,2 or 5, for one, or a count such as 3 for 0,1,2", "0,"),
    Option("estimator", "NAME", "estimator to fit, by name or as module:factory (repeatable)", "lin", repeatable=True),
    Option("check", "NAMES", "built-in checks to run, of truth,invariants,estimate", ",".join(CHECKS)),
    Option("templates", "NAMES", "only specs of these scenario templates, such as reversal,constant"),
    Option("metric", "NAMES", "only specs of these metrics, of conversion_rate,revenue_per_visitor"),
    Option("output", "DIR", "folder for results, each run in a folder of its own", ".pytyche"),
)
SUITE_HELP = "add the built-in checks to a run that is given test paths"


@dataclass(frozen=True)
class Settings:
    """What the user asked for, checked as far as that goes without loading a catalog.

    `suite`: the built-in checks are collected. `selected`: node ids of built-in checks given on the command line, empty
    for all. `given`: the pytyche options as typed, for a command that runs one item again.
    """

    profile: str | None
    seeds: tuple[int, ...]
    estimators: tuple[str, ...]
    checks: tuple[str, ...]
    templates: tuple[str, ...]
    metrics: tuple[str, ...]
    output: Path
    suite: bool
    selected: tuple[str, ...]
    given: tuple[str, ...]


def add_options(parser: pytest.Parser) -> None:
    """Declare every option and its ini key."""
    group = parser.getgroup("pytyche", "synthetic experiments with known effects (pytest-pytyche)")
    for option in OPTIONS:
        default = f" (default: {option.default})" if option.default else ""
        group.addoption(
            option.flag,
            action="append" if option.repeatable else "store",
            metavar=option.metavar,
            dest=option.key,
            help=f"{option.help}{default}",
        )
        parser.addini(option.key, f"the same as {option.flag}", type="string", default=None)
    group.addoption("--pytyche-suite", action="store_true", dest="pytyche_suite", help=SUITE_HELP)
    parser.addini("pytyche_suite", "the same as --pytyche-suite", type="bool", default=False)


def read_settings(config: pytest.Config) -> Settings:
    """Settings of this run; pytest.UsageError for a value that cannot be meant.

    Node ids of built-in checks are taken out of `config.args`, where pytest would look for files.
    """
    selected, paths = _split_arguments(config)
    profile = _text(config, "profile")
    suite = bool(config.getoption("pytyche_suite") or config.getini("pytyche_suite"))
    if (suite or selected) and not profile:
        what = selected[0] if selected else "--pytyche-suite"
        raise pytest.UsageError(f"{what} runs checks of a catalog; say which with --pytyche-profile=NAME")
    alone = not paths and bool(selected or config.getoption("pytyche_profile") is not None)
    if selected or alone:
        _collect_only(config, paths)
    return Settings(
        profile=profile or None,
        seeds=parse_seeds(_text(config, "seeds"), _source(config, "seeds")),
        estimators=_names(config, "estimator"),
        checks=tuple(name for name in CHECKS if name in _known_names(config, "check", CHECKS)),
        templates=_names(config, "templates"),
        metrics=_names(config, "metric"),
        output=_output(config),
        suite=suite or alone or bool(selected),
        selected=selected,
        given=_given(config),
    )


def parse_seeds(text: str, source: str = "seeds") -> tuple[int, ...]:
    """`0,1,2` -> those seeds, `5,` -> that one, `3` -> 0, 1, 2; pytest.UsageError for anything else.

    `0` can be no count of seeds worth running, so it is the seed.
    """
    parts = [part.strip() for part in text.split(",")]
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()
    if not all(part.isdecimal() and part.isascii() and int(part) <= MAX_SEED for part in parts):
        raise pytest.UsageError(f"{source}={text!r}; expected a count such as 3 or seeds such as 0,1,2 (one seed: 5,)")
    numbers = tuple(int(part) for part in parts)
    if "," not in text:
        if numbers[0] > MAX_SEEDS:
            raise pytest.UsageError(f"{source}={text!r} is a count of {numbers[0]} seeds; expected at most {MAX_SEEDS}")
        return tuple(range(numbers[0])) or (0,)
    if len(set(numbers)) < len(numbers):
        raise pytest.UsageError(f"{source}={text!r} names a seed twice")
    return numbers


def unknown(source: str, value: str, choices: Sequence[str]) -> pytest.UsageError:
    """The error for a name that is none of `choices`, with the one that was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415  # only when there is an error to report

    close = get_close_matches(value, choices, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return pytest.UsageError(f"{source}={value!r}; expected one of {list(choices)}{hint}")


def _option(name: str) -> Option:
    return next(option for option in OPTIONS if option.name == name)


def _value(config: pytest.Config, name: str) -> Any:
    """The command line's value, else the ini file's, else the default."""
    option = _option(name)
    for value in (config.getoption(option.key), config.getini(option.key)):
        if value is not None:
            return value
    return option.default


def _text(config: pytest.Config, name: str) -> str:
    return str(_value(config, name)).strip()


def _source(config: pytest.Config, name: str) -> str:
    """How the user spelt the option: as a flag or as an ini key."""
    option = _option(name)
    return option.key if config.getoption(option.key) is None and config.getini(option.key) else option.flag


def _names(config: pytest.Config, name: str) -> tuple[str, ...]:
    """Comma-separated names, each once, in the order given."""
    value = _value(config, name)
    text = ",".join(value) if isinstance(value, list) else str(value)
    return tuple(dict.fromkeys(part for part in (piece.strip() for piece in text.split(",")) if part))


def _known_names(config: pytest.Config, name: str, choices: Sequence[str]) -> tuple[str, ...]:
    names = _names(config, name)
    for value in names or ("",):
        if value not in choices:
            raise unknown(_source(config, name), value, choices)
    return names


def _output(config: pytest.Config) -> Path:
    """On the command line relative to the current folder, in an ini file and by default to the root folder."""
    given = config.getoption("pytyche_output")
    base = config.rootpath if given is None else config.invocation_params.dir
    return Path(base, _text(config, "output"))


def _split_arguments(config: pytest.Config) -> tuple[tuple[str, ...], list[str]]:
    """Node ids of built-in checks, as pytest prints them, and the other arguments that the user gave."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return (), []
    matches = {argument: NODE_ID.fullmatch(argument) for argument in config.args}
    selected = tuple(match[1] for match in matches.values() if match)
    return selected, [argument for argument in config.args if not matches[argument]]


def _collect_only(config: pytest.Config, paths: list[str]) -> None:
    """Keep pytest and syrupy from looking elsewhere: for no paths they would fall back to `testpaths`."""
    config.args = paths
    config.args_source = pytest.Config.ArgsSource.ARGS
    config.option.file_or_dir = list(paths)


def _given(config: pytest.Config) -> tuple[str, ...]:
    typed = []
    for option in OPTIONS:
        value = config.getoption(option.key)
        values = value if isinstance(value, list) else [value]
        typed += [f"{option.flag}={text}" for text in values if text is not None]
    return tuple(typed)
