"""Runs of built-in checks alone, several in one process."""

import pytest

SEVERAL = """
import gc
import weakref

import pytest

OPTIONS = ["-p", "no:randomly", "--pytyche-profile=validate", "--pytyche-templates=constant", "--pytyche-charts=off"]


class Witness:
    def pytest_configure(self, config):
        self.config = weakref.ref(config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self):
        self.frozen = gc.get_freeze_count()
        self.enabled_again = gc.isenabled()


def run(*layout):
    witness = Witness()
    assert pytest.main([*OPTIONS, *layout], plugins=[witness]) == 0
    return witness


run()  # the modules that it loads hold on to it: pytest's loader knows its config
second = run()
assert second.frozen and second.enabled_again and gc.isenabled()
run()
run()  # other plugins hold on to the session before the current one
assert second.config() is None
assert run("-n1").enabled_again
gc.disable()
run()
assert not gc.isenabled()
"""


def test_the_garbage_collector_is_given_back(pytester: pytest.Pytester) -> None:
    script = pytester.makepyfile(several=SEVERAL)
    result = pytester.runpython(script)
    assert result.ret == 0, result.stderr.str()
