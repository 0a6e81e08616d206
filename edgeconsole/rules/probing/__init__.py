"""Judging probes: facts in, findings out; pure, so that old facts can be judged by new rules."""
