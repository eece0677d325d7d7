"""What the user gave for an option, on the command line or in the ini file, read in one way."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pytest_pytyche.alone import trim
from pytest_pytyche.file_names import CATALOG_FILE
from pytest_pytyche.option_tables import Option

FILE_NODE_ID = re.compile(rf"(?P<catalog>.+){re.escape(CATALOG_FILE)}::(?P<rest>.+)", re.DOTALL)
NODE_ID = re.compile(r"(?:.*/)?(pytyche(?::[^:]+)?::.+)", re.DOTALL)
CONFORMANCE_NODE_ID = re.compile(r"(?:.*/)?(pytyche-estimator::.+)", re.DOTALL)
PARE_NODE_ID = re.compile(r"(?:.*/)?(pare::.+)", re.DOTALL)


class Arguments(NamedTuple):
    """What the user named on the command line: node ids of built-in checks, of each kind, and anything else."""

    checks: tuple[str, ...] = ()
    conformance: tuple[str, ...] = ()
    pare: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def named(options: Sequence[Option], name: str) -> Option:
    """The option of that name."""
    return next(option for option in options if option.name == name)


def value(config: pytest.Config, option: Option) -> Any:
    """The command line's value, else the ini file's, else the default.

    pytest.UsageError for a flag with nothing behind it, such as one whose variable a CI job has not set.
    """
    typed = config.getoption(option.key)
    for one in typed if isinstance(typed, list) else [typed]:
        if one is not None and not one.strip():
            raise pytest.UsageError(
                f"{option.flag}={one!r} is empty; expected {option.metavar}, or leave the option out"
            )
    found = config.getini(option.key) if typed is None else typed
    return option.default if found is None else found


def text(config: pytest.Config, option: Option) -> str:
    """The value without blanks around it."""
    return str(value(config, option)).strip()


def source(config: pytest.Config, option: Option) -> str:
    """How the user spelt the option: as a flag or as an ini key."""
    return option.key if config.getoption(option.key) is None and config.getini(option.key) else option.flag


def names(config: pytest.Config, option: Option) -> tuple[str, ...]:
    """Comma-separated names, each once, in the order given."""
    found = value(config, option)
    joined = ",".join(found) if isinstance(found, list) else str(found)
    return tuple(dict.fromkeys(part for part in (piece.strip() for piece in split_commas(joined)) if part))


def split_commas(text: str) -> list[str]:
    """`a,b(x=1,y=2)` -> `a` and `b(x=1,y=2)`: what stands between commas outside of parentheses."""
    pieces, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


def known_names(config: pytest.Config, option: Option, choices: Sequence[str]) -> tuple[str, ...]:
    """Comma-separated names in the order of `choices`; pytest.UsageError for none, and for one that is not of them."""
    found = names(config, option)
    for name in found or ("",):
        if name not in choices:
            raise unknown(source(config, option), name, choices)
    return tuple(choice for choice in choices if choice in found)


def path(config: pytest.Config, option: Option, name: str) -> Path:
    """On the command line relative to the current folder, in an ini file and by default to the root folder."""
    typed = config.getoption(option.key) is not None
    return Path(config.invocation_params.dir if typed else config.rootpath, name)


def file(config: pytest.Config, option: Option) -> Path | None:
    """The file that was given, None for none; pytest.UsageError where there is no such file."""
    given = text(config, option)
    found = path(config, option, given)
    if given and not found.is_file():
        raise pytest.UsageError(f"{source(config, option)}={given!r}: no such file")
    return found if given else None


def count(config: pytest.Config, option: Option, most: int | None = None) -> int | None:
    """A whole number from 1 to `most`, None for none; pytest.UsageError for anything else."""
    given = text(config, option)
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and 1 <= int(given) <= (most or int(given))):
        limits = "1 or more" if most is None else f"1 to {most}"
        raise pytest.UsageError(f"{source(config, option)}={given!r}; expected a whole number, {limits}")
    return int(given)


def typed(config: pytest.Config, options: Sequence[Option]) -> tuple[str, ...]:
    """The options as given on the command line, for a command that runs one item again."""
    words = []
    for option in options:
        given = config.getoption(option.key)
        values = given if isinstance(given, list) else [given]
        words += [f"{option.flag}={one}" for one in values if one is not None]
    return tuple(words)


def unknown(source: str, value: str, choices: Sequence[str]) -> pytest.UsageError:
    """The error for a name that is none of `choices`, with the one that was probably meant."""
    from difflib import get_close_matches  # noqa: PLC0415  # only when there is an error to report

    close = get_close_matches(value, choices, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return pytest.UsageError(f"{source}={value!r}; expected one of {list(choices)}{hint}")


def is_check(nodeid: str) -> bool:
    """Whether a node id is that of a built-in check of a catalog, of the run or of a file."""
    return NODE_ID.fullmatch(nodeid) is not None or (file_of(nodeid) is not None and not is_pare(nodeid))


def is_pare(nodeid: str) -> bool:
    """Whether a node id is that of a built-in check of a scenario."""
    found = FILE_NODE_ID.fullmatch(nodeid)
    return PARE_NODE_ID.fullmatch(found["rest"] if found else nodeid) is not None


def file_of(nodeid: str) -> str | None:
    """The catalog file, as seen from the root folder, that a node id belongs to; None for any other node."""
    found = FILE_NODE_ID.fullmatch(nodeid)
    return f"{found['catalog']}{CATALOG_FILE}" if found else None


def may_have_files(config: pytest.Config) -> bool:
    """Whether catalog files may be collected, for an option that would be about nothing without one."""
    return any(CATALOG_FILE in argument or any(Path(argument).rglob(f"*{CATALOG_FILE}")) for argument in config.args)


def split_arguments(config: pytest.Config) -> Arguments:
    """Node ids of built-in checks, as pytest prints them, and the other arguments that the user gave."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return Arguments()
    checks, conformance, pare, paths = [], [], [], []
    for argument in config.args:
        if match := NODE_ID.fullmatch(argument):
            checks.append(match[1])
        elif match := CONFORMANCE_NODE_ID.fullmatch(argument):
            conformance.append(match[1])
        elif match := PARE_NODE_ID.fullmatch(argument):
            pare.append(match[1])
        else:
            paths.append(argument)
    return Arguments(tuple(checks), tuple(conformance), tuple(pare), tuple(paths))


def collect_only(config: pytest.Config, paths: Sequence[str]) -> None:
    """Keep pytest and syrupy from looking elsewhere: for no paths they would fall back to `testpaths`."""
    if not paths:
        trim(config)
    config.args = list(paths)
    config.args_source = pytest.Config.ArgsSource.ARGS
    config.option.file_or_dir = list(paths)
