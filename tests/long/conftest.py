"""The lab and its file, as the end-to-end tests have them."""

from tests.e2e.conftest import file, lab

__all__ = ["file", "lab"]
