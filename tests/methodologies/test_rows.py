"""Stored versions of methods: published once, never changed, seeded as often as one likes."""

from datetime import date

import pytest
from django.db import DatabaseError, transaction

from kernel.rules import RuleViolation
from methodologies import seeds
from methodologies.models import Method
from methodologies.services.quantify import document_of, quantify

pytestmark = pytest.mark.django_db
DAY = date(2024, 12, 31)


@pytest.fixture
def pv(db):
    return Method.objects.get(code="GD-2022-002", version=2)


def test_the_stored_method_gives_t19(pv):
    result = quantify(pv, {"generation_mwh": "1100"}, on=DAY)
    assert result.reduction_mg == 722_177_500_000
    assert (result.code, result.version, result.digest) == (pv.code, pv.version, pv.digest)
    assert (pv.number, pv.short, pv.badge) == ("GD-2022-002-V02", "GD22002", "good")


def test_seeding_again_changes_nothing(pv):
    before = list(Method.objects.values())
    seeds.seed()
    assert list(Method.objects.values()) == before


def test_a_catalogue_text_that_changed_under_its_version_is_refused(pv, tmp_path, monkeypatch):
    text = pv.document.replace("安装分布式光伏", "新装分布式光伏", 1)
    (tmp_path / "pv.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(seeds, "CATALOGUE", tmp_path)
    with pytest.raises(RuleViolation, match="新版本号"):
        seeds.seed()


def test_a_document_with_a_wrong_example_is_not_seeded(pv, tmp_path, monkeypatch):
    text = pv.document.replace("version = 2", "version = 3").replace('"722.1775"', '"722.1776"')
    (tmp_path / "pv.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(seeds, "CATALOGUE", tmp_path)
    with pytest.raises(RuleViolation) as refusal:
        seeds.seed()
    assert refusal.value.code == "bad_example"
    assert Method.objects.filter(code=pv.code).count() == 1


@pytest.mark.parametrize("change", [{"document": "x"}, {"title": "x"}, {"code": "GD-2022-009"}])
def test_a_published_method_cannot_be_changed(pv, change):
    with pytest.raises(DatabaseError, match=r"method_published_stays|method_moves"), transaction.atomic():
        Method.objects.filter(pk=pv.pk).update(**change)
    pv.refresh_from_db()
    assert pv.state == "PUBLISHED"
    assert document_of(pv).title == pv.title


def test_a_published_method_cannot_be_deleted(pv):
    with pytest.raises(DatabaseError, match="method_published_stays"), transaction.atomic():
        Method.objects.filter(pk=pv.pk)._raw_delete("default")
    assert Method.objects.filter(pk=pv.pk).exists()


def test_a_version_exists_once(pv):
    with pytest.raises(DatabaseError, match="method_version_once"), transaction.atomic():
        Method.objects.create(code=pv.code, version=pv.version, title="x", kind="quantitative", evidence="B")
    assert Method.objects.filter(code=pv.code).count() == 1


def test_a_text_that_does_not_fit_its_digest_is_not_computed_with(pv):
    pv.document = pv.document.replace("0.8042", "0.9042")
    with pytest.raises(RuleViolation) as refusal:
        quantify(pv, {"generation_mwh": "1"}, on=DAY)
    assert refusal.value.code == "method_tampered"
