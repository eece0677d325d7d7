import platform

import numpy as np

from pytest_pytyche.environment import changes, fingerprint


def test_the_fingerprint_holds_versions_and_the_platform() -> None:
    found = fingerprint()
    assert found["numpy"] == np.__version__
    assert found["python"] == platform.python_version()
    assert "not-a-package" not in found


def test_changes_name_both_sides_and_what_only_one_has() -> None:
    before, after = {"numpy": "2.3", "polars": "2.0"}, {"numpy": "2.4", "polars": "2.0", "econml": "0.17"}
    assert changes(before, after) == ["numpy 2.3 → 2.4", "econml none → 0.17"]
    assert changes(after, before) == ["numpy 2.4 → 2.3", "econml 0.17 → none"]
    assert changes(before, before) == []
