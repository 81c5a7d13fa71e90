"""The kernel is tested on its own: no other app's clock, no database."""

import pytest

from kernel import clock


@pytest.fixture(autouse=True)
def _real_time(monkeypatch):
    monkeypatch.setattr(clock, "_source", None)
