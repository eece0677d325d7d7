import os
import pickle
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.fits.assembled import Fits
from pytest_pytyche.fits.cache import FitCache
from pytest_pytyche.fits.fitting import Task
from pytest_pytyche.fits.keys import data_digest
from pytest_pytyche.fits.settings import CacheSettings, FitSettings
from pytest_pytyche.fits.sources import packages_digest
from tests.support.hostile_estimators import CALLS, Counts

COUNTS = f"{Counts.__module__}:Counts"


@pytest.fixture
def settings(tmp_path: Path) -> FitSettings:
    return FitSettings("off", cache=CacheSettings(tmp_path / "cache", 10**7))


@pytest.fixture
def counted(task: Task) -> Task:
    CALLS.clear()
    return task._replace(estimator=COUNTS)


def test_a_fit_is_made_once_and_told_apart(settings: FitSettings, counted: Task) -> None:
    first, second = (Fits({}, settings).fit(counted) for _ in range(2))
    assert (first.cached, second.cached) == (False, True)
    assert CALLS == [3]
    assert (first.estimate.cate == second.estimate.cate).all()
    assert (first.estimate.seconds, first.estimate.peak_rss_mb) == (
        second.estimate.seconds,
        second.estimate.peak_rss_mb,
    )


def test_whatever_a_fit_depends_on_makes_it_another(settings: FitSettings, counted: Task) -> None:
    fits = Fits({}, settings)
    fits.fit(counted)
    visitors = counted.observed.visitors
    observed = type(counted.observed)("other", counted.observed.metric, visitors.reverse(), counted.observed.design)
    others = [
        counted._replace(seed=4),
        counted._replace(digest="other"),
        counted._replace(estimator=f"{COUNTS}(depth=2)"),
        counted._replace(observed=observed),
    ]
    assert [fits.fit(other).cached for other in others] == [False] * 4
    assert [fits.fit(other).cached for other in others] == [True] * 4


def test_other_source_of_the_estimators_module_makes_another(
    settings: FitSettings, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    helper = tmp_path / "cached_helper.py"
    (tmp_path / "cached_estimator.py").write_text(
        "from pytest_pytyche.estimators.lin import Lin\n"
        "class Mine(Lin):\n"
        "    def fit_effects(self, observed, *, seed):\n"
        "        import cached_helper\n"
        "        return super().fit_effects(observed, seed=seed)\n"
    )
    mine = task._replace(estimator="cached_estimator:Mine")
    helper.write_text("x = 1\n")
    assert not Fits({}, settings).fit(mine).cached
    assert Fits({}, settings).fit(mine).cached
    helper.write_text("x = 2\n")
    assert not Fits({}, settings).fit(mine).cached


def test_an_estimator_of_which_nobody_can_say_what_it_is_is_not_kept_and_says_why(
    settings: FitSettings, task: Task
) -> None:
    class Local(Lin):
        def __init__(self) -> None:
            object.__setattr__(self, "name", "local")
            object.__setattr__(self, "handle", object())

    fits = Fits({"local": Local}, settings)
    local = task._replace(estimator="local")
    for _ in range(2):
        fitted = fits.fit(local)
        assert not fitted.cached
        assert fitted.not_kept is not None
        assert fitted.not_kept.startswith("local.handle is a builtins.object")


def test_cheap_estimators_are_not_kept(settings: FitSettings, task: Task) -> None:
    fitted = Fits({}, settings).fit(task)
    assert (fitted.cached, fitted.not_kept) == (False, None)
    assert settings.cache is not None
    assert not settings.cache.folder.exists()


def test_a_damaged_file_is_made_again(settings: FitSettings, counted: Task) -> None:
    fits = Fits({}, settings)
    fits.fit(counted)
    assert settings.cache is not None
    (entry,) = FitCache(settings.cache).entries()
    entry.path.write_bytes(entry.path.read_bytes()[:100])
    assert not fits.fit(counted).cached
    assert fits.fit(counted).cached


@pytest.mark.parametrize("content", [b"x" * 32 + pickle.dumps(3), sha256(pickle.dumps(3)).digest() + pickle.dumps(3)])
def test_a_file_that_holds_something_else_is_made_again(settings: FitSettings, counted: Task, content: bytes) -> None:
    fits = Fits({}, settings)
    fits.fit(counted)
    assert settings.cache is not None
    (entry,) = FitCache(settings.cache).entries()
    entry.path.write_bytes(content)
    assert not fits.fit(counted).cached


def test_a_flipped_bit_is_noticed(settings: FitSettings, counted: Task) -> None:
    fits = Fits({}, settings)
    fits.fit(counted)
    assert settings.cache is not None
    (entry,) = FitCache(settings.cache).entries()
    content = bytearray(entry.path.read_bytes())
    content[len(content) // 2] ^= 1
    entry.path.write_bytes(content)
    assert not fits.fit(counted).cached


def test_sources_of_packages_that_are_not_installed_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "checked_out").mkdir()
    source = tmp_path / "checked_out" / "__init__.py"
    digests = []
    for text in ("x = 1", "x = 2"):
        source.write_text(text)
        digests.append(packages_digest(["checked-out"]))
    assert digests[0] != digests[1]
    assert packages_digest(["numpy"]) == packages_digest([])


def test_a_folder_that_cannot_be_written_is_said(settings: FitSettings, counted: Task, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    fitted = Fits({}, settings).fit(counted)
    assert fitted.not_kept is not None
    assert fitted.not_kept.startswith("FileExistsError: ")


def test_the_least_recently_used_go_first(settings: FitSettings, counted: Task) -> None:
    assert settings.cache is not None
    estimate = Fits({}, FitSettings()).fit(counted).estimate
    cache = FitCache(settings.cache)
    for age, name in enumerate("abc"):
        cache.write(name, estimate)
        os.utime(settings.cache.folder / f"{name}.fit", (age, age))
    size = cache.entries()[0].size
    assert cache.read("a") is not None  # now "b" is the least recently used
    FitCache(CacheSettings(settings.cache.folder, int(3.5 * size))).write("d", estimate)
    assert sorted(entry.path.stem for entry in cache.entries()) == ["a", "c", "d"]
    assert cache.clear() == 3
    assert cache.entries() == []


def test_a_fit_larger_than_the_cache_is_not_kept(settings: FitSettings, counted: Task) -> None:
    assert settings.cache is not None
    small = FitSettings("off", cache=CacheSettings(settings.cache.folder, 100))
    fitted = Fits({}, small).fit(counted)
    assert "more than the cache may hold" in str(fitted.not_kept)


def test_the_digest_of_data_does_not_depend_on_what_was_looked_at(task: Task) -> None:
    fresh = type(task.observed)(*(getattr(task.observed, name) for name in type(task.observed).__dataclass_fields__))
    before = data_digest(fresh)
    assert np.isin(fresh.arm_codes, [0, 1]).all()
    assert fresh.variants[0].n_visitors > 0
    assert data_digest(fresh) == before == data_digest(task.observed)
