"""The bureau's desks on applications and claims."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from accounts.context import noting
from accounts.desk import Button, ReadOnly, may
from accounts.forms import posted
from accounts.models import User
from kernel import clock
from kernel.quantities import tonnes_exact
from kernel.rules import RuleViolation
from kernel.workdays import Calendar
from office.desk import CaseDesk, Document
from office.models import Objection, Profile
from office.services import signoffs
from projects import externaldesk, fielddesks  # noqa: F401 (the lists of the one, and the other)
from projects.forms import DecisionForm, LetterForm, ReplyForm
from projects.models import CounterEntry, MonitoringPeriod, OpinionLetter, Project
from projects.services import external, gaps, letters, periods, reviews
from projects.services.counter import apart
from projects.services.decisions import Grounds, told
from projects.states import LetterState, PeriodState, ProjectState

_P, _R = ProjectState, PeriodState
AGAINST = frozenset({"refuse_acceptance", "reject", "revoke"})  # verbs whose decision needs more than a reason
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


class LetterDeskRow(OpinionLetter):
    """A letter to another bureau that waits for its reply."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("征求意见台")


class ClaimDeskRow(MonitoringPeriod):
    """A reduction claim waiting for the reviewer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("签发审核台")


class ProjectDesk(CaseDesk):
    """What all desks on applications show: nearest deadline first."""

    change_form_template = "admin/project_case.html"
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

    def profile_of(self, obj: Project) -> Profile:
        """The project's mechanism."""
        return obj.profile

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Those the person did not enter from paper: they wait for somebody else."""
        mine = CounterEntry.objects.filter(Q(entered_by=request.user) | Q(entered_for=request.user))
        return super().waiting(request).exclude(pk__in=mine.values("project"))

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Add what came on paper, and what was found on site."""
        return {
            **super().beside(request, obj),
            "visits": fielddesks.with_photos(obj.visits),
            "elsewhere": external.elsewhere(obj)[:10],
            "entries": obj.counter_entries.select_related("entered_by", "entered_for").order_by("pk"),
        }

    def _call(self, request: HttpRequest, button: Button, obj: Model, reason: str) -> Exception | None:
        if self.chained(button, obj):
            try:
                apart(Project.objects.get(pk=obj.pk), by=cast(User, request.user))
            except RuleViolation as refusal:
                return refusal
        return super()._call(request, button, obj, reason)

    def documents(self, obj: Project) -> list[Document]:
        """The method, the notice and the certificate."""
        found = [Document(str(obj.method), reverse("method", args=[obj.method.number]), str(_("方法学")))]
        if obj.notice is not None:
            found.append(Document(obj.notice.title, reverse("notice", args=[obj.notice.pk]), obj.notice.number))
        return found

    def limit_of(self, obj: Project, days: Calendar) -> tuple[date | None, int | None]:
        """The application's own last day; registration counts from the end of the notice."""
        profile = obj.profile
        if obj.state == _P.ACCEPTED and obj.due_on is not None and obj.paused_on is not None:
            stood = days.workdays_between(obj.paused_on, clock.today())
            return days.add_workdays(obj.due_on, stood), profile.review_workdays
        if obj.state == _P.PUBLIC_NOTICE and obj.due_on is not None:
            return days.add_workdays(obj.due_on, REGISTRATION_WORKDAYS), REGISTRATION_WORKDAYS
        total = {_P.SUBMITTED: profile.acceptance_workdays, _P.ACCEPTED: profile.review_workdays}
        return obj.due_on, total.get(_P(obj.state))

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """A verb against the applicant asks what its decision has to say; every other goes the usual way."""
        button = next((button for button in self.buttons if button.slug == slug and slug in AGAINST), None)
        if button is None:
            return super().press(request, pk, slug)
        row = get_object_or_404(Project, pk=pk)
        if request.method != "POST" and not self.get_queryset(request).filter(pk=pk).exists():
            raise Http404
        first = {"served_to": row.owner.legal_representative or row.owner.name, "served_on": clock.today()}
        form, by = posted(DecisionForm, request, initial=first), cast(User, request.user)
        return ask(
            self,
            request,
            form,
            lambda _fields: self._decide(button, row, by, **form.given()),
            label=self.fitted(button, row).label,
            back=reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            facts=self._facts(self.model._base_manager.get(pk=pk)),
            note=_("决定书会写明复议（60 日）和诉讼（6 个月）的途径；缺一项就不能作出。"),
            harm=True,
        )

    def _decide(self, button: Button, row: Project, by: User, *, reason: str, grounds: Grounds) -> None:
        """Call the verb; where three people are wanted, draft it with its grounds."""
        if not self.chained(button, row):
            button.function(row, by=by, reason=reason, grounds=grounds)
            return
        apart(row, by=by)
        with noting(grounds=told(grounds)):
            signoffs.draft(row, name=button.name, by=by, reason=reason)


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
        """Those whose notice is over and whose objections are answered."""
        over = super().waiting(request).filter(notice__ends_on__lt=clock.today())
        return over.exclude(notice__in=Objection.objects.open().values("notice"))


