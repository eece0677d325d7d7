"""What runs may use up: by each of them, and by all of a session together, in however many processes."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from pare_harness.errors import BudgetReached
from pare_harness.locks import one_of

SPENDABLE = ("turns", "calls", "tokens", "money")
"""What adds up; `seconds` pass by themselves."""

RUN = "the run"
"""Whose budget it is in messages, where it is not shared by a session."""


@dataclass(frozen=True)
class Budget:
    """Most turns, tool calls, tokens, money and seconds of real time; None sets no limit.

    What has begun is finished: a model's answer may take tokens, money and seconds beyond their limits.
    """

    turns: int | None = None
    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        for name, limit in asdict(self).items():
            if limit is not None and not 0 < limit < math.inf:
                raise ValueError(f"{name}={limit}; expected a number above 0")

    def require(self, whose: str, used: Mapping[str, float], names: tuple[str, ...]) -> None:
        """Raise `BudgetReached` if one of the budgets `names` is used up; `whose` it is: a run's or the session's."""
        for name in names:
            limit = getattr(self, name)
            if limit is not None and used[name] >= limit:
                reached = BudgetReached(f"budget of {whose}: {name}={limit:g} is used up ({_number(used[name])})")
                reached.by_chance = name == "seconds" or whose != RUN
                raise reached


def parse_budget(text: str) -> Budget:
    """`turns=20,calls=100,tokens=50000,money=0.5,seconds=60`, in any order and each at most once.

    Raises `ValueError`, one line, for an unknown name, one given twice, and a value that is no number above 0.
    """
    kinds = {field.name: float if field.name in ("money", "seconds") else int for field in fields(Budget)}
    given: dict[str, float] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = (word.strip() for word in part.partition("="))
        if name not in kinds:
            raise ValueError(f"budget {name!r}; expected one of {list(kinds)}, such as turns=20,tokens=50000")
        if name in given:
            raise ValueError(f"{name} is given twice")
        try:
            given[name] = kinds[name](value)
        except ValueError:
            expected = "a whole number" if kinds[name] is int else "a number"
            raise ValueError(f"{name}={value!r}; expected {expected} above 0") from None
    return Budget(**given)  # type: ignore[arg-type]  # each made by its own type above


@dataclass(frozen=True)
class Ledger:
    """What all runs of a session have used, in a folder that its processes share; light enough to be sent to them."""

    folder: Path
    budget: Budget

    def open(self) -> None:
        """Begin with nothing used; the session's seconds count from here."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write(dict.fromkeys(SPENDABLE, 0) | {"started": time.time()})

    def used(self) -> dict[str, float]:
        """What has been used so far; `seconds` since the session began."""
        with one_of(self.folder, 1, "ledger"):
            return self._read()

    def add(self, name: str, amount: float) -> None:
        """Enter what a run has used."""
        with one_of(self.folder, 1, "ledger"):
            used = self._read()
            self._write(used | {name: used[name] + amount})

    def require(self, names: tuple[str, ...]) -> None:
        """Raise `BudgetReached` if one of the budgets `names` is used up."""
        if any(getattr(self.budget, name) is not None for name in names):
            self.budget.require("the session", self.used(), names)

    @property
    def _file(self) -> Path:
        return self.folder / "ledger.json"

    def _read(self) -> dict[str, float]:
        content: dict[str, float] = json.loads(self._file.read_text(encoding="utf-8"))
        return content | {"seconds": time.time() - content["started"]}

    def _write(self, used: Mapping[str, float]) -> None:
        unfinished = self._file.with_suffix(".tmp")
        unfinished.write_text(json.dumps(used), encoding="utf-8")
        unfinished.replace(self._file)


def _number(value: float) -> str:
    return f"{value:.6g}"
