"""Texts of users and of models, made fit to be shown: without control characters, and short."""

import re
from collections.abc import Iterator, Sequence

SHOWN = 300
STORED = 4_000
ELLIPSIS = "…"
# A terminal obeys escape sequences and single control characters; a reader is misled by bidirectional overrides.
ESCAPES = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])"
CONTROLS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
REPLACEMENT = "\ufffd"


def shown(text: object, limit: int = SHOWN) -> str:
    """The text in one line of at most `limit` characters, in which nothing steers a terminal or turns the direction."""
    return " ".join(stored(text, limit).split())


def stored(text: object, limit: int = STORED) -> str:
    """The same with its lines as they are; what is longer says how long it was."""
    whole = str(text)
    # Cut before it is searched: megabytes may come, of which little will be left.
    start = re.sub(CONTROLS, REPLACEMENT, re.sub(ESCAPES, "", whole[: 8 * limit].replace("\r\n", "\n")))
    if len(start) <= limit and len(whole) <= 8 * limit:
        return start
    length = f"{ELLIPSIS} ({len(whole):,} characters)"
    return start[: max(limit - len(length), 0)] + length


def printable(value: object) -> str:
    """A text that every process and file can take: what is no valid Unicode is escaped."""
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def aligned(rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """Columns two blanks apart, the first `left` of them flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
