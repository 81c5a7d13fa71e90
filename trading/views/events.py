"""The organiser's events: plan, inventory with its figures, what is needed, the retirement, the certificate."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.keys import posted_key
from accounts.roles import Role
from certificates.models import Certificate
from kernel.rules import RuleViolation
from methodologies.services.quantify import document_of
from projects.views.access import acting, must_see, owner_organisation
from projects.views.progress import Action, Verbs, Words, offered, verbs_of
from projects.views.story import Told, story
from registry.models import Block, HoldingAccount, Retirement
from registry.views.public import tonnes
from trading.forms import EventForm, ItemForm, OffsetForm
from trading.models import EmissionItem, NeutralEvent
from trading.services import events, offsets
from trading.states import EventState

_E = EventState
TOLD: Told = {
    "trading.plan_event": (gettext_lazy("建立活动"), ""),
    "trading.add_item": (gettext_lazy("填报一项排放"), ""),
    "trading.remove_item": (gettext_lazy("删去一项排放"), ""),
    "trading.close_inventory": (gettext_lazy("确认代表确认核算"), ""),
    "trading.reopen_inventory": (gettext_lazy("退回核算"), "you"),
    "trading.retire_for_event": (gettext_lazy("为活动发起注销"), ""),
    "trading.resume_event": (gettext_lazy("注销没有办成，待重新抵消"), "you"),
    "trading.declare_neutral": (gettext_lazy("已足额注销，实现碳中和"), ""),
    "trading.cancel_event": (gettext_lazy("取消活动"), ""),
}
_MAKER, _CHECKER = gettext_lazy("贵单位 发起代表"), gettext_lazy("贵单位 确认代表")
_CANCEL = Action("trading.cancel_event", gettext_lazy("取消活动"), "event-cancel", posts=False, style="plain")
BUTTONS: dict[str, tuple[Action, ...]] = {
    _E.PLANNED: (Action("trading.close_inventory", gettext_lazy("确认核算"), "event-close"), _CANCEL),
    _E.INVENTORIED: (
        Action("trading.retire_for_event", gettext_lazy("注销减排量，抵消排放"), "event-retire", posts=False),
        Action("trading.reopen_inventory", gettext_lazy("退回核算"), "event-reopen", posts=False, style="plain"),
        _CANCEL,
    ),
}


def turn(event: NeutralEvent, counted: bool) -> Words:
    """Return who has the event; an inventory with nothing in it is the maker's."""
    return {
        _E.PLANNED: _CHECKER if counted else _MAKER,
        _E.INVENTORIED: _MAKER,
        _E.OFFSETTING: gettext_lazy("注销的确认代表和登记人员"),
    }.get(_E(event.state), gettext_lazy("办完了"))


def actions(event: NeutralEvent, verbs: Verbs) -> list[Action]:
    """Return the buttons that the verbs of a person give on an event now."""
    held = verbs.get(event.organiser_id, ())
    return [action for action in BUTTONS.get(event.state, ()) if action.verb in held]


