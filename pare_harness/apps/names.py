"""Names that are spelt a little differently, or in part.

The standard library's `difflib` serves: a phone holds few names, so a faster matcher would be one more dependency.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher

PARTIAL = 0.9
"""What a match of some words of a name is worth, next to a match of all of it."""


def similarity(query: str, name: str) -> float:
    """From 0 to 1, in any case: the share of common characters, 2·matches / (len(query) + len(name)).

    The best of: the whole name; its words in alphabetical order; times `PARTIAL`, as many of its words as `query` has.
    """
    asked, words = query.lower().split(), name.lower().split()
    runs = (words[start : start + len(asked)] for start in range(len(words) - len(asked) + 1) if asked)
    partial = max((_ratio(asked, run) for run in runs), default=0.0)
    return max(_ratio(asked, words), _ratio(sorted(asked), sorted(words)), PARTIAL * partial)


def similar(query: str, names: Iterable[str], threshold: float = 0.8) -> list[str]:
    """The names with a `similarity` to `query` of at least `threshold`, most similar first."""
    scored = [(similarity(query, name), name) for name in names]
    return [name for score, name in sorted(scored, key=lambda one: -one[0]) if score >= threshold]


def _ratio(one: list[str], other: list[str]) -> float:
    return SequenceMatcher(None, " ".join(one), " ".join(other), autojunk=False).ratio()
