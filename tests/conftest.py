"""The whole suite: modules are compiled once, and what collecting made is not looked through again."""

import gc
import os
import sys

import pytest
from hypothesis import settings

from edgeconsole.tui.keys import KeyMap, in_force

# Hundreds of tests start a process of ours; without bytecode on disk each compiles the package, three times its start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Examples of a property that asks for no number of its own: `make test-slow` takes the long profile.
settings.register_profile("everyday", max_examples=40)
settings.register_profile("long", max_examples=400, deadline=None)
# What breaks a mutant is no example to keep.
settings.register_profile("mutation", max_examples=40, deadline=None, database=None)
settings.load_profile("everyday")

_DEFAULT_KEYS = KeyMap()


def pytest_collection_finish() -> None:
    """Keep the tests themselves out of every later collection of garbage: they are a million objects that stay."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def default_keys() -> None:
    """Let sentences name the default keys, whatever map a console of another test had."""
    in_force(_DEFAULT_KEYS)