@login_required
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The events of one's organisations."""
    user = acting(request)
    organisations = user.organisations(Role.MAKER, Role.CHECKER)
    if not organisations:
        raise PermissionDenied(_("您还不是任何单位的代表。请单位管理员联系我们办理授权。"))
    counted, verbs = EmissionItem.objects.filter(event=OuterRef("pk")), verbs_of(user)
    rows = NeutralEvent.objects.filter(organiser__in=organisations).annotate(counted=Exists(counted))[:100]
    lines = [
        {
            "event": row,
            "turn": turn(row, row.counted),
            "mine": any(action.style == "" for action in actions(row, verbs)),
        }
        for row in rows
    ]
    context = {
        "lines": sorted(lines, key=lambda line: not line["mine"]),
        "organisations": organisations,
        "may_plan": user.organisations(Role.MAKER).exists(),
    }
    return render(request, "trading/events.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Plan an event."""
    user = acting(request)
    organiser = owner_organisation(user)
    form = EventForm(request.POST or None, initial={"key": uuid.uuid4().hex})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            event = events.plan(organiser, by=user, **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已建立，请填报排放清单。"))
            return redirect("event", pk=event.pk)
    return _form_page(
        request,
        form,
        refusal,
        title=_("建立碳中和活动"),
        rows=[(_("主办单位"), organiser.name)],
        warning=_("名称、时间、地点和边界建立后不能再改。"),
        back=reverse("events"),
        trail=[],
    )


def _form_page(
    request: HttpRequest, form: Any, refusal: RuleViolation | None, *, title: str, back: str, **more: Any
) -> HttpResponse:
    trail = [(_("活动碳中和"), reverse("events")), *more.pop("trail")]
    context = {
        "title": title,
        "label": title,
        "form": form,
        "action": request.path,
        "back": back,
        "trail": trail,
        "refusal": refusal,
        **more,
    }
    return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)


def page(request: HttpRequest, event: NeutralEvent, refusal: RuleViolation | None = None) -> HttpResponse:
    """Show an event to its organiser and the bureau."""
    must_see(request, event)
    user, items = acting(request), list(event.items.select_related("method"))
    verbs = verbs_of(user)
    buttons = actions(event, verbs)
    writes = event.state == _E.PLANNED and "trading.add_item" in verbs.get(event.organiser_id, ())
    account = HoldingAccount.objects.filter(organisation=event.organiser).first()
    held = Block.objects.open().filter(holder=account) if account else Block.objects.none()
    own = user.organisations().filter(pk=event.organiser_id).exists()
    context = {
        "event": event,
        "items": items,
        "sum_mg": sum(item.emission_mg for item in items),
        "turn": turn(event, bool(items)),
        **offered(buttons),
        "methods": events.counting_methods() if writes else [],
        "available_t": tonnes(held)["available"],
        "orders": Retirement.objects.filter(for_events__event=event).order_by("-pk"),
        "offsets": event.offsets.select_related("block__series__project", "block__batch__series"),
        "certificate": Certificate.objects.for_subject(event).first(),
        "story": story(event, TOLD),
        "trail": [(_("活动碳中和"), reverse("events"))] if own else [],
        "refusal": refusal,
    }
    return render(request, "trading/event.html", context, status=409 if refusal else 200)


@login_required
@require_GET
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an event."""
    return page(request, get_object_or_404(NeutralEvent, pk=pk))


@login_required
@require_http_methods(["GET", "POST"])
def add_item(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """Add a line by one method's document; the figure stands on the event's page."""
    row = get_object_or_404(NeutralEvent, pk=pk)
    method = next((one for one in events.counting_methods() if one.number == number), None)
    if method is None:
        raise Http404
    form = ItemForm(request.POST or None, document=document_of(method), initial={"key": uuid.uuid4().hex})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            events.add_item(row, method=method, by=acting(request), **form.fields_for_verb())
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已填报，排放量见清单。"))
            return redirect("event", pk=pk)
    must_see(request, row)
    back = reverse("event", args=[pk])
    return _form_page(
        request,
        form,
        refusal,
        title=_("填报一项排放"),
        rows=[(_("活动"), row.name), (_("方法学"), str(method))],
        back=back,
        trail=[(row.name, back)],
    )


@login_required
@require_POST
def remove_item(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Take a line out."""
    row = get_object_or_404(EmissionItem, pk=item, event=pk)
    try:
        events.remove_item(row, by=acting(request), key=posted_key(request.POST))
    except RuleViolation as refused:
        return page(request, row.event, refused)
    messages.success(request, _("已删去。"))
    return redirect("event", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask to retire units for the event; checker and registrar follow."""
    row = get_object_or_404(NeutralEvent, pk=pk)
    account = HoldingAccount.objects.filter(organisation=row.organiser).first()
    if account is None:
        raise PermissionDenied(_("您的单位还没有持有账户，请联系登记人员开户。"))
    initial = {"key": uuid.uuid4().hex, "quantity_t": row.needed_t}
    form = OffsetForm(request.POST or None, account=account, initial=initial)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            offsets.retire(row, by=acting(request), **form.cleaned_data)
        except RuleViolation as refused:
            refusal = refused
        else:
            messages.success(request, _("已发起，请贵单位确认代表登录确认。"))
            return redirect("event", pk=pk)
    must_see(request, row)
    back = reverse("event", args=[pk])
    available = tonnes(Block.objects.open().filter(holder=account))["available"]
    return _form_page(
        request,
        form,
        refusal,
        title=_("注销减排量，抵消排放"),
        rows=[
            (_("活动"), row.name),
            (_("应注销"), f"{row.needed_t or 0:,} t"),
            (_("账户"), str(account)),
            (_("可用"), f"{available:,} t"),
        ],
        warning=_("审批后这些减排量不能恢复，也不能再转让。"),
        back=back,
        trail=[(row.name, back)],
    )