@admin.register(ObjectedDeskRow)
class ObjectedDesk(ProjectDesk):
    """What an upheld objection leaves to the reviewer: the project is not registered."""

    turn = 15

    buttons = (Button(reviews.reject, _("不通过"), (_P.PUBLIC_NOTICE,), needs_reason=True, harm=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those with an upheld objection."""
        upheld = Objection.objects.upheld().values("notice")
        return super().get_queryset(request).filter(notice__in=upheld)


@admin.register(LetterDeskRow)
class LetterDesk(CaseDesk):
    """Letters that wait, nearest deadline first: ask, write down the reply, go on without one."""

    turn = 16

    buttons = (
        Button(letters.record_opinion, _("登记复函"), (LetterState.WAITING,)),
        Button(letters.lapse_opinion, _("逾期未复，继续审核"), (LetterState.WAITING,), needs_reason=True),
    )
    list_display = ("number", "project", "addressee", "badge_of", "sent_on", "time_left")
    list_select_related = ("project",)
    ordering = ("due_on", "pk")
    search_fields = ("number", "addressee", "project__name")
    fields = (("number", "state"), ("project", "addressee"), "question", ("sent_on", "due_on", "sent_by"))

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Whoever may ask."""
        return may(request, "projects.ask_opinion")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for the case, the bureau and the question, then send the letter."""
        if not self.has_add_permission(request):
            raise PermissionDenied(_("您没有办理这件事的权限，请联系单位管理员"))
        cases = Project.objects.visible_to(request.user).filter(state=_P.ACCEPTED)
        form = posted(LetterForm, request, cases=cases, initial={"project": request.GET.get("project")})
        by, back = cast(User, request.user), reverse("admin:projects_letterdeskrow_changelist")
        return ask(
            self,
            request,
            form,
            lambda fields: letters.ask_opinion(fields.pop("project"), by=by, **fields),
            label=_("发出征求意见函"),
            back=back,
            note=_("发函当天起计时暂停；最后一件复函登记后，办结期限按暂停的工作日顺延。"),
        )

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask for the reply and its paper; the other verb goes the usual way."""
        if slug != "record_opinion":
            return super().press(request, pk, slug)
        row = get_object_or_404(OpinionLetter, pk=pk)
        if request.method != "POST" and not self.get_queryset(request).filter(pk=pk).exists():
            raise Http404
        by, back = cast(User, request.user), reverse("admin:projects_letterdeskrow_changelist")
        return ask(
            self,
            request,
            posted(ReplyForm, request),
            lambda fields: letters.record_opinion(row, by=by, **fields),
            label=_("登记复函"),
            back=back,
            facts=self._facts(self.model._base_manager.get(pk=pk)),
        )


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

    def profile_of(self, period: MonitoringPeriod) -> Profile:
        """The mechanism of its project."""
        return period.project.profile

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
