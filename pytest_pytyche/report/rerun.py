"""The commands that run one item again, with the options that its run was given."""

from collections.abc import Iterable
from shlex import quote

from pytest_pytyche.cases import identity_of

CATALOG, PARE = "--pytyche-", "--pare-"
ESTIMATOR = "--pytyche-estimator="
NARROWING = ("--pytyche-check=", "--pytyche-templates=", "--pytyche-metric=", "--pare-check=", "--pare-split=")


def catalog_command(nodeid: str, options: Iterable[str]) -> str:
    """For an item about a spec: of several estimators only the one that the item fits."""
    own = f"{ESTIMATOR}{identity_of(nodeid).get('estimator')}"
    kept = [text for text in _kept(options, CATALOG) if not text.startswith(ESTIMATOR) or text == own]
    return _command(kept, nodeid)


def pare_command(nodeid: str, options: Iterable[str]) -> str:
    """For an item about a scenario."""
    return _command(_kept(options, PARE), nodeid)


def _kept(options: Iterable[str], prefix: str) -> list[str]:
    return [text for text in options if text.startswith(prefix) and not text.startswith(NARROWING)]


def _command(options: Iterable[str], nodeid: str) -> str:
    return " ".join(quote(word) for word in ("pytest", *options, nodeid))
