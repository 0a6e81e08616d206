"""The whole suite: modules are compiled once, and what collecting made is not looked through again."""

import gc
import os
import sys

from hypothesis import settings

# Hundreds of tests start a process of ours; without bytecode on disk each compiles the package, three times its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Examples of a property that asks for no number of its own: `make test-slow` takes the long profile.
settings.register_profile("everyday", max_examples=40)
settings.register_profile("long", max_examples=400, deadline=None)
settings.load_profile("everyday")


def pytest_collection_finish() -> None:
    """Keep the tests themselves out of every later collection of garbage: they are a million objects that stay."""
    gc.collect()
    gc.freeze()
