"""The scenario catalog: templates, profiles, and the values they are described with."""

from pytest_pytyche.generators.catalog import (
    TEMPLATES,
    ScenarioSpec,
    build_catalog,
    profile_catalog,
    spec_id,
    template_name,
)
from pytest_pytyche.generators.clusters import ClusterEffectProfile
from pytest_pytyche.generators.profiles import PROFILES
from pytest_pytyche.generators.signals import DriverInfo, SignalTerm, resolve_driver

__all__ = [
    "PROFILES",
    "TEMPLATES",
    "ClusterEffectProfile",
    "DriverInfo",
    "ScenarioSpec",
    "SignalTerm",
    "build_catalog",
    "profile_catalog",
    "resolve_driver",
    "spec_id",
    "template_name",
]
