"""Desks of work that begins away from the desk: paper at the counter, visits on site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import Button, Desk, badge, may
from office.workdesks import STANDS, Asking
from projects.models import CounterEntry, SiteVisit
from projects.services import counter, visits
from projects.states import ProjectState, VisitState


class CounterDeskRow(CounterEntry):
    """A paper that was entered at the counter."""

    state = STANDS

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("代录台")


@admin.register(CounterDeskRow)
class CounterDesk(Asking):
    """What came on paper; a new one is entered on the owner's form, and a correction too when one was asked for."""

    turn = 9
    buttons = (Button(counter.correct_for_owner, gettext_lazy("代录补正"), (STANDS,)),)
    list_display = ("__str__", "case_state", "signed_by", "signed_on", "entered_by", "entered_on")
    list_select_related = ("project", "entered_by")
    list_before_template = "admin/counter_link.html"
    search_fields = ("project__name", "project__owner__name", "signed_by")
    fields = (("project", "scan"), ("signed_by", "signed_on"), ("entered_by", "entered_for"), "entered_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        """All in scope."""
        return self._all(request)

    @admin.display(description=gettext_lazy("申请的状态"))
    def case_state(self, obj: CounterEntry) -> str:
        """Where the case is now."""
        return badge(obj.project.badge, obj.project.get_state_display())

    def _presses(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        shown = [{"label": _("收件回执"), "harm": False, "url": reverse("counter-receipt", args=[obj.pk])}]
        if obj.project.state == ProjectState.CORRECTION and may(request, "projects.correct_for_owner"):
            url = reverse("counter-correct", args=[obj.project_id])
            shown.insert(0, {"label": _("代录补正"), "harm": False, "url": url})
        return shown

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """A correction is entered on the owner's form."""
        row = self.get_object(request, str(pk))
        return redirect("counter-correct", pk=row.project_id) if row is not None else redirect(self.back)


class VisitDeskRow(SiteVisit):
    """A visit that waits for the other officer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("现场核实台")


@admin.register(VisitDeskRow)
class VisitDesk(Desk):
    """Visits that wait for the officer who was there too, and the way to the phone's page."""

    turn, workdays = 14, 3
    change_form_template = "admin/visit.html"
    list_before_template = "admin/visit_link.html"
    buttons = (
        Button(visits.confirm_visit, gettext_lazy("确认属实"), (VisitState.WAITING,)),
        Button(visits.dispute_visit, gettext_lazy("不同意"), (VisitState.WAITING,), needs_reason=True, harm=True),
    )
    list_display = ("number", "project", "badge_of", "visited_at", "visited_by", "second", "result")
    list_select_related = ("project", "visited_by", "second")
    ordering = ("pk",)
    search_fields = ("number", "project__name")
    fields = (("number", "state"), ("project", "visited_at"), ("visited_by", "second"))

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that wait for the person: nobody else can confirm them."""
        return super().waiting(request).filter(second=request.user)

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Add what was found, with the photos."""
        return {**super().beside(request, obj), "visits": with_photos(SiteVisit.objects.filter(pk=obj.pk))}


def with_photos(rows: QuerySet[SiteVisit]) -> QuerySet[SiteVisit]:
    """Return visits with everything that a page shows of them."""
    people = ("visited_by", "second", "confirmed_by")
    return rows.select_related(*people).prefetch_related("photos__kept").order_by("pk")
