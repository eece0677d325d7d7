"""Scenarios of phone days as pytest items: loaded only where a run asks for them."""
