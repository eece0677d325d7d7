"""Rules as typed on a command line -> rules as values."""

from __future__ import annotations

import re
from math import isfinite

from pytest_pytyche.gate.rules import ExpectedFailure, Limit, Pattern

LIMIT = re.compile(r"(?P<metric>\w+)\s*(?P<sign><=|>=)\s*(?P<value>[^@\s]+)\s*(?:@\s*(?P<where>\S+))?")
EXPECTED = re.compile(r"(?P<where>[^:/\s]+)(?:/(?P<metric>\w+))?\s*:\s*(?P<reason>\S.*)", re.DOTALL)


def parse_limit(text: str) -> Limit:
    """`pehe<=0.5`, or `coverage_cate>=0.9 @ reversal*`; ValueError, one line, for anything else."""
    found = LIMIT.fullmatch(text.strip())
    value = _number(found["value"]) if found else None
    if found is None or value is None:
        raise ValueError(f"{text!r}; expected METRIC<=NUMBER or METRIC>=NUMBER, and perhaps @ PATTERN")
    where = Pattern(found["where"] or "*")
    if found["sign"] == "<=":
        return Limit(found["metric"], maximum=value, where=where)
    return Limit(found["metric"], minimum=value, where=where)


def parse_expected(text: str) -> ExpectedFailure:
    """`reversal*: REASON`, or `reversal*/pehe: REASON`; ValueError, one line, for anything else."""
    found = EXPECTED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r}; expected PATTERN: REASON or PATTERN/METRIC: REASON")
    return ExpectedFailure(Pattern(found["where"]), " ".join(found["reason"].split()), found["metric"])


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None
