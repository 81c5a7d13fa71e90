"""Changing the key of personal fields: afterwards the old key is needed no more."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import models

from accounts.models import ApiKey
from accounts.personal import key_id_of, unseal
from accounts.services.clients import issue_api_key
from carbon_portal.site.management.commands.rotate_keys import SEALED
from carbon_portal.story import World
from tests.architecture.names import our_models
from tests.refusals import nothing_changed

NEW = bytes(range(32))


def rotate() -> str:
    """Run the command and return what it says."""
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def test_every_sealed_value_is_sealed_again_and_only_once(world: World, settings: Any) -> None:
    made = issue_api_key(world.organisations["owner"], world.people["owner-maker"], by=world.people["security"])
    old = dict(settings.PERSONAL_KEYS)
    settings.PERSONAL_KEYS = {"2027": NEW, **old}

    said = rotate()

    assert f"accounts.ApiKey.sealed: {ApiKey.objects.count()}" in said
    settings.PERSONAL_KEYS = {"2027": NEW}
    row = ApiKey.objects.get(pk=made.key.pk)
    assert (key_id_of(row.sealed), unseal(row.sealed)) == ("2027", made.secret)
    with nothing_changed():
        assert "accounts.ApiKey.sealed: 0" in rotate()


def test_no_sealed_column_is_forgotten() -> None:
    columns = {
        (model._meta.label, field.name)
        for model in our_models()
        for field in model._meta.fields
        if isinstance(field, models.TextField) and "密文" in str(field.verbose_name)
    }
    assert columns == set(SEALED)
