"""Configuration and facts in, verdicts out. Pure: the proxy enforces with it, `explain` prints it."""
