"""Fixtures of the lab's tests."""

from pathlib import Path

import pytest


@pytest.fixture
def temporary_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where private directories are made during the test, so that what is left behind is seen."""
    root = tmp_path / "t"
    root.mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setenv("TMPDIR", str(root))
    return root
