import polars as pl
import pytest

from pytest_pytyche.metrics import mcse_coverage
from pytest_pytyche.report.means import means_over_specs


def test_what_is_true_or_false_in_each_replicate_has_the_error_of_a_share() -> None:
    covered = [1.0] * 9 + [0.0]
    rows = pl.DataFrame(
        {
            "catalog": "c",
            "spec": "s",
            "seed": list(range(10)),
            "template": "t",
            "coverage_ate_95": covered,
            "pehe": covered,
        }
    )
    found = means_over_specs(rows, ["coverage_ate_95", "pehe"], ["template"]).row(0, named=True)
    assert found["coverage_ate_95_error"] == pytest.approx(mcse_coverage(covered)) == pytest.approx((0.09 / 10) ** 0.5)
    assert found["pehe_error"] == pytest.approx((0.09 / 9) ** 0.5)
