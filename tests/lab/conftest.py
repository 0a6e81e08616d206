"""Fixtures of the lab's tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def temporary_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where private directories are made during the test, so that what is left behind is seen.

    Shorter than tmp_path: an admin socket has to fit.
    """
    root = Path(tempfile.mkdtemp(prefix="ec-test-", dir="/tmp")).resolve()
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(root))
    yield root
    shutil.rmtree(root)
