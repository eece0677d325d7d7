"""The gate: metrics of a run against those of a baseline, replicate by replicate, into verdicts."""

from pytest_pytyche.gate.comparison import More
from pytest_pytyche.gate.judgement import Judgement, judge
from pytest_pytyche.gate.rules import Burden, ExpectedFailure, GateRules, Limit, Loss, Pattern, Share

__all__ = [
    "Burden",
    "ExpectedFailure",
    "GateRules",
    "Judgement",
    "Limit",
    "Loss",
    "More",
    "Pattern",
    "Share",
    "judge",
]
