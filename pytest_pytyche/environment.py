"""Where results came about: what may change numbers though nobody changed the estimator."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "pytest-pytyche",
    "numpy",
    "scipy",
    "polars",
    "stochtree",
    "econml",
    "scikit-learn",
    "bartz",
    "jax",
    "torch",
)


def fingerprint() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on, as far as they are installed, and the platform."""
    found = {"python": platform.python_version(), "platform": f"{platform.system()} {platform.machine()}"}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """`numpy 2.3.0 → 2.4.6` for each entry that differs; `none` for what one side lacks."""
    names = dict.fromkeys([*before, *after])
    pairs = ((name, before.get(name, "none"), after.get(name, "none")) for name in names)
    return [f"{name} {old} → {new}" for name, old, new in pairs if old != new]
