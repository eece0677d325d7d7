"""Scenarios whose true answer is known, as pytest items."""

__version__ = "0.1.0"
