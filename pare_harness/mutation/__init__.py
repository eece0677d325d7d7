"""Days that go wrong on purpose, to see whether a scenario's validator notices."""

from pare_harness.mutation.analysis import COUNTED, Fate, MutationAnalysis, Trial, analyse
from pare_harness.mutation.mutant import Mutant, Operator
from pare_harness.mutation.operators import OPERATORS, mutants

__all__ = ["COUNTED", "OPERATORS", "Fate", "Mutant", "MutationAnalysis", "Operator", "Trial", "analyse", "mutants"]
