"""Who acts in a scenario: the user and the proactive agent."""
