"""Secrets, kept out of what a run leaves behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

REDACTED = "[redacted]"
ANYTHING = "\0"
SHORTEST = 6
"""Characters of a secret that is looked for: a shorter one would be found in the middle of other words."""

SECRET_VARIABLE = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
SECRET_FIELD = re.compile(
    r"(proxy-)?authorization|(x-)?api[-_]?key|access[-_]?token|password|secret|cookie", re.IGNORECASE
)
PATTERNS = (
    re.compile(r"\bsk-[\w-]{8,}"),
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/-]{6,}=*"),
    re.compile(r"(?i)(?<=\bbasic )[\w+/]{8,}=*"),
    re.compile(r"(?i)(?<=\bapi[-_]key[=:])\s*[^\s,;&\"']+"),
)
"""Keys of models, and what stands behind `Bearer`, `Basic` and `api_key=`."""


LOGIN = re.compile(r"(?<=://)[^/\s@]+(?=@)")
"""Who logs in at an address, and how."""


def without_login(text: str) -> str:
    """`text` with `[redacted]` for names and passwords in the addresses in it."""
    return LOGIN.sub(REDACTED, text)


@dataclass(frozen=True)
class Redactor:
    """Replaces secrets in JSON values: given `values`, what looks like a key, and what stands in a field for one."""

    values: tuple[str, ...] = ()

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Self:
        """The values of variables whose names say KEY, TOKEN, SECRET or PASSWORD."""
        return cls.of_values(value for name, value in environ.items() if SECRET_VARIABLE.search(name))

    @classmethod
    def of_values(cls, values: Iterable[str]) -> Self:
        """Those of six characters or more, the longest first, so that no rest of one is left by another."""
        found = {value.strip() for value in values}
        return cls(tuple(sorted({value for value in found if len(value) >= SHORTEST}, key=lambda v: (-len(v), v))))

    def __call__(self, value: Any) -> Any:
        """`value`, made of dicts, lists and scalars, without its secrets."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {self._text(key): self._field(key, item) for key, item in value.items()}
        return [self(item) for item in value] if isinstance(value, list) else value

    def _field(self, key: str, value: Any) -> Any:
        return REDACTED if SECRET_FIELD.fullmatch(key) and isinstance(value, str) else self(value)

    def _text(self, text: str) -> str:
        for secret in self.values:
            text = text.replace(secret, REDACTED)
        for pattern in PATTERNS:
            text = pattern.sub(REDACTED, text)
        return without_login(text)


def opened(value: Any) -> Any:
    """A JSON value with `ANYTHING` in place of `[redacted]`."""
    return json.loads(json.dumps(value).replace(REDACTED, json.dumps(ANYTHING)[1:-1]))


def alike(recorded: Any, other: Any) -> bool:
    """Whether two JSON values are equal, `ANYTHING` in the texts of the first standing for any text."""
    if isinstance(recorded, str) and isinstance(other, str):
        parts = map(re.escape, recorded.split(ANYTHING))
        return recorded == other or re.fullmatch(".*".join(parts), other, re.DOTALL) is not None
    if isinstance(recorded, dict) and isinstance(other, dict):
        return recorded.keys() == other.keys() and all(alike(value, other[key]) for key, value in recorded.items())
    if isinstance(recorded, list) and isinstance(other, list):
        return len(recorded) == len(other) and all(map(alike, recorded, other))
    return bool(recorded == other)
