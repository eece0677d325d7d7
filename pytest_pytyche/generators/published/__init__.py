"""Designs of published simulation studies, each a template with the catalog of its cells."""

from pytest_pytyche.generators.published.acic2016_like import acic2016_like
from pytest_pytyche.generators.published.hmc2020 import hmc2020
from pytest_pytyche.generators.published.kunzel2019 import kunzel2019
from pytest_pytyche.generators.published.nie_wager2021 import nie_wager2021

DESIGNS = {template.name: template for template in (hmc2020, kunzel2019, nie_wager2021, acic2016_like)}
"""Published designs by name; each name is that of a profile too."""

__all__ = ["DESIGNS"]
