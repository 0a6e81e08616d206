"""Snapshots turned into rows, details and sentences. Pure: no terminal library, no I/O."""
