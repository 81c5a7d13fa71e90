"""Desks of work that begins away from the desk: paper at the counter."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import Button, badge, may
from office.workdesks import STANDS, Asking
from projects.models import CounterEntry
from projects.services import counter
from projects.states import ProjectState


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
