"""Somebody who has signed in, for the benches that open pages."""

from __future__ import annotations

from typing import Any


def signed_in(user: Any) -> Any:
    """Return a test client that opens pages as a person who showed a second factor."""
    from django.test import Client

    from accounts.visitor import show_second_factor

    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    session = client.session
    show_second_factor(session, user)
    session.save()
    return client
