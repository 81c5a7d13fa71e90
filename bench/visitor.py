"""Somebody who has signed in, for the benches that open pages."""

from __future__ import annotations

from typing import Any


def signed_in(user: Any) -> Any:
    """Return a test client that opens pages as a person."""
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    return client
