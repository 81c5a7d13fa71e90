"""A desk on cases: what the office adds to a desk, because it knows the working-day calendar."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk
from kernel import clock
from kernel.workdays import Calendar
from office.services.calendar import calendar
from office.worklist import clock_of


class CaseDesk(Desk):
    """A desk whose rows have a clock."""

    @admin.display(description=_("时限"), ordering="due_on", empty_value="—")
    def time_left(self, obj: Any) -> SafeString | None:
        """The clock of one row, for the page that confirms a verb."""
        return self._time_left(obj, calendar())

    def get_list_display(self, request: HttpRequest) -> Any:
        """Read the calendar once for a whole list."""
        days = calendar()

        @admin.display(description=_("时限"), ordering="due_on", empty_value="—")
        def time_left(obj: Any) -> SafeString | None:
            return self._time_left(obj, days)

        return [time_left if name == "time_left" else name for name in super().get_list_display(request)]

    def _time_left(self, obj: Any, days: Calendar) -> SafeString | None:
        found = clock_of(self, obj, today=clock.today(), days=days)
        return render_to_string("admin/limit.html", {"limit": found}) if found is not None else None
