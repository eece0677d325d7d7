"""Calibration of posteriors: where the truth ranks among the draws, and whether the ranks are uniform."""
