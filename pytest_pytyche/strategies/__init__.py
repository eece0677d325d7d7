"""Hypothesis strategies for property tests over experiments: from single signals to whole catalogs.

Everything drawn generates data. Numbers are whole hundredths and knobs are left out where they may be, so that a
failing example shrinks to few, short values.
"""

from pytest_pytyche.strategies.effects import cluster_profiles, signals
from pytest_pytyche.strategies.experiments import catalogs, configs, specs
from pytest_pytyche.strategies.features import marginals, samplers

__all__ = ["catalogs", "cluster_profiles", "configs", "marginals", "samplers", "signals", "specs"]
