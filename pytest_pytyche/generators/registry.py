"""Find a template by its name, by an entry point, or as `module:name`."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter

from pytest_pytyche.errors import describe
from pytest_pytyche.generators.catalog import PROFILE_NAMES, TEMPLATES, ScenarioSpec
from pytest_pytyche.generators.declared import ScenarioTemplate
from pytest_pytyche.generators.published import DESIGNS
from pytest_pytyche.generators.templates import ALL_TEMPLATES, Template

GROUP = "pytyche.templates"
BUILT_IN = (*TEMPLATES, *PROFILE_NAMES)
"""Names that templates of one's own cannot have: they would share ids or a profile with the built-in ones."""


class TemplateNotFound(ValueError):  # noqa: N818  # reads as what happened
    """No template goes by that name, two do, or the one named does not load."""


def load_template(name: str) -> Template | ScenarioTemplate:
    """The template called `name`: built in, an entry point of `pytyche.templates`, or `module:name`.

    TemplateNotFound, one line, for an unknown name (with the choices), a name that is taken twice (with both sides),
    and for whatever does not import or is no `@scenario_template`.
    """
    built_in: dict[str, Template | ScenarioTemplate] = {template.name: template for template in ALL_TEMPLATES} | DESIGNS
    if name in built_in:
        return built_in[name]
    if ":" in name:
        return _imported(name, name)
    installed = installed_templates()
    if name not in installed:
        choices = [*built_in, *installed]
        raise TemplateNotFound(f"template={name!r}; expected one of {choices} or 'module:name'")
    template = _imported(name, installed[name])
    if template.name != name:
        raise TemplateNotFound(f"entry point {name!r} of {GROUP} is template {template.name!r}; expected the same name")
    return template


def own_specs(name: str) -> list[ScenarioSpec]:
    """The specs of the catalog that a declared template has of its own; TemplateNotFound for one without."""
    template = load_template(name)
    if not isinstance(template, ScenarioTemplate):
        raise TemplateNotFound(f"template {name!r} is built in and has no catalog of its own; expected a profile")
    return [*template.specs()]


def installed_templates() -> dict[str, str]:
    """The entry points of `pytyche.templates`: name -> `module:name`."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if point.name in found and point.value != found[point.name].value:
            raise TemplateNotFound(
                f"template {point.name!r} is installed twice: {_origin(found[point.name])}, and {_origin(point)}"
            )
        found[point.name] = point
    return {name: point.value for name, point in found.items()}


def _origin(point: EntryPoint) -> str:
    return f"as {point.value} by {point.dist.name if point.dist else 'an unknown distribution'}"


def _imported(name: str, path: str) -> ScenarioTemplate:
    module, _, attribute = path.partition(":")
    try:
        template = attrgetter(attribute)(import_module(module))
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # importing runs foreign code, which may end Python or skip: all of it is reported
        raise TemplateNotFound(f"template {name!r} does not import: {describe(error)}") from error
    if not isinstance(template, ScenarioTemplate):
        raise TemplateNotFound(f"template {name!r} is {type(template).__name__}; expected a @scenario_template")
    if template.name in BUILT_IN and template is not DESIGNS.get(template.name):
        raise TemplateNotFound(f"template {name!r} is called {template.name!r}, as is a built-in one; rename it")
    return template
