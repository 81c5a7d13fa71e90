"""The desk: a proxy model with its own admin class. It lists the rows of one role and offers that role's verbs.

A desk never writes a field: every change is a verb, confirmed on one page with the row and a written reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar, NamedTuple, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field, label_for_field, lookup_field
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from accounts.keys import posted_key
from accounts.models import Event
from accounts.scope import Acting
from accounts.searching import holding
from accounts.visitor import grants_now, is_staff, may, roles_now
from accounts.workflow import RuleViolation, Unavailable, sentence
from kernel.workdays import Calendar

__all__ = ["Button", "Desk", "ReadOnly", "badge", "grants_now", "is_staff", "may", "roles_now"]


class Button(NamedTuple):
    """A verb on a desk: its function, its words, the states it can be pressed in, and whether a reason must be written."""

    function: Callable[..., Any]
    label: Any
    states: tuple[str, ...]
    needs_reason: bool = False
    keyed: bool = False
    harm: bool = False

    @property
    def name(self) -> str:
        """The verb as the roles name it, ``app.action``."""
        return self.function.verb_name  # type: ignore[attr-defined]

    @property
    def slug(self) -> str:
        """The last part of the verb, for the address."""
        return self.name.split(".")[1]


def badge(tone: str, words: Any) -> str:
    """Return one of the nine badges (design language §9.1); the sheet of the desks draws its glyph."""
    return format_html('<span class="desk-badge {}">{}</span>', tone, words)


class ReadOnly(ModelAdmin):
    """A table people may look at in the admin; nobody adds, changes or deletes a row here."""

    list_per_page = 50
    show_full_result_count = False
    actions = None
    search_help_text = gettext_lazy("输入名称或编号，按回车查找")
    change_list_template = "admin/list.html"
    needs: ClassVar[str] = ""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff, and where a desk names a verb, those who have it; an auditor looks at all of them."""
        return is_staff(request) and (not self.needs or may(request, self.needs, "accounts.read_everything"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the desk to those who may look at it."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only what the person may see."""
        rows = super().get_queryset(request)
        manager: Any = getattr(self.model, "objects", None)
        return manager.visible_to(self.acting(request)) if hasattr(manager, "visible_to") else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Want every word somewhere in the fields; ``=pk`` and the like are left to the admin."""
        fields = [str(field) for field in self.get_search_fields(request)]
        if not fields or any(field[0] in "=^@" for field in fields):
            return super().get_search_results(request, queryset, search_term)
        for word in search_term.split():
            queryset = queryset.filter(holding(self.model, fields, word))
        return queryset, False

    def acting(self, request: HttpRequest) -> Acting:
        """The visitor in all roles in force, asked for once a request."""
        return Acting(request.user, among=grants_now(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, with the way to take it away as a file for those who may."""
        takes = may(request, "office.export_list")
        return super().changelist_view(request, {"takes_away": takes, **(extra_context or {})})


class Desk(ReadOnly):
    """A list of rows in certain states with the verbs of one role.

    ``waits`` are the states in which a row waits for somebody here, and so stands on "my work": all states of the buttons unless
    said otherwise, none for a desk over things that merely stand. ``workdays`` is how long a row may wait, ``turn`` the desk's
    place in the order of the work. ``told`` is what the page of a verb says of the row, where that is more than the list has room for.
    """

    buttons: ClassVar[tuple[Button, ...]] = ()
    waits: ClassVar[tuple[str, ...] | None] = None
    workdays: ClassVar[int | None] = None
    turn: ClassVar[int] = 50
    told: ClassVar[tuple[str, ...]] = ()
    change_form_template = "admin/desk_row.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows whose turn it is, within the person's scope."""
        states = {state for button in self.buttons for state in button.states}
        return super().get_queryset(request).filter(state__in=states)

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows that wait for the person; each with ``came_at``, when it came into its state."""
        states = {state for button in self.buttons if may(request, button.name) for state in button.states}
        states &= states if self.waits is None else set(self.waits)
        rows = self.get_queryset(request)
        if not hasattr(self.model, "MOVES"):
            return rows
        moved = Event.objects.filter(
            object_type=self.concrete._meta.label_lower,
            object_id=OuterRef("pk"),
            to_state=OuterRef("state"),
            outcome=Event.Outcome.DONE,
        )
        return rows.filter(state__in=states).annotate(came_at=Subquery(moved.order_by("-pk").values("business_at")[:1]))

    def limit_of(self, obj: Any, days: Calendar) -> tuple[date | None, int | None]:
        """The day a waiting row is due and its whole time in working days, where the row itself says so."""
        return getattr(obj, "due_on", None), self.workdays

    @property
    def concrete(self) -> type[Model]:
        """The table behind the desk."""
        return self.opts.concrete_model

    def acting(self, request: HttpRequest) -> Acting:
        """The visitor in those roles that have one of the desk's verbs."""
        return Acting(request.user, *(button.name for button in self.buttons), among=grants_now(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People with one of the desk's verbs."""
        return may(request, *(button.name for button in self.buttons))

    @admin.display(description=gettext_lazy("状态"), ordering="state")
    def badge_of(self, obj: Any) -> str:
        """The state as a badge: glyph, word and tone."""
        return badge(obj.badge, obj.get_state_display())

    def get_urls(self) -> list[Any]:
        """Add one address for each verb of a row."""
        view = self.admin_site.admin_view(self.press)
        name = f"{self.opts.app_label}_{self.opts.model_name}_press"
        return [path("<int:pk>/press/<slug:slug>/", view, name=name), *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the row with what belongs beside it."""
        obj = self.get_object(request, object_id or "")
        extra = self.beside(request, obj) if obj is not None else {}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    def beside(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what the page of a row shows beside its fields: its verbs and what happened so far; a desk adds its own."""
        return {"presses": self._presses(request, obj), "events": self._events(obj)}

    def _presses(self, request: HttpRequest, obj: Model) -> list[dict[str, Any]]:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_press"
        return [
            {"label": button.label, "harm": button.harm, "url": reverse(name, args=[obj.pk, button.slug])}
            for button in (self.fitted(button, obj) for button in self.buttons)
            if obj.state in button.states and may(request, button.name)  # type: ignore[attr-defined]
        ]

    @staticmethod
    def _events(obj: Model) -> QuerySet[Event]:
        label = obj._meta.concrete_model._meta.label_lower  # type: ignore[union-attr]
        return Event.objects.filter(object_type=label, object_id=obj.pk)[:50]

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask for the reason, then call the verb; a refusal is shown where the button was pressed."""
        button = next((button for button in self.buttons if button.slug == slug), None)
        obj = self.model._base_manager.filter(pk=pk).first()
        if button is None or obj is None:
            raise Http404
        button = self.fitted(button, obj)
        if request.method != "POST" and not self.get_queryset(request).filter(pk=pk).exists():
            raise Http404  # the page shows the row, so it is for those whose turn it is; a POST is for the verb to refuse
        reason, refusal = request.POST.get("reason", "").strip(), cast(Exception | None, None)
        if request.method == "POST":
            if button.needs_reason and not reason:
                refusal = RuleViolation("no_reason", gettext_lazy("请写明理由，申请人会看到原文"))
            else:
                refusal = self._call(request, button, obj, reason)
            if isinstance(refusal, PermissionDenied):
                raise refusal  # said without the row, which may be somebody else's
            if refusal is None:
                messages.success(request, _("已办理：%s") % button.label)
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return self._confirm_page(request, button, obj, reason, refusal)

    def fitted(self, button: Button, obj: Model) -> Button:
        """The button as it is for this row."""
        return button

    def confirm_context(self, request: HttpRequest, obj: Model) -> dict[str, Any]:
        """What else the page that confirms a verb shows."""
        return {}

    def _call(self, request: HttpRequest, button: Button, obj: Model, reason: str) -> Exception | None:
        concrete = obj._meta.concrete_model._base_manager.get(pk=obj.pk)  # type: ignore[union-attr]
        extra = {"key": posted_key(request.POST)} if button.keyed else {}
        try:
            button.function(concrete, by=request.user, reason=reason, **extra)
        except (RuleViolation, ValidationError, Unavailable, PermissionDenied) as refusal:
            return refusal
        return None

    def _facts(self, obj: Model) -> list[tuple[str, Any]]:
        """What is told of a row, else what the list shows of it, so that nobody decides on a bare number."""
        facts = []
        for name in (str(name) for name in self.told or self.list_display if name != "__str__"):
            field, _attr, value = lookup_field(name, obj, self)
            shown = display_for_field(value, field, "—") if field is not None else value
            facts.append((str(label_for_field(name, type(obj), self)), shown))
        return facts

    def _confirm_page(
        self, request: HttpRequest, button: Button, obj: Model, reason: str, refusal: Exception | None
    ) -> HttpResponse:
        said = sentence(refusal) if refusal else ""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": button.label,
            "object": obj,
            "facts": self._facts(obj),
            **self.confirm_context(request, obj),
            "button": button,
            "reason": reason,
            "said": said,
            "key": request.POST.get("key") or f"{self.opts.model_name}-{obj.pk}-{button.slug}",
            "back": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/confirm.html", context, status=409 if refusal else 200)
