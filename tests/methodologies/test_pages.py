"""The public pages of methods show everything a figure rests on, to anybody."""

import pytest
from django.urls import reverse

from accounts.models import User
from methodologies.models import Method
from methodologies.services import drafting

pytestmark = pytest.mark.django_db


@pytest.fixture
def pv(db):
    return Method.objects.get(code="GD-2022-002", version=2)


def test_the_list_names_every_published_method(client, pv, world):
    drafting.draft(area="GD", title="未发布的", by=world.people["officer"])
    page = client.get(reverse("methods")).content.decode()
    assert pv.title in page
    assert "未发布的" not in page


@pytest.mark.parametrize("number", ["GD-2022-002-V02", "GD-2022-002"])
def test_a_method_page_shows_formula_factors_examples_and_honesty(client, pv, number):
    page = client.get(reverse("method", args=[number])).content.decode()
    for words in ("generation_mwh * EF", "0.8042", "0.2135", "TOOL07", "722.1775", "自编", "绿色电力证书", pv.digest):
        assert words in page
    assert page.count("一致") == 3
    assert "不一致" not in page


@pytest.mark.parametrize("number", ["GD-2022-002-V01", "GD-2022-099", "x", "GD-2022-002-V2"])
def test_a_method_nobody_published_is_not_there(client, pv, number):
    assert client.get(reverse("method", args=[number])).status_code == 404


def test_a_draft_is_not_public(client, pv, world):
    drafting.draft(pv, by=world.people["officer"])
    assert client.get(reverse("method", args=["GD-2022-002-V03"])).status_code == 404
    assert pv.digest in client.get(reverse("method", args=["GD-2022-002"])).content.decode()


def test_the_text_is_given_byte_for_byte(client, pv):
    response = client.get(reverse("method-text", args=[pv.number]))
    assert response.content.decode() == pv.document
    assert "GD-2022-002-V02.toml" in response["Content-Disposition"]


def test_pages_are_only_read(client, pv):
    assert client.post(reverse("method", args=[pv.number])).status_code == 405


def test_the_admin_shows_methods_and_changes_none(client, pv):
    client.force_login(User.objects.get(username="officer"))
    change = reverse("admin:methodologies_method_change", args=[pv.pk])
    assert client.get(reverse("admin:methodologies_method_changelist")).status_code == 200
    assert pv.digest in client.get(change).content.decode()
    assert client.post(change, {"title": "x"}).status_code == 403
    assert client.get(reverse("admin:methodologies_method_add")).status_code == 403
    pv.refresh_from_db()
    assert pv.title != "x"
