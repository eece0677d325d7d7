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
    if gc.isenabled():
        config.pluginmanager.register(Freezer(), "pytyche-freezer")
        config.add_cleanup(gc.enable)


class Freezer:
    """The plugin that spares the garbage collector what stays until the end: modules, plugins and items."""

    def __init__(self) -> None:
        if gc.get_freeze_count():  # an earlier run of this process has left what nobody needs any more
            gc.unfreeze()
            gc.collect()
        gc.disable()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Leave what is there now out of every later collection: each, those at exit too, goes over all of it."""
        gc.freeze()
        gc.enable()
