"""Frozen values: what a federation is. No I/O; the standard library, msgspec and idna only."""
