"""All ways in which days go wrong, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pare_harness.mutation.answering import Answer
from pare_harness.mutation.arguments import Perturb
from pare_harness.mutation.days import Day
from pare_harness.mutation.failing import Fail
from pare_harness.mutation.leaving_out import Drop, NoAgent
from pare_harness.mutation.mutant import Mutant, Operator
from pare_harness.mutation.repeating import Early, Repeat

OPERATORS: tuple[Operator, ...] = (NoAgent(), Drop(), Answer(), Perturb(), Repeat(), Early(), Fail())


def mutants(day: Day, operators: Sequence[Operator] = OPERATORS) -> Iterator[Mutant]:
    """The mutants of a day by all `operators`; names are unique."""
    for operator in operators:
        yield from operator.mutants(day)
