"""What a fit is kept under: all that its result depends on."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_pytyche
from pytest_pytyche.environment import fingerprint
from pytest_pytyche.estimators.identity import estimator_identity
from pytest_pytyche.fits.sources import packages_digest, sources_digest

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import Estimator
    from pytest_pytyche.generators.observed import ObservedExperimentData

FORMAT = 2
CODE = ("estimators", "generators")


def estimator_key(estimator: Estimator) -> str:
    """What the estimator is, with the code that it is made of and where it runs; IdentityUnknown where nobody can say.

    It must not have fitted anything yet: what it then remembers would count as parameters.
    """
    packages = packages_digest(getattr(estimator, "packages", ()))
    return f"{estimator_identity(estimator)} {sources_digest(estimator)} {packages} {environment_key()}"


def fit_key(estimator: str, digest: str, observed: ObservedExperimentData, seed: int) -> str:
    """The name under which a fit is kept: a hash of an `estimator_key`, the configuration, the data and the seed."""
    return sha256(f"{FORMAT}\n{estimator}\n{digest}\n{data_digest(observed)}\n{seed}".encode()).hexdigest()


def data_digest(observed: ObservedExperimentData) -> str:
    """Digest of all that an estimator is given: what generated it may have been code of a user's."""
    digest = sha256(repr(observed.visitors.schema).encode())
    for name, codes in observed.codes.items():
        digest.update(f"\n{name} {codes.dtype} ".encode())
        digest.update(codes.tobytes())
    rest = [(field.name, getattr(observed, field.name)) for field in fields(observed) if field.name != "visitors"]
    digest.update(repr(rest).encode())
    return digest.hexdigest()


@cache
def environment_key() -> str:
    """Versions, platform, and the code of this package that makes data and fits."""
    code = sha256()
    root = Path(pytest_pytyche.__file__).parent
    for file in sorted(file for folder in CODE for file in (root / folder).rglob("*.py")):
        code.update(file.relative_to(root).as_posix().encode())
        code.update(file.read_bytes())
    return f"{fingerprint()} {code.hexdigest()}"
