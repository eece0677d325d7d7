"""Fits of estimators: in this process or in one of their own, within limits, and kept for the next run."""
