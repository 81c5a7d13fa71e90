"""Scenes, the partners who report for them, and what citizens agreed to."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.roles import Role
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Once
from kernel import clock
from methodologies.models import Method
from scenarios.models.people import Citizen


class Scene(models.Model):
    """A low-carbon act that counts: under which method, with which plausibility bounds, on which terms."""

    code = models.SlugField(_("代码"), max_length=20, unique=True)
    title = models.CharField(_("场景"), max_length=40)
    mode = models.CharField(_("出行方式"), max_length=12)
    method = models.ForeignKey(Method, models.PROTECT, verbose_name=_("方法学"))
    input_name = models.CharField(_("方法学输入"), max_length=40)
    shortest_m = models.PositiveIntegerField(_("最短里程 m"), default=100)
    fastest_kmh = models.PositiveSmallIntegerField(_("平均时速上限 km/h"))
    late_window_days = models.PositiveSmallIntegerField(_("补报期限（天）"), default=35)
    history_allowed = models.BooleanField(_("授权可以追溯"), default=False)
    consent_version = models.CharField(_("授权书版本"), max_length=20)
    consent_text = models.TextField(_("授权书"))
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("场景")
        ordering = ("code",)
        triggers = [
            Guard(
                name="scene_terms_stay",
                operation=pgtrigger.Update,
                code="terms_agreed",
                message=_("已有人按这份授权书授权，文本和版本不能再改；请另开一个场景"),
                body="""
                    IF (OLD.consent_version, OLD.consent_text) IS DISTINCT FROM (NEW.consent_version, NEW.consent_text)
                        AND EXISTS (SELECT 1 FROM scenarios_consent WHERE scene_id = OLD.id) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> str:
        """Whether citizens may consent and partners report: ``ON`` or ``OFF``."""
        return "ON" if self.active else "OFF"


class PartnerQuerySet(models.QuerySet["Partner"]):
    """Partners."""

    def visible_to(self, user: Any) -> PartnerQuerySet:
        """One's own, and for staff those of their division; a citizen chooses among the active ones."""
        reach = scope(user)
        own = reach.rows(division="organisation__division", organisations=("organisation",))
        return self.filter(own | Q(active=True) if Role.CITIZEN in reach.roles else own)


class Partner(models.Model):
    """A platform that reports what its users did. ``zone`` is where its users' local days are cut."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="partner", verbose_name=_("单位"))
    name = models.CharField(_("平台名称"), max_length=60)
    zone = models.CharField(_("时区"), max_length=40, default="Asia/Shanghai")
    scenes = models.ManyToManyField(Scene, related_name="partners", verbose_name=_("场景"))
    active = models.BooleanField(_("启用"), default=True)
    joined_at = models.DateTimeField(_("接入"), default=clock.now)

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("合作方")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Consents."""

    def visible_to(self, user: Any) -> ConsentQuerySet:
        """One's own, and for staff those of their division."""
        return self.filter(
            scope(user).rows(division="citizen__division") | Q(citizen__user_id=getattr(user, "pk", None))
        )

    def open(self) -> ConsentQuerySet:
        """Those not withdrawn."""
        return self.filter(withdrawn_at=None)


class Consent(models.Model):
    """A citizen lets a partner report one scene, by one version of the text, from an instant on until withdrawn."""

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="consents", verbose_name=_("账户"))
    scene = models.ForeignKey(Scene, models.PROTECT, verbose_name=_("场景"))
    partner = models.ForeignKey(Partner, models.PROTECT, verbose_name=_("合作方"))
    version = models.CharField(_("授权书版本"), max_length=20)
    text_digest = models.CharField(_("授权书摘要"), max_length=64)
    granted_at = models.DateTimeField(_("授权"), default=clock.now)
    covers_from = models.DateTimeField(_("覆盖自"))
    withdrawn_at = models.DateTimeField(_("撤回"), null=True, blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("授权")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="consent_one_open",
                fields=["citizen", "scene", "partner"],
                condition=Q(withdrawn_at=None),
                violation_error_code="consent_given",
                violation_error_message=_("这个场景已经授权给这家平台"),
            ),
            models.CheckConstraint(
                name="consent_ends_after_start",
                condition=Q(covers_from__lte=F("granted_at"))
                & (Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("granted_at"))),
                violation_error_code="consent_period",
                violation_error_message=_("授权的时间前后颠倒"),
            ),
        ]
        triggers = [
            AppendOnly(name="consent_stays", may_change=["withdrawn_at"]),
            Once(name="consent_withdrawn_once", field="withdrawn_at"),
            Guard(
                name="consent_history_where_allowed",
                operation=pgtrigger.Insert,
                code="no_history",
                message=_("这个场景的授权不能追溯以前的骑行"),
                body="""
                    IF NEW.covers_from < NEW.granted_at AND NOT (
                        SELECT history_allowed FROM scenarios_scene WHERE id = NEW.scene_id) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.citizen} {self.scene} {self.partner}"


class Binding(models.Model):
    """A code that a citizen takes from here to a partner once, so that the partner learns no name and no phone number."""

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="+", verbose_name=_("账户"))
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="+", verbose_name=_("合作方"))
    code_blind = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(_("有效至"))
    used_at = models.DateTimeField(_("使用"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("绑定码")
        triggers = [
            AppendOnly(name="binding_stays", may_change=["used_at"]),
            Once(name="binding_used_once", field="used_at", code="code_used", message=_("这个绑定码已经用过")),
        ]


class PartnerLink(models.Model):
    """A partner's own number of a user and the citizen behind it: pairwise, so two partners cannot join their data."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="links", verbose_name=_("合作方"))
    subject = models.CharField(_("合作方用户号"), max_length=80)
    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="links", verbose_name=_("账户"))
    linked_at = models.DateTimeField(_("绑定"), default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = _("绑定")
        constraints = [
            models.UniqueConstraint(
                name="partner_link_subject_once",
                fields=["partner", "subject"],
                violation_error_code="subject_linked",
                violation_error_message=_("这个用户号已经绑定了一个账户"),
            ),
            models.UniqueConstraint(
                name="partner_link_citizen_once",
                fields=["partner", "citizen"],
                violation_error_code="citizen_linked",
                violation_error_message=_("这个账户在这家平台已经绑定了一个用户号"),
            ),
        ]
        triggers = [AppendOnly(name="partner_link_append_only")]
