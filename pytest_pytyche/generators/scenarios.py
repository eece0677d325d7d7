"""The scenario catalog: templates, profiles, and the values they are described with."""

from pytest_pytyche.generators.catalog import (
    PROFILE_NAMES,
    TEMPLATES,
    ScenarioSpec,
    build_catalog,
    profile_catalog,
    spec_id,
    template_name,
)
from pytest_pytyche.generators.clusters import ClusterEffectProfile
from pytest_pytyche.generators.declared import ScenarioTemplate, crossed, scenario_template, swept
from pytest_pytyche.generators.profiles import PROFILES
from pytest_pytyche.generators.published import DESIGNS
from pytest_pytyche.generators.signals import DriverInfo, SignalTerm, resolve_driver

__all__ = [
    "DESIGNS",
    "PROFILES",
    "PROFILE_NAMES",
    "TEMPLATES",
    "ClusterEffectProfile",
    "DriverInfo",
    "ScenarioSpec",
    "ScenarioTemplate",
    "SignalTerm",
    "build_catalog",
    "crossed",
    "profile_catalog",
    "resolve_driver",
    "scenario_template",
    "spec_id",
    "swept",
    "template_name",
]
