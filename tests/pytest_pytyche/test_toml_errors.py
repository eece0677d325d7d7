import pytest

from pytest_pytyche.toml_errors import line_of, path

TEXT = """\
seeds = 3  # how many
estimators = [
    "lin",
]

[grids]
effect_scale = [1]
"n_visitors" = [5]
defaults.n_nuisance = 3

[[gate.limits]]
metric = "pehe"

[[gate.limits]]  # the second
metric = "crps"
max = 1
"""


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (("seeds",), 1),
        (("estimators", 0), 2),
        (("grids",), 6),
        (("grids", "effect_scale", 0), 7),
        (("grids", "n_visitors"), 8),
        (("grids", "defaults", "n_nuisance"), 9),
        (("grids", "unknown"), 6),
        (("gate", "limits", 0, "metric"), 12),
        (("gate", "limits", 1), 14),
        (("gate", "limits", 1, "max"), 16),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_a_key_is_found_on_its_line_or_on_that_of_what_holds_it(
    location: tuple[int | str, ...], line: int | None
) -> None:
    assert line_of(TEXT, location) == line


def test_a_path_reads_like_python() -> None:
    assert path(("gate", "limits", 1, "max")) == "gate.limits[1].max"
