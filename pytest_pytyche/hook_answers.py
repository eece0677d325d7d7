"""What users' hooks give, checked."""

from collections.abc import Mapping
from typing import Any

import pytest

from pytest_pytyche.errors import describe


def factories_of(config: pytest.Config, hook: str, what: str) -> dict[str, Any]:
    """All that implementations of a hook give together: names with callables.

    pytest.UsageError, one line, for an implementation that raises or gives something else, and for a name that two
    give; `what` the names are of.
    """
    try:
        answers = getattr(config.hook, hook)(config=config)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # the hook is the user's, and may end Python or skip: all of it is reported
        raise pytest.UsageError(f"{hook} raised {describe(error)}") from error
    found: dict[str, Any] = {}
    for given in answers:
        if not isinstance(given, Mapping):
            raise pytest.UsageError(f"{hook} returned {given!r:.200}; expected names with factories")
        for name, factory in given.items():
            if not (isinstance(name, str) and callable(factory)):
                raise pytest.UsageError(f"{hook}: {name!r}: {factory!r:.200}; expected a name with a factory")
            if name in found:
                raise pytest.UsageError(f"{what} {name!r} is defined twice: {found[name]!r} and {factory!r}")
            found[name] = factory
    return found
