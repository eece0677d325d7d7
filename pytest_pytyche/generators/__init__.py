"""Synthetic A/B experiments whose true effect is known for every visitor."""
