"""The strategies put together as the settings say."""

from __future__ import annotations

from typing import Any

from pytest_pytyche.fits.cache import Cached, FitCache
from pytest_pytyche.fits.fitting import Chosen, Factories, Fitted, Fitter, Here, Isolated, Task
from pytest_pytyche.fits.settings import FitSettings


class Fits:
    """All that fits in this process; pickled it is only what it was made from. `here`: estimators as loaded here."""

    def __init__(self, factories: Factories, settings: FitSettings) -> None:
        self.factories, self.settings = factories, settings
        self.here = Here(factories)
        self._isolated = Isolated(factories, settings.limits)
        self._fitter: Fitter = Chosen(settings, self.here, self._isolated)
        if settings.cache is not None:
            self._fitter = Cached(self._fitter, self.here, FitCache(settings.cache))

    def __reduce__(self) -> tuple[Any, ...]:
        return Fits, (self.factories, self.settings)

    def in_pool(self) -> Fits:
        """The same for a pool of processes, which survives the death of one, and so need not start more for that."""
        needless = self.settings.isolation == "auto" and not self.settings.limits.any
        return Fits(self.factories, self.settings._replace(isolation="off") if needless else self.settings)

    def fit(self, task: Task) -> Fitted:
        """What the estimator of the task estimates; EstimateError, one line, where that fails."""
        return self._fitter.fit(task)

    def close(self) -> None:
        """End what was started."""
        self._isolated.close()
