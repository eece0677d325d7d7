"""What an item found, as the properties of its test case in JUnit XML."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pytest_pytyche.text import shown

Record = Mapping[str, Any]
Property = tuple[str, float | str]

IDENTITY = frozenset({"kind", "nodeid", "catalog", "position", "spec", "estimator", "contrast", "template", "metric"})
PARE_IDENTITY = frozenset({"kind", "nodeid", "scenario", "run", "position", "check", "recorded", "timeline"})


def properties(lines: Iterable[Record]) -> list[Property]:
    """Names and values, built-in types only; what is undefined is left out."""
    return [found for line in lines for found in _of_line(line)]


def _of_line(line: Record) -> Iterator[Property]:
    kind = line["kind"]
    if kind == "estimate":
        prefix = "" if line.get("contrast") in {None, "treatment"} else f"{line['contrast']}."
        yield from _values({f"{prefix}{name}": value for name, value in line.items() if name not in IDENTITY})
    elif kind == "pare":
        yield from _values({name: value for name, value in line.items() if name not in PARE_IDENTITY})
    elif kind == "record":
        yield from _values({line["name"]: line["value"]})
    elif kind == "spec" and "digest" in line:
        yield "digest", line["digest"]


def _values(values: Record) -> Iterator[Property]:
    for name, value in values.items():
        if isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, int | float):
            yield name, value
        elif isinstance(value, str):
            yield name, shown(value)
