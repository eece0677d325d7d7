"""The commands that run one item again, with the options that its run was given."""

from collections.abc import Iterable, Mapping
from shlex import quote
from typing import Any

from pytest_pytyche.cases import identity_of
from pytest_pytyche.options import is_check

CATALOG, PARE = "--pytyche-", "--pare-"
ESTIMATOR = "--pytyche-estimator="
NARROWING = ("--pytyche-check=", "--pytyche-templates=", "--pytyche-metric=", "--pare-check=", "--pare-split=")


def catalog_command(nodeid: str, options: Iterable[str]) -> str:
    """For an item about a spec, of several estimators only the one that it fits; or for a user's test."""
    prefixes = CATALOG if is_check(nodeid) else (CATALOG, PARE)
    kept, estimator = _kept(options, prefixes), identity_of(nodeid).get("estimator")
    others = [text for text in kept if not text.startswith(ESTIMATOR)]
    own = [f"{ESTIMATOR}{estimator}"] if estimator is not None and len(others) < len(kept) else []
    return _command([*others, *own], nodeid)


def subject(failure: Mapping[str, Any]) -> str:
    """What an item that failed is about: a spec and seed, else the user's test itself."""
    return failure["nodeid"] if failure["spec"] is None else f"{failure['spec']}, seed {failure['seed']}"


def pare_command(nodeid: str, options: Iterable[str]) -> str:
    """For an item about a scenario."""
    return _command(_kept(options, PARE), nodeid)


def _kept(options: Iterable[str], prefix: str | tuple[str, ...]) -> list[str]:
    return [text for text in options if text.startswith(prefix) and not text.startswith(NARROWING)]


def _command(options: Iterable[str], nodeid: str) -> str:
    return " ".join(quote(word) for word in ("pytest", *options, nodeid))
