"""What an estimator is, on one line: whatever its results depend on besides data and seed."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import Estimator

PLAIN = (type(None), bool, int, float, complex, str, bytes, Enum, Path)
DIGITS = 16
MISSING = "missing"
WEAK = frozenset({"__dict__", "__weakref__"})


class IdentityUnknown(ValueError):  # noqa: N818  # reads as what happened
    """An estimator holds something of which nobody can tell whether it is the same in another process."""


def estimator_identity(estimator: Estimator) -> str:
    """`module.Class(parameters) code DIGEST with package version, …`, equal in every process and on every machine.

    Parameters are the attributes, of a dataclass the fields too. The digest is that of the source file of the class.
    Packages are the one that the class belongs to and those that the estimator names in an attribute `packages`.
    IdentityUnknown, one line, for a parameter that is neither plain data nor an array, class, function of a module,
    dataclass or scikit-learn model.
    """
    kind = type(estimator)
    state = ", ".join(f"{name}={text}" for name, text in _state(estimator, estimator.name))
    packages = ", ".join(f"{package} {_version(package)}" for package in _packages(estimator))
    return f"{_path(kind)}({state}) code {_source_digest(kind)} with {packages or 'no package'}"


def _state(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Name and text of each part of an object."""
    if is_dataclass(value):
        parts = {
            **getattr(value, "__dict__", {}),
            **{field.name: getattr(value, field.name) for field in fields(value)},
        }
    elif hasattr(value, "__dict__"):
        parts = {**_slots(value), **vars(value)}
    else:
        raise IdentityUnknown(f"{where} is a {_path(type(value))}; expected a dataclass or an object with attributes")
    for name in sorted(parts):
        yield name, _text(parts[name], f"{where}.{name}")


def _slots(value: object) -> dict[str, Any]:
    """What an object keeps outside of its `__dict__`."""
    names = (name for kind in type(value).__mro__ for name in _names_of(vars(kind).get("__slots__", ())))
    return {name: getattr(value, name) for name in names if name not in WEAK and hasattr(value, name)}


def _names_of(slots: str | Iterable[str]) -> list[str]:
    return [slots] if isinstance(slots, str) else list(slots)


def _text(value: Any, where: str) -> str:
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(sorted(f'{_text(k, where)}: {_text(v, where)}' for k, v in value.items()))}}}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(_text(each, where) for each in value))}}}"
    if type(value) in {list, tuple} or (isinstance(value, tuple) and hasattr(value, "_fields")):
        return f"[{', '.join(_text(each, where) for each in value)}]"
    if isinstance(value, type) or (inspect.isfunction(value) and "<" not in value.__qualname__):
        return _path(value)
    return _text_of_object(value, where)


def _text_of_object(value: Any, where: str) -> str:
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        return f"array({value.dtype}, {value.shape}, {_digest(value.tobytes())})"
    if is_dataclass(value):
        parts = dict(_state(value, where))
    elif callable(getattr(value, "get_params", None)):  # as scikit-learn's models
        if learned := [name for name in getattr(value, "__dict__", {}) if name.endswith("_")]:
            raise IdentityUnknown(f"{where} is a {_path(type(value))} that is fitted already: it has {learned[0]}")
        parts = {name: _text(part, f"{where}.{name}") for name, part in sorted(value.get_params(deep=False).items())}
    else:
        raise IdentityUnknown(
            f"{where} is a {_path(type(value))}, which may differ from process to process; expected plain data, "
            "an array, a class, a function of a module, a dataclass or a scikit-learn model"
        )
    return f"{_path(type(value))}({', '.join(f'{name}={text}' for name, text in parts.items())})"


def _packages(estimator: Estimator) -> tuple[str, ...]:
    """The distributions that the estimator's class comes from, and those that it says it depends on."""
    module = type(estimator).__module__.partition(".")[0]
    own = _distributions().get(module) or [module]
    named = [package.replace("_", "-") for package in own if _version(package) != MISSING]
    return tuple(dict.fromkeys((*named, *getattr(estimator, "packages", ()))))


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return MISSING


def _source_digest(kind: type) -> str:
    try:
        return _digest(Path(inspect.getfile(kind)).read_bytes())
    except (OSError, TypeError):  # a class of a session, or written in C
        return "unknown"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()[:DIGITS]


def _path(kind: Any) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
