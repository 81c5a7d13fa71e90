"""A desk on cases: what the office adds to a desk, because it knows the calendar, who has a case in hand, phrases and the chain."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.desk import Button, Desk
from accounts.refusals import REFUSALS
from accounts.workflow import RuleViolation, sentence
from kernel import clock
from kernel.workdays import Calendar
from office.models import Phrase, Profile, SavedFilter, SignOff
from office.services import hands, phrases, signoffs
from office.services.calendar import calendar
from office.states import SIGN_OPEN
from office.worklist import clock_of

HIDDEN = {"p", "o", "_popup"}  # of an address: page and order are no filter


class Document(NamedTuple):
    """A paper of a case: what it is called, where it is read, what is said of it."""

    title: str
    url: str
    about: str = ""


class CaseDesk(Desk):
    """A desk whose rows are cases: with a clock, papers, an officer who has it in hand, and a chain where the profile wants one."""

    change_form_template = "admin/case.html"
    list_before_template = "admin/filters.html"

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """The cases that wait here; one that is drafted waits on the sign-off desk instead."""
        drafted = SignOff.objects.filter(object_type=self.concrete._meta.label_lower, state__in=SIGN_OPEN)
        return super().waiting(request).exclude(pk__in=drafted.values("object_id"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Two facts in a row at most: the opinion stands beside them on a small screen."""
        rows = (row if isinstance(row, list | tuple) else (row,) for row in super().get_fields(request, obj))
        return [tuple(row[at : at + 2]) for row in rows for at in range(0, len(row), 2)]

    def profile_of(self, obj: Any) -> Profile | None:
        """The mechanism profile of a case; None where no profile says anything."""
        return None

    def documents(self, obj: Any) -> list[Document]:
        """The papers of a case."""
        return []

    def chained(self, button: Button, obj: Any) -> bool:
        """Tell whether a button only drafts, because the profile wants three people."""
        profile = self.profile_of(obj)
        return profile is not None and signoffs.needs_chain(profile, button.name)

    def fitted(self, button: Button, obj: Model) -> Button:
        """Where three people are wanted the button drafts, and a draft needs its opinion."""
        if not self.chained(button, obj):
            return button
        return button._replace(label=_("拟办：%s") % button.label, needs_reason=True)

    def _call(self, request: HttpRequest, button: Button, obj: Model, reason: str) -> Exception | None:
        if not self.chained(button, obj):
            return super()._call(request, button, obj, reason)
        concrete = self.concrete._base_manager.get(pk=obj.pk)
        try:
            signoffs.draft(concrete, name=button.name, by=request.user, reason=reason)  # type: ignore[arg-type]
        except (*REFUSALS, PermissionDenied) as refusal:
            return refusal
        return None

    def confirm_context(self, request: HttpRequest, obj: Model) -> dict[str, Any]:
        """Phrases stand beside the field they are put into."""
        return {"phrases": Phrase.objects.visible_to(request.user)}

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """The case with its clock, papers, hand and chain."""
        return {
            **super().beside(request, obj),
            "case": obj,
            "limit": clock_of(self, obj, today=clock.today(), days=calendar()),
            "documents": self.documents(obj),
            "hand": hands.of_case(obj),
            "chain": signoffs.of_case(obj) if self.concrete is not SignOff else None,
            "give": self._address("assign", obj.pk) if hasattr(obj, "division") else "",
            **self.confirm_context(request, obj),
        }

    @admin.display(description=gettext_lazy("时限"), ordering="due_on", empty_value="—")
    def time_left(self, obj: Any) -> SafeString | None:
        """The clock of one row, for the page that confirms a verb."""
        return self._time_left(obj, calendar())

    def get_list_display(self, request: HttpRequest) -> Any:
        """Read the calendar once for a whole list."""
        days = calendar()

        @admin.display(description=gettext_lazy("时限"), ordering="due_on", empty_value="—")
        def time_left(obj: Any) -> SafeString | None:
            return self._time_left(obj, days)

        return [time_left if name == "time_left" else name for name in super().get_list_display(request)]

    def _time_left(self, obj: Any, days: Calendar) -> SafeString | None:
        found = clock_of(self, obj, today=clock.today(), days=days)
        return render_to_string("admin/limit.html", {"limit": found}) if found is not None else None

    def _address(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def get_urls(self) -> list[Any]:
        """Add the pages that give a case on and keep a filter."""
        name, wrap = f"{self.opts.app_label}_{self.opts.model_name}", self.admin_site.admin_view
        mine = [
            path("<int:pk>/assign/", wrap(self.assign), name=f"{name}_assign"),
            path("filters/", wrap(self.keep_filter), name=f"{name}_filters"),
        ]
        return [*mine, *super().get_urls()]

    def assign(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask who is to have the case in hand, then give it."""
        obj = self.get_queryset(request).filter(pk=pk).first()
        if obj is None or not hasattr(obj, "division"):
            raise Http404
        people, said = hands.colleagues(obj.division), ""
        if request.method == "POST":
            to = people.filter(pk=request.POST.get("to") or 0).first()
            reason = request.POST.get("reason", "")
            try:
                if to is None:
                    raise RuleViolation("other_office", gettext_lazy("只能交给同一辖区（或上级）在岗的人员"))
                hands.assign(self.concrete._base_manager.get(pk=pk), to=to, by=request.user, reason=reason)  # type: ignore[arg-type]
            except REFUSALS as refusal:
                said = sentence(refusal)
            else:
                messages.success(request, _("已交给%s") % to.full_name)
                return redirect(self._address("change", pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("分派"),
            "object": obj,
            "people": people,
            "said": said,
            "back": self._address("change", pk),
            **self.confirm_context(request, obj),
        }
        return TemplateResponse(request, "admin/assign.html", context, status=409 if said else 200)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the filters the person keeps for this desk."""
        kept = SavedFilter.objects.visible_to(request.user).filter(desk=self.opts.label_lower)
        now = QueryDict(mutable=True)
        for name, values in request.GET.lists():
            if name not in HIDDEN and any(values):
                now.setlist(name, values)
        extra = {"kept_filters": kept, "filter_now": now.urlencode(), "filters_url": self._address("filters")}
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def keep_filter(self, request: HttpRequest) -> HttpResponse:
        """Keep the look the person has now, or take one away."""
        back = self._address("changelist")
        if request.method != "POST":
            return redirect(back)
        query, by = request.POST.get("query", ""), request.user
        try:
            if "drop" in request.POST:
                row = SavedFilter.objects.visible_to(by).filter(pk=request.POST["drop"] or 0).first()
                if row is not None:
                    phrases.drop_filter(row, by=by)  # type: ignore[arg-type]
            else:
                desk, title = self.opts.label_lower, request.POST.get("title", "")
                phrases.save_filter(desk=desk, title=title, query=query, by=by)  # type: ignore[arg-type]
        except REFUSALS as refusal:
            messages.error(request, sentence(refusal))
        return redirect(f"{back}?{QueryDict(query).urlencode()}" if query else back)
