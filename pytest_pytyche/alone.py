"""What a run of nothing but built-in checks need not pay for."""

import gc

import pytest

HYPOTHESIS = "hypothesispytest"


def trim(config: pytest.Config) -> None:
    """Do without Hypothesis's plugin, which loads all of Hypothesis to report that it did nothing, and freeze imports.

    Only for runs without tests of the user's own: those may use Hypothesis, and may look for garbage.
    """
    if config.pluginmanager.hasplugin(HYPOTHESIS):
        config.pluginmanager.unregister(name=HYPOTHESIS)
    config.pluginmanager.register(Freezer(), "pytyche-freezer")
    config.add_cleanup(gc.unfreeze)


class Freezer:
    """The plugin that spares the garbage collector what stays until the end: modules, plugins and items."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Leave what is there now out of every later collection; each would go over half a million objects."""
        gc.freeze()
