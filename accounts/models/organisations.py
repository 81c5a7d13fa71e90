"""Divisions, and who holds units or acts in them: legal persons and natural ones."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import scope
from accounts.triggers import Guard
from kernel import clock

# A blind index: 64 hexadecimal digits (accounts.personal.blind).
_BLIND = r"^[0-9a-f]{64}$"


class Division(models.Model):
    """An administrative division (GB/T 2260) or a park below one; ``path`` is its place in the tree, e.g. ``99.9901.990101``."""

    code = models.CharField(_("代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    path = models.CharField(_("路径"), max_length=60, unique=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("行政区划")
        ordering = ("path",)
        indexes = [models.Index(fields=["path"], name="division_path_like", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name

    @property
    def adm6(self) -> str:
        """The six-digit code that numbers carry."""
        return self.code.ljust(6, "0")[:6]


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations."""

    def visible_to(self, user: Any) -> OrganisationQuerySet:
        """One's own organisation, and for staff those of their division."""
        return self.filter(scope(user).rows(division="division", organisations=("pk",)))

    def units(self) -> OrganisationQuerySet:
        """Legal persons: who may be a partner, a merchant, an exchange or an owner of projects."""
        return self.exclude(kind=Organisation.Kind.PERSON)


class Organisation(models.Model):
    """Who holds units or acts: a legal person under its credit code, or a natural person under a token.

    Of a natural person the row has the masked name and the blind index of the identity number, and nothing else: whatever shows
    an organisation shows no more. The name in full stays where the real name is kept (``scenarios.Identity``).
    """

    class Kind(models.TextChoices):
        BUREAU = "BUREAU", _("主管部门")
        COMPANY = "COMPANY", _("企业")
        INSTITUTION = "INSTITUTION", _("事业单位")
        COLLECTIVE = "COLLECTIVE", _("集体经济组织")
        VERIFIER = "VERIFIER", _("核证机构")
        PERSON = "PERSON", _("自然人")

    # Empty for a natural person, who has none.
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, db_index=True)
    person_token = models.CharField(_("实名标识"), max_length=64, null=True, editable=False)
    name = models.CharField(_("单位名称"), max_length=200)
    kind = models.CharField(_("单位性质"), max_length=12, choices=Kind.choices)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("所在区划"))
    legal_representative = models.CharField(_("法定代表人"), max_length=60, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("登记时间"), default=clock.now, editable=False)
    # Since when a natural person's row is over: not opened, or closed. Who comes back gets a new one.
    ended_at = models.DateTimeField(_("终止"), null=True, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("单位")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="organisation_uscc_shape",
                condition=Q(uscc="") | Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
                violation_error_code="bad_credit_code",
                violation_error_message=_("统一社会信用代码应为 18 位大写字母和数字"),
            ),
            models.UniqueConstraint(
                name="organisation_uscc_once",
                fields=["uscc"],
                condition=~Q(uscc=""),
                violation_error_code="organisation_known",
                violation_error_message=_("这个信用代码的单位已登记"),
            ),
            models.CheckConstraint(
                name="organisation_is_person_or_unit",
                condition=Q(kind="PERSON", uscc="", person_token__isnull=False, person_token__regex=_BLIND)
                | ~Q(kind="PERSON") & ~Q(uscc="") & Q(person_token=None, ended_at=None),
                violation_error_code="person_or_unit",
                violation_error_message=_("自然人只有实名标识，没有信用代码；单位要有信用代码"),
            ),
            models.UniqueConstraint(
                name="person_once",
                fields=["person_token"],
                condition=Q(ended_at=None),
                violation_error_code="person_known",
                violation_error_message=_("您已有个人持有账户，或已有一件开户申请在办；一人只能开一个"),
            ),
        ]
        triggers = [
            Guard(
                name="organisation_stays_who_it_is",
                operation=pgtrigger.Update,
                code="append_only",
                message=_("自然人和单位不能互换，实名标识不能改，终止了的不能恢复"),
                body="""
                    IF NEW.person_token IS DISTINCT FROM OLD.person_token
                        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_person(self) -> bool:
        """Tell whether it is a natural person, who acts alone with a second factor."""
        return self.kind == Organisation.Kind.PERSON
