"""The event loop of the proxy: uvloop where it is installed, asyncio's own where it is not."""

import asyncio
import sys
from types import ModuleType

import pytest

from edgeconsole.proxy.process import loop_factory


def test_uvloop_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = ModuleType("uvloop")
    installed.new_event_loop = asyncio.SelectorEventLoop
    monkeypatch.setitem(sys.modules, "uvloop", installed)
    assert loop_factory() is asyncio.SelectorEventLoop


def test_asyncio_serves_where_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert loop_factory() is None
