"""Profile names -> catalogs: the built-in ones and those of the hook `pytest_pytyche_catalogs`."""

import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import pytest_pytyche.checks
from pytest_pytyche.cases import Catalog
from pytest_pytyche.errors import describe
from pytest_pytyche.file_names import CATALOG_FILE
from pytest_pytyche.generators.catalog import metric_name, profile_catalog, spec_id, template_name
from pytest_pytyche.generators.registry import TemplateNotFound, installed_templates, load_template
from pytest_pytyche.generators.scenarios import PROFILE_NAMES, ScenarioSpec, ScenarioTemplate
from pytest_pytyche.options import unknown
from pytest_pytyche.settings import Settings
from pytest_pytyche.state import FILES
from pytest_pytyche.text import shown

DECORATOR = "scenario_template"
HOOK = "pytest_pytyche_catalogs"
SUITE_FILE = Path(pytest_pytyche.checks.__file__).with_name("suite.py")


class OwnCatalog(NamedTuple):
    """A user's catalog and the file of the hook that gave it."""

    specs: Sequence[ScenarioSpec]
    path: Path


def find_catalog(config: pytest.Config, settings: Settings, name: str, source: str = "--pytyche-profile") -> Catalog:
    """The catalog called `name`, less what `settings` leaves out; pytest.UsageError if there is none."""
    own = own_catalogs(config)
    if name in own:
        specs = specs_by_id(name, own[name].specs)
        return Catalog(name, own[name].path, narrowed(name, specs, settings), built_in=False)
    if name in PROFILE_NAMES:
        specs = specs_by_id(name, profile_catalog(name))
        return Catalog(name, SUITE_FILE, narrowed(name, specs, settings), built_in=True)
    template = _template(source, name, [*PROFILE_NAMES, *own])
    specs = specs_by_id(template.name, [*template.specs()])
    path = Path(inspect.getfile(template.fn))
    return Catalog(template.name, path, narrowed(template.name, specs, settings), built_in=False)


def _template(source: str, name: str, others: Sequence[str]) -> ScenarioTemplate:
    """The template that a profile is named after; pytest.UsageError where there is none or it does not load."""
    if name.endswith(CATALOG_FILE):
        raise pytest.UsageError(f"{source}={name!r} is a catalog file; give it as an argument, such as pytest {name}")
    try:
        if ":" not in name and name not in (installed := installed_templates()):
            raise unknown(source, name, [*others, *installed])
        template = load_template(name)
    except TemplateNotFound as error:
        raise pytest.UsageError(f"{source}: {error}") from error
    if not isinstance(template, ScenarioTemplate):
        raise unknown(source, name, others)
    return template


def narrowed(name: str, specs: Mapping[str, ScenarioSpec], settings: Settings) -> dict[str, ScenarioSpec]:
    """Those of the templates and metrics asked for, of which the catalog must have at least one together."""
    if not specs:
        raise pytest.UsageError(f"catalog {name!r} holds no spec")
    for option, values, label in (
        ("--pytyche-templates", settings.templates, template_name),
        ("--pytyche-metric", settings.metrics, metric_name),
    ):
        present = list(dict.fromkeys(label(spec) for spec in specs.values()))
        for value in values:
            if value not in present:
                raise unknown(option, value, present)
    templates, metrics = settings.templates, settings.metrics
    wanted = {
        key: spec
        for key, spec in specs.items()
        if (not templates or template_name(spec) in templates) and (not metrics or metric_name(spec) in metrics)
    }
    if not wanted:
        raise pytest.UsageError(f"no spec has both a template of {list(templates)} and a metric of {list(metrics)}")
    return wanted


def specs_by_id(name: str, specs: Sequence[ScenarioSpec]) -> dict[str, ScenarioSpec]:
    """Specs under their ids, in order; pytest.UsageError where two share one, and for what is no spec."""
    if not isinstance(specs, Sequence):
        raise pytest.UsageError(f"catalog {name!r} is {specs!r:.80}; expected a list of specs, each (template, knobs)")
    named: dict[str, ScenarioSpec] = {}
    for position, spec in enumerate(specs):
        _require_spec(f"catalog {name!r}: spec {position}", spec)
        key = _require_id(f"catalog {name!r}: spec {position}", spec)
        if key in named:
            both = f"{shown(named[key][1])} and {shown(spec[1])}"
            raise pytest.UsageError(f"catalog {name!r} holds two specs with id {key!r}: {both}")
        named[key] = spec
    return named


