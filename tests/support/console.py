"""Whether a command printed what a document shows, give or take timings, line widths and the last digits of a float."""

import math
import re
from collections.abc import Iterator, Sequence

TOKENS = re.compile(
    r"(?P<any>(?<!\.)\.\.\.(?!\.))"
    r"|(?P<seconds>\d+\.\d+s)"
    r"|(?P<number>-?\d+\.\d+)"
    r"|(?P<rule>={3,}|-{3,}|_{3,})"
    r"|(?P<space>\s+)"
    r"|(?P<text>.)"
)
PATTERNS = {"any": ".*", "seconds": r"\d+\.\d+s", "number": r"(-?\d+\.\d+)", "rule": "[=_-]+", "space": r"\s+"}
RELATIVE_TOLERANCE = 0.02
ANY_LINES = "..."


def difference(expected: str, printed: str) -> str | None:
    """What is wrong with the printed text, or None.

    `...` stands for any lines, or within a line for any text; floats agree to 2 % or half a last digit.
    """
    if _matches(list(_lines(expected)), list(_lines(printed))):
        return None
    return f"expected:\n{expected.strip()}\n\nprinted:\n{printed.strip()}"


def _lines(text: str) -> Iterator[str]:
    """The lines, without the last cells of tables whose last column is called seconds."""
    inside = False
    for line in text.strip().splitlines():
        row = line.rstrip()
        inside = bool(row) and (inside or row.endswith("seconds"))
        duration = inside and not row.endswith(("seconds", ANY_LINES))
        yield re.sub(r"\S+$", "<seconds>", row) if duration else row


def _matches(expected: Sequence[str], printed: Sequence[str]) -> bool:
    if not expected:
        return not printed
    if expected[0] == ANY_LINES:
        return any(_matches(expected[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and _same_line(expected[0], printed[0]) and _matches(expected[1:], printed[1:])


def _same_line(expected: str, printed: str) -> bool:
    tokens = list(TOKENS.finditer(expected))
    pattern = "".join(PATTERNS.get(str(token.lastgroup), re.escape(token[0])) for token in tokens)
    match = re.fullmatch(pattern, printed)
    if match is None:
        return False
    shown = [token["number"] for token in tokens if token["number"]]
    return all(_close(one, other) for one, other in zip(shown, match.groups(), strict=True))


def _close(shown: str, got: str) -> bool:
    half_a_digit = 0.5 * 10.0 ** -len(shown.partition(".")[2])
    return math.isclose(float(shown), float(got), rel_tol=RELATIVE_TOLERANCE, abs_tol=half_a_digit * 1.001)
