"""The bureau's desks on applications and claims."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, ReadOnly
from kernel import clock
from kernel.quantities import tonnes_exact
from kernel.workdays import Calendar
from office.desk import CaseDesk
from office.models import Objection
from projects.models import MonitoringPeriod, Project
from projects.services import gaps, periods, reviews
from projects.states import PeriodState, ProjectState

_P, _R = ProjectState, PeriodState
REGISTRATION_WORKDAYS = 15  # the portal's own length (domain §1.5)


class AcceptanceDeskRow(Project):
    """An application waiting for acceptance."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("受理台")


class ReviewDeskRow(Project):
    """An accepted application waiting for review."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("审核台")


class RegistrationDeskRow(Project):
    """A project on notice, waiting for registration."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("登记台")


class ObjectedDeskRow(Project):
    """A project on notice against which an objection was upheld."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("异议成立待处理")


class ClaimDeskRow(MonitoringPeriod):
    """A reduction claim waiting for the reviewer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("签发审核台")


class ProjectDesk(CaseDesk):
    """What all desks on applications show: nearest deadline first."""

    list_display = ("name", "owner", "badge_of", "acceptance_no", "time_left", "division")
    list_select_related = ("owner", "division", "profile")
    ordering = ("due_on", "pk")
    search_fields = ("name", "acceptance_no", "owner__name")
    fields = (
        ("name", "state"),
        ("owner", "division"),
        ("profile", "method"),
        ("location", "meter_no"),
        "description",
        ("scene", "capacity_kw", "commissioned_on"),
        ("crediting_from", "crediting_to"),
        ("unique_elsewhere", "truth_promised"),
        ("submitted_by", "confirmed_by", "submitted_at"),
        ("accepted_by", "accepted_at", "acceptance_no"),
        ("approved_by", "notice", "due_on"),
    )

    def limit_of(self, obj: Project, days: Calendar) -> tuple[date | None, int | None]:
        """The application's own last day; registration counts from the end of the notice."""
        profile = obj.profile
        if obj.state == _P.PUBLIC_NOTICE and obj.due_on is not None:
            return days.add_workdays(obj.due_on, REGISTRATION_WORKDAYS), REGISTRATION_WORKDAYS
        total = {_P.SUBMITTED: profile.acceptance_workdays, _P.ACCEPTED: profile.review_workdays}
        return obj.due_on, total.get(_P(obj.state))


@admin.register(AcceptanceDeskRow)
class AcceptanceDesk(ProjectDesk):
    """The officer's desk: accept, ask for correction, do not accept."""

    turn = 10

    buttons = (
        Button(reviews.accept, _("受理"), (_P.SUBMITTED,)),
        Button(reviews.ask_correction, _("一次性告知补正"), (_P.SUBMITTED,), needs_reason=True),
        Button(reviews.refuse_acceptance, _("不予受理"), (_P.SUBMITTED,), needs_reason=True, harm=True),
    )


@admin.register(ReviewDeskRow)
class ReviewDesk(ProjectDesk):
    """The reviewer's desk: approve and publish, reject."""

    turn = 11

    buttons = (
        Button(reviews.approve, _("通过并公示"), (_P.ACCEPTED,)),
        Button(reviews.reject, _("不通过"), (_P.ACCEPTED,), needs_reason=True, harm=True),
    )


@admin.register(RegistrationDeskRow)
class RegistrationDesk(ProjectDesk):
    """The registrar's desk: register after the notice, revoke by decision. Only what may be registered waits."""

    turn, waits = 12, (_P.PUBLIC_NOTICE,)

    buttons = (
        Button(reviews.register, _("登记"), (_P.PUBLIC_NOTICE,)),
        Button(reviews.revoke, _("撤销登记"), (_P.REGISTERED,), needs_reason=True, harm=True),
    )

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Those whose notice is over."""
        return super().waiting(request).filter(notice__ends_on__lt=clock.today())


@admin.register(ObjectedDeskRow)
class ObjectedDesk(ProjectDesk):
    """What an upheld objection leaves to the reviewer: the project is not registered."""

    buttons = (Button(reviews.reject, _("不通过"), (_P.PUBLIC_NOTICE,), needs_reason=True, harm=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those with an upheld objection."""
        upheld = Objection.objects.upheld().values("notice")
        return super().get_queryset(request).filter(notice__in=upheld)


class ClaimFields(CaseDesk):
    """What desks on claims show. A decision takes fifteen working days at most (domain §1.5)."""

    workdays = 15

    list_display = ("project", "starts_on", "ends_on", "badge_of", "claimed", "verified", "verifier")
    list_select_related = ("project", "verifier")
    ordering = ("pk",)
    search_fields = ("project__name",)
    fields = (
        ("project", "state"),
        ("starts_on", "ends_on", "vintage"),
        ("claimed", "verified"),
        ("claim", "series", "missing"),
        ("verifier", "verified_by", "verified_at"),
        ("applied_by", "confirmed_by", "approved_by"),
    )
    readonly_fields = ("claimed", "verified", "missing")

    @admin.display(description=_("缺失时段"), empty_value="—")
    def missing(self, period: MonitoringPeriod) -> str | None:
        """What the meter's file lacks, by month."""
        return gaps.said(period.gaps) or None

    @admin.display(description=_("申报减排量 t"), ordering="claimed_mg", empty_value="—")
    def claimed(self, period: MonitoringPeriod) -> str | None:
        """Tonnes with all nine decimals: milligrams are for computing."""
        return None if period.claimed_mg is None else tonnes_exact(period.claimed_mg)

    @admin.display(description=_("核证减排量 t"), ordering="verified_mg", empty_value="—")
    def verified(self, period: MonitoringPeriod) -> str | None:
        """Tonnes with all nine decimals."""
        return None if period.verified_mg is None else tonnes_exact(period.verified_mg)


@admin.register(ClaimDeskRow)
class ClaimDesk(ClaimFields):
    """The reviewer's desk on claims: approve, give back."""

    turn = 13

    buttons = (
        Button(periods.approve_issue, _("同意签发"), (_R.APPLIED,)),
        Button(periods.return_issue, _("退回"), (_R.APPLIED,), needs_reason=True),
    )


@admin.register(Project)
class ProjectAdmin(ReadOnly):
    """All projects in scope, to look at."""

    list_display = ("project_no", "name", "owner", "state", "division", "registered_at")
    list_select_related = ("owner", "division")
    list_filter = ("state",)
    search_fields = ("name", "project_no", "acceptance_no", "owner__name")


@admin.register(MonitoringPeriod)
class PeriodAdmin(ReadOnly):
    """All claims in scope, to look at."""

    list_display = ("project", "starts_on", "ends_on", "state", "verified_mg", "issued_t", "carry_mg")
    list_select_related = ("project",)
    list_filter = ("state", "vintage")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Every field."""
        return tuple(field.name for field in self.opts.fields)
