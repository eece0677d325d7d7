"""Simulated phone days for proactive agents: apps, events, a user, an agent, oracle events and validators."""
