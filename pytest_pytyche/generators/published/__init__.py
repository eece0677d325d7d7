"""Designs of published simulation studies, each a template with the catalog of its cells."""

from pytest_pytyche.generators.published.hmc2020 import hmc2020

DESIGNS = {template.name: template for template in (hmc2020,)}
"""Published designs by name; each name is that of a profile too."""

__all__ = ["DESIGNS"]
