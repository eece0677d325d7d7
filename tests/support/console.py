"""Whether a command printed what a document shows, give or take timings, line widths and the last digits of a float."""

import math
import re

TOKENS = re.compile(
    r"(?P<any>\.\.\.)"
    r"|(?P<seconds>\d+\.\d+s)"
    r"|(?P<number>-?\d+\.\d+)"
    r"|(?P<rule>={3,}|-{3,}|─{3,})"
    r"|(?P<space>\s+)"
    r"|(?P<text>.)"
)
RELATIVE_TOLERANCE = 0.02
ANY_NUMBER = r"(-?\d+\.\d+)"


def difference(expected: str, printed: str) -> str | None:
    """What is wrong with the printed text, or None: `...` is any text, floats agree to 2 % or half a last digit."""
    expected, printed = _hide_durations(expected), _hide_durations(printed)
    match = re.fullmatch(_pattern(expected.strip()), printed.strip())
    if match is None:
        return f"expected:\n{expected.strip()}\n\nprinted:\n{printed.strip()}"
    numbers = [token["number"] for token in TOKENS.finditer(expected) if token["number"]]
    for shown, got in zip(numbers, match.groups(), strict=True):
        if not _close(shown, got):
            return f"{shown} is shown, {got} was printed:\n{printed.strip()}"
    return None


def _hide_durations(text: str) -> str:
    """The text without the last cells of tables whose last column is called seconds."""
    lines, inside = [], False
    for line in text.splitlines():
        row = line.rstrip()
        inside = bool(row) and (inside or row.endswith("seconds"))
        hide = inside and not row.endswith(("seconds", "..."))
        lines.append(re.sub(r"\S+$", "<seconds>", row) if hide else row)
    return "\n".join(lines)


def _pattern(expected: str) -> str:
    return "".join(_token_pattern(token) for token in TOKENS.finditer(expected))


def _token_pattern(token: re.Match[str]) -> str:
    by_kind = {
        "any": r"[\s\S]*?",
        "seconds": r"\d+\.\d+s",
        "number": ANY_NUMBER,
        "rule": f"{re.escape(token[0][0])}+",
        "space": r"\s+",
    }
    return by_kind.get(str(token.lastgroup), re.escape(token[0]))


def _close(shown: str, got: str) -> bool:
    half_a_digit = 0.5 * 10.0 ** -len(shown.partition(".")[2])
    return math.isclose(float(shown), float(got), rel_tol=RELATIVE_TOLERANCE, abs_tol=half_a_digit * 1.001)