def _require_names(hook: str, catalogs: object) -> None:
    if not isinstance(catalogs, Mapping) or not all(isinstance(name, str) for name in catalogs):
        raise pytest.UsageError(f"{hook} returned {catalogs!r:.200}; expected names with their specs")


def _require_spec(where: str, spec: object) -> None:
    match spec:
        case (template, Mapping() as knobs) if callable(template) and all(isinstance(knob, str) for knob in knobs):
            if "seed" in knobs:
                raise pytest.UsageError(
                    f"{where} has seed={knobs['seed']!r}; expected knobs only, the run has the seeds"
                )
        case _:
            raise pytest.UsageError(f"{where} is {shown(repr(spec), 80)}; expected (template, knobs)")


def _require_id(where: str, spec: ScenarioSpec) -> str:
    try:
        return spec_id(spec)
    except ValueError as error:
        raise pytest.UsageError(f"{where}: {error}") from error


def own_catalogs(config: pytest.Config) -> dict[str, OwnCatalog]:
    """What the hook gives; pytest.UsageError where a name is taken."""
    found: dict[str, OwnCatalog] = {}
    for path, catalogs in _implementations(config):
        _require_names(f"{HOOK} in {path}", catalogs)
        for name, specs in catalogs.items():
            if name in PROFILE_NAMES or name in found:
                owner = found[name].path if name in found else "pytest-pytyche itself"
                raise pytest.UsageError(f"catalog {name!r} is defined twice: by {path} and by {owner}")
            found[name] = OwnCatalog(specs, path)
    return found


def claimed_ids(config: pytest.Config, path: Path) -> frozenset[str]:
    """Ids of the specs whose truth may be stored for the module at `path`, however few of them this run is about.

    For the built-in checks all specs of all profiles, for a file that defines catalogs all of its own, for a catalog
    file of this session all that it holds, and for any other file, whose tests choose as they like, both together. A
    file that defines templates accounts for the specs of those too.
    """
    if path.name.endswith(CATALOG_FILE):
        return config.stash[FILES][path].ids
    own = own_catalogs(config).values()
    here = [catalog.specs for catalog in own if catalog.path == path]
    built_in = [] if here else [profile_catalog(profile) for profile in PROFILE_NAMES]
    elsewhere = [] if here or path == SUITE_FILE else [catalog.specs for catalog in own]
    declared: list[Sequence[ScenarioSpec]] = [template.specs() for template in templates_in(path) or ()]
    return frozenset(key for specs in (*here, *built_in, *elsewhere, *declared) for key in _ids(specs))


def _ids(specs: object) -> Iterator[str]:
    """Of those that have one; the others have no truth either, and only a run that is about them refuses them."""
    for spec in specs if isinstance(specs, Sequence) else ():
        with suppress(ValueError, TypeError, AttributeError):
            yield spec_id(spec)


def templates_in(path: Path) -> list[ScenarioTemplate] | None:
    """The templates that a file defines; None where it may define some but was not imported in this run."""
    loaded = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == str(path)]
    if not loaded and path.is_file() and DECORATOR in path.read_text("utf-8", errors="replace"):
        return None
    return [value for module in loaded for value in vars(module).values() if isinstance(value, ScenarioTemplate)]


def _implementations(config: pytest.Config) -> list[tuple[Path, Mapping[str, Sequence[ScenarioSpec]]]]:
    """What each implementation of the hook gives, with the file that it stands in."""
    found = []
    for impl in config.hook.pytest_pytyche_catalogs.get_hookimpls():
        path = Path(inspect.getfile(impl.function))
        catalogs = None if impl.hookwrapper or impl.wrapper else _given(path, impl, config)
        if catalogs is not None:
            found.append((path, catalogs))
    return sorted(found, key=itemgetter(0))


def _given(path: Path, impl: Any, config: pytest.Config) -> Any:
    """What one implementation gives; like any of pytest's it may leave out the argument, and give nothing."""
    try:
        return impl.function(*[config for _ in impl.argnames])
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # the hook is the user's, and may end Python or skip: all of it is reported
        raise pytest.UsageError(f"{HOOK} in {path} raised {describe(error)}") from error
