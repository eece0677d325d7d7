"""Find an estimator by its name, by an entry point, or as `module:factory`, any of them with parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pytest_pytyche.errors import describe
from pytest_pytyche.estimators.naming import EstimatorNotFound, require_parameters, split_name

if TYPE_CHECKING:
    from pytest_pytyche.estimators.base import Estimator

GROUP = "pytyche.estimators"

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "difference_in_means": "pytest_pytyche.estimators.difference_in_means:DifferenceInMeans",
        "lin": "pytest_pytyche.estimators.lin:Lin",
        "stochtree-bcf": "pytest_pytyche.estimators.stochtree_bcf:StochtreeBCF",
        "bartz-bcf": "pytest_pytyche.estimators.bartz_bcf:BartzBCF",
        "econml-causal-forest": "pytest_pytyche.estimators.econml_causal_forest:EconmlCausalForest",
        "econml-dr": "pytest_pytyche.estimators.econml_dr:EconmlDR",
        "s-learner": "pytest_pytyche.estimators.meta_learners:SLearner",
        "t-learner": "pytest_pytyche.estimators.meta_learners:TLearner",
        "x-learner": "pytest_pytyche.estimators.meta_learners:XLearner",
    }
)

NOTHING: Mapping[str, Callable[[], Estimator]] = MappingProxyType({})


@dataclass(frozen=True)
class Parametrised:
    """A factory with its parameters: `name` as for `load_estimator`, called with them."""

    name: str
    parameters: Mapping[str, Any]

    def __call__(self) -> Estimator:
        return load_estimator(self.name, parameters=self.parameters)


def load_estimator(
    name: str,
    *,
    extra: Mapping[str, Callable[..., Estimator]] = NOTHING,
    parameters: Mapping[str, Any] = MappingProxyType({}),
) -> Estimator:
    """The estimator called `name`: built in, in `extra`, an entry point of `pytyche.estimators`, or `module:factory`.

    An entry point and a factory are callables that return an Estimator when called with the `parameters`, which the
    name may state too, as in `stochtree-bcf(num_mcmc=200)`. Installed entry points are only looked up for a name that
    is neither built in nor in `extra`. EstimatorNotFound, one line, for an unknown name or parameter (with the
    choices), a name that is taken twice (with both sides), and whatever does not import, call or look like an
    estimator.
    """
    _refuse_taken(extra)
    name, stated = split_name(name)
    if twice := sorted(stated.keys() & parameters.keys()):
        raise EstimatorNotFound(f"estimator {name!r} is given {twice[0]!r} twice, by its name and by its parameters")
    parameters = {**parameters, **stated}
    if name in BUILT_IN:
        return _from_path(name, BUILT_IN[name], parameters)
    if name in extra:
        return _call(name, extra[name], parameters)
    if ":" in name:
        return _from_path(name, name, parameters)
    return _from_path(name, _installed(name, extra), parameters)


def _refuse_taken(extra: Mapping[str, Callable[..., Estimator]]) -> None:
    for name in BUILT_IN.keys() & extra.keys():
        raise _taken_twice(name, f"built in as {BUILT_IN[name]}", f"given as {extra[name]!r}")


def _installed(name: str, extra: Mapping[str, Callable[..., Estimator]]) -> str:
    """The `module:attribute` of the entry point called `name`."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in BUILT_IN:
            raise _taken_twice(point.name, f"built in as {BUILT_IN[point.name]}", _origin(point))
        if point.name in extra:
            raise _taken_twice(point.name, f"given as {extra[point.name]!r}", _origin(point))
        if point.name in found and _origin(point) != _origin(found[point.name]):
            raise _taken_twice(point.name, _origin(found[point.name]), _origin(point))
        found[point.name] = point
    if name not in found:
        choices = sorted({*BUILT_IN, *extra, *found})
        hint = "".join(f"; did you mean {close!r}?" for close in get_close_matches(name, choices, n=1))
        raise EstimatorNotFound(f"estimator={name!r}; expected one of {choices} or 'module:factory'{hint}")
    return f"{found[name].module}:{found[name].attr}"


def _origin(point: EntryPoint) -> str:
    distribution = point.dist.name if point.dist else "an unknown distribution"
    return f"installed as {point.value} by {distribution}"


def _taken_twice(name: str, one: str, other: str) -> EstimatorNotFound:
    return EstimatorNotFound(f"estimator {name!r} is registered twice: {one}, and {other}")


def _from_path(name: str, path: str, parameters: Mapping[str, Any]) -> Estimator:
    module_name, _, attribute = path.partition(":")
    try:
        factory = attrgetter(attribute)(import_module(module_name))
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # importing runs foreign code, which may end Python or skip: all of it is reported
        raise EstimatorNotFound(f"estimator {name!r} does not import: {describe(error)}") from error
    return _call(name, factory, parameters)


def _call(name: str, factory: object, parameters: Mapping[str, Any]) -> Estimator:
    if not callable(factory):
        raise EstimatorNotFound(f"estimator {name!r} is {factory!r}; expected a callable that returns an Estimator")
    require_parameters(name, factory, parameters)
    try:
        estimator = factory(**parameters)
    except (EstimatorNotFound, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # the factory is foreign code, as above
        raise EstimatorNotFound(f"estimator {name!r}: its factory raised {describe(error)}") from error
    if not (isinstance(getattr(estimator, "name", None), str) and callable(getattr(estimator, "fit_effects", None))):
        raise EstimatorNotFound(
            f"estimator {name!r}: its factory returned {type(estimator).__name__}; "
            "expected an object with a `name` and a method `fit_effects(observed, *, seed)`"
        )
    return estimator  # type: ignore[no-any-return]  # checked above, attribute by attribute
