"""The whole suite: modules are compiled once, and what collecting made is not looked through again."""

import gc
import os
import sys

# Hundreds of tests start a process of ours; without bytecode on disk each compiles the package, three times its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    """Keep the tests themselves out of every later collection of garbage: they are a million objects that stay."""
    gc.collect()
    gc.freeze()
