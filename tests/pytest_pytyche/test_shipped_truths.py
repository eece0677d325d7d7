from pathlib import Path

import pytest

from pytest_pytyche.cases import SHIPPED_SEEDS
from pytest_pytyche.catalogs import SUITE_FILE
from pytest_pytyche.checks.difference import read
from pytest_pytyche.generators.scenarios import PROFILE_NAMES, profile_catalog, spec_id

FOLDER = SUITE_FILE.parent / "__snapshots__" / SUITE_FILE.stem


def file_of(spec: str, seed: int) -> Path:
    return FOLDER / f"truth[{spec}-s{seed}].truth"


@pytest.mark.parametrize("profile", PROFILE_NAMES)
def test_every_spec_of_a_built_in_profile_ships_its_truth(profile: str) -> None:
    for spec in map(spec_id, profile_catalog(profile)):
        for seed in SHIPPED_SEEDS:
            assert read(file_of(spec, seed).read_text("utf-8"))["title"] == {"": f"{spec}, seed {seed}"}


def test_no_truth_ships_for_a_spec_that_is_gone() -> None:
    specs = {spec_id(spec) for profile in PROFILE_NAMES for spec in profile_catalog(profile)}
    wanted = {file_of(spec, seed) for spec in specs for seed in SHIPPED_SEEDS}
    assert set(FOLDER.iterdir()) == wanted
