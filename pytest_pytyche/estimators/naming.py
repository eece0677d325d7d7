"""An estimator as it is named: `lin`, `module:factory`, or with parameters as in `stochtree-bcf(num_mcmc=200)`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from inspect import Parameter, signature
from typing import Any

TAKES_NAMES = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


class EstimatorNotFound(ValueError):  # noqa: N818  # reads as what happened
    """No estimator goes by that name, two do, or the one named does not load."""


def split_name(text: str) -> tuple[str, dict[str, Any]]:
    """The name and its parameters: `x(a=1, b="c")` is `x` with a = 1 and b = 'c', and `x` is `x` with none.

    Values are literals of Python. EstimatorNotFound, one line, for anything else in the parentheses.
    """
    name, opening, rest = text.partition("(")
    if not opening:
        return text, {}
    mistake = EstimatorNotFound(
        f"estimator={text!r}; expected parameters such as '{name.strip()}(number=200, flag=True, text=\"word\")'"
    )
    try:
        call = ast.parse(f"_({rest.strip()}", mode="eval").body
    except SyntaxError as error:
        raise mistake from error
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
        raise mistake
    stated = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
    if len(stated) < len(call.keywords):
        raise mistake
    try:
        return name.strip(), {parameter: ast.literal_eval(value) for parameter, value in stated.items()}
    except ValueError as error:
        raise mistake from error


def require_known(name: str, what: str, given: Mapping[str, Any], choices: list[str]) -> None:
    """EstimatorNotFound, one line, for a parameter that is none of `choices`."""
    for parameter, value in given.items():
        if parameter not in choices:
            close = get_close_matches(parameter, choices, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            expected = f"expected one of {choices}{hint}" if choices else "expected none"
            raise EstimatorNotFound(f"estimator {name!r}: unknown {what} {parameter}={value!r}; {expected}")


def require_parameters(name: str, factory: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """EstimatorNotFound, one line, for a parameter that the factory does not take, as far as it says what it takes."""
    try:
        parameters = signature(factory).parameters.values()
    except (TypeError, ValueError):  # some callables written in C
        return
    if not any(parameter.kind is Parameter.VAR_KEYWORD for parameter in parameters):
        require_known(name, "parameter", given, [each.name for each in parameters if each.kind in TAKES_NAMES])
