"""Run a function over every spec and seed of a catalog, on one core or many, into one frame."""

from pytest_pytyche.suite.run import EXECUTORS, run_suite_parallel

__all__ = ["EXECUTORS", "run_suite_parallel"]
