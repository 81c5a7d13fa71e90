"""Visits on site (现场核实): who was there, where, what was found, with photos that say where and when they were taken.

Positions are degrees in WGS 84 with six decimals, as a phone gives them; accuracy is the radius in metres.
"""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import Attachment, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves, NotForEachOther
from kernel import clock
from projects.models.projects import Project, person
from projects.states import VISIT_BADGES, VISIT_MOVES, VisitState

_TRANSACTION = Cast(Cast(Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())
_ON_EARTH = Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180)


class Source(models.TextChoices):
    """Where a position or a time comes from."""

    EXIF = "EXIF", _("照片自带")
    PHONE = "PHONE", _("手机当时")
    TYPED = "TYPED", _("手工填写")


class Result(models.TextChoices):
    """What a visit came to."""

    AGREES = "AGREES", _("与申请一致")
    DIFFERS = "DIFFERS", _("与申请不一致")
    UNCLEAR = "UNCLEAR", _("现场无法核实")


def _degrees(label: Any) -> models.DecimalField:
    return models.DecimalField(label, max_digits=9, decimal_places=6)


class SiteVisitQuerySet(models.QuerySet["SiteVisit"]):
    """Visits."""

    def visible_to(self, user: Any) -> SiteVisitQuerySet:
        """The bureau's by the division of the case."""
        return self.filter(scope(user).rows(division="project__division"))


class SiteVisit(models.Model):
    """What two officers found on a site. One writes it down, the other confirms it or does not; after that it stays."""

    State = VisitState
    MOVES = VISIT_MOVES

    number = models.CharField(_("编号"), max_length=40, unique=True)
    project = models.ForeignKey(Project, models.PROTECT, related_name="visits", verbose_name=_("项目"))
    visited_at = models.DateTimeField(_("核实时间"))
    visited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("记录人"))
    second = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("另一名核实人员"))
    latitude = _degrees(_("纬度"))
    longitude = _degrees(_("经度"))
    accuracy_m = models.PositiveIntegerField(_("误差 m"), null=True)
    place_source = models.CharField(_("位置来源"), max_length=5, choices=Source.choices)
    findings = models.TextField(_("核实情况"))
    result = models.CharField(_("核实结论"), max_length=8, choices=Result.choices)
    state = models.CharField(_("状态"), max_length=16, choices=VisitState.choices, default=VisitState.WAITING)
    confirmed_by = person(_("确认人"))
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    disagreement = models.TextField(_("不同意的理由"), blank=True)
    received_at = models.DateTimeField(_("收到"), default=clock.now)
    txid = models.BigIntegerField(editable=False, db_default=_TRANSACTION)

    objects = SiteVisitQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("现场核实")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="visit_by_two_people",
                condition=~Q(visited_by=F("second")),
                violation_error_code="same_person",
                violation_error_message=_("现场核实要两名人员，另一名不能是本人"),
            ),
            models.CheckConstraint(
                name="visit_says_where_and_what",
                condition=_ON_EARTH & ~Q(place_source=Source.EXIF) & ~Q(findings=""),
                violation_error_code="visit_incomplete",
                violation_error_message=_("现场核实要写明位置和核实情况"),
            ),
            models.CheckConstraint(
                name="visit_ended_by_the_second",
                condition=Q(state=VisitState.WAITING, confirmed_by=None, confirmed_at=None, disagreement="")
                | (
                    Q(confirmed_by__isnull=False, confirmed_by=F("second"), confirmed_at__isnull=False)
                    & (
                        Q(state=VisitState.CONFIRMED, disagreement="")
                        | (Q(state=VisitState.DISPUTED) & ~Q(disagreement=""))
                    )
                ),
                violation_error_code="not_the_second",
                violation_error_message=_("现场核实由同去的另一名人员确认，不同意要写明理由"),
            ),
        ]
        triggers = [
            Moves(name="visit_moves", moves=VISIT_MOVES, start=[VisitState.WAITING]),
            AppendOnly(name="visit_as_recorded", may_change=("state", "confirmed_by", "confirmed_at", "disagreement")),
            Guard(
                name="visit_stays",
                operation=pgtrigger.Update,
                code="already_done",
                message=_("这份现场核实已经办结，不能再改；有变化请另做一次核实"),
                body="IF OLD.state <> 'WAITING' THEN {refuse} END IF; RETURN NEW;",
            ),
            Guard(
                name="visit_of_a_case_in_review",
                operation=pgtrigger.Insert,
                code="not_in_review",
                message=_("只有已受理、还没有登记的项目能记现场核实"),
                body="""
                    PERFORM 1 FROM projects_project WHERE id = NEW.project_id FOR SHARE;
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_project WHERE id = NEW.project_id AND state IN ('ACCEPTED', 'PUBLIC_NOTICE'))
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="visit_has_photos",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="no_photos",
                message=_("现场核实至少要有一张照片"),
                body="""
                    IF NOT EXISTS (SELECT 1 FROM projects_visitphoto WHERE visit_id = NEW.id) THEN {refuse} END IF;
                    RETURN NULL;
                """,
            ),
            NotForEachOther(
                name="visit_confirmed_for_another",
                one=("visited_by", "projects.record_visit"),
                other=("confirmed_by", "projects.confirm_visit", "projects.dispute_visit"),
                message=_("记录人和确认人要是两个人，代办视同本人"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.project}"

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return VISIT_BADGES[VisitState(self.state)]


class VisitPhoto(models.Model):
    """A photo of a visit: kept as its pixels only, with the digest of the file as the phone sent it, its position and time."""

    visit = models.ForeignKey(SiteVisit, models.PROTECT, related_name="photos", verbose_name=_("现场核实"))
    kept = models.ForeignKey(Attachment, models.PROTECT, related_name="+", verbose_name=_("照片"))
    sent_sha256 = models.CharField(_("原照片 SHA-256"), max_length=64)
    latitude = _degrees(_("纬度"))
    longitude = _degrees(_("经度"))
    accuracy_m = models.PositiveIntegerField(_("误差 m"), null=True)
    position_source = models.CharField(_("位置来源"), max_length=5, choices=Source.choices)
    taken_at = models.DateTimeField(_("拍摄时间"))
    taken_source = models.CharField(_("时间来源"), max_length=5, choices=Source.choices)

    class Meta:
        verbose_name = verbose_name_plural = _("现场照片")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                name="visit_photo_once",
                fields=["visit", "sent_sha256"],
                violation_error_code="same_photo",
                violation_error_message=_("同一张照片传了两次，请删去一张"),
            ),
            models.CheckConstraint(
                name="visit_photo_has_place",
                condition=_ON_EARTH & ~Q(position_source=Source.TYPED) & ~Q(taken_source=Source.TYPED),
                violation_error_code="no_position",
                violation_error_message=_("照片的位置和时间要来自照片或手机，不能手工填写"),
            ),
        ]
        triggers = [
            AppendOnly(name="visit_photo_append_only"),
            Guard(
                name="visit_photo_of_its_visit",
                operation=pgtrigger.Insert,
                code="visit_closed",
                message=_("照片要和现场核实一起上传，不能事后添加"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_sitevisit
                        WHERE id = NEW.visit_id AND txid = pg_current_xact_id()::text::bigint) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.kept.name
