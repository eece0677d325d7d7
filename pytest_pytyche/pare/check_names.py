"""The built-in checks of scenarios by name, in the order in which they are collected and reported."""

DEFAULT_CHECKS = ("oracle", "replay")
CHECKS = (*DEFAULT_CHECKS, "agent", "mutants")
