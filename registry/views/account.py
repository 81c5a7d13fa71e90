"""The account's own page: what state it is in, what is asked of it, and the forms by which its organisation asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.content import taken_in
from accounts.keys import posted_key
from accounts.models import Organisation
from accounts.refusals import REFUSALS
from accounts.roles import ACT_FOR_ACCOUNTS
from accounts.second_factor import has_one
from accounts.services.attachments import keep_file, sent_before
from accounts.workflow import sentence
from kernel import clock
from projects.views.access import acting
from projects.views.progress import verbs_of
from registry.accountforms import ChangeForm, ClosingForm, OpeningForm, RestoringForm
from registry.models import AccountRequest, HoldingAccount
from registry.services import persons, requests
from registry.services.persons import name_for
from registry.states import OF_A_COURT, AccountState
from registry.views.alone import with_code
from scenarios.models import Citizen
from scenarios.states import CitizenState

Call = Callable[[Organisation, HoldingAccount | None, dict[str, Any], Any], AccountRequest]


def _organisation(request: HttpRequest) -> Organisation:
    organisation = acting(request).organisations(*ACT_FOR_ACCOUNTS).first()
    if organisation is None:
        raise PermissionDenied(_("您还不是任何单位的代表。请单位管理员联系我们办理授权。"))
    return organisation


def _account(organisation: Organisation) -> HoldingAccount | None:
    return HoldingAccount.objects.filter(organisation=organisation).first()


@login_required
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """State, licence and data of the account, and every matter with who has it; what waits for the visitor has its buttons."""
    user = acting(request)
    if not user.organisations(*ACT_FOR_ACCOUNTS).exists() and Citizen.objects.filter(user=user).exists():
        return redirect("account-personal")
    return _page(request)


@login_required
@require_http_methods(["GET", "POST"])
def personal(request: HttpRequest) -> HttpResponse:
    """Say what a natural person's account is, and ask for it in one's own real name."""
    user, refusal = acting(request), None
    citizen = Citizen.objects.select_related("identity").filter(user=user).first()
    if citizen is None:
        raise PermissionDenied(_("个人持有账户要用实名的公众账户申请，请先用手机号登录并完成实名。"))
    if user.organisations(*ACT_FOR_ACCOUNTS).exists():
        return redirect("account")
    if citizen.state == CitizenState.UNVERIFIED:
        messages.info(request, _("请先完成实名，再申请个人持有账户。"))
        return redirect("me-name")
    if request.method == "POST":
        try:
            persons.apply(citizen, by=user, key=posted_key(request.POST))
        except REFUSALS as refused:
            refusal = refused
        else:
            messages.success(request, _("已填好申请，还要您用动态验证码确认。"))
            return redirect("account")
    context = {"citizen": citizen, "has_one": has_one(user), "key": uuid.uuid4().hex, "refusal": refusal}
    return render(request, "registry/personal.html", context, status=409 if refusal else 200)


def _page(request: HttpRequest, refusal: Exception | None = None) -> HttpResponse:
    organisation = _organisation(request)
    row, verbs = _account(organisation), verbs_of(acting(request)).get(organisation.pk, ())
    rows = AccountRequest.objects.filter(organisation=organisation).exclude(kind__in=OF_A_COURT)
    context = {
        "organisation": organisation,
        "holder": name_for(organisation, acting(request)),
        "account": row,
        "requests": rows.select_related("decided_by")[:50],
        "verbs": verbs,
        "key": uuid.uuid4().hex,
        "expired": bool(row and row.licence_valid_until and row.licence_valid_until < clock.today()),
        "refusal": sentence(refusal) if refusal else "",
        "restricted": row is not None and row.state == AccountState.RESTRICTED,
        "closed": row is not None and row.state == AccountState.CLOSED,
    }
    return render(request, "registry/account.html", context, status=409 if refusal else 200)


def _kept(organisation: Organisation, fields: dict[str, Any], by: Any) -> dict[str, Any]:
    """Keep the licence first: what was sent is kept, also when the verb refuses."""
    file = taken_in(*fields.pop("file"))
    return fields | {"paper": sent_before(organisation, file, by=by) or keep_file(organisation, file, by=by)}


def _new(form_class: type[Form], title: Any, warning: Any, call: Call) -> Callable[[HttpRequest], HttpResponse]:
    @login_required
    @require_http_methods(["GET", "POST"])
    def view(request: HttpRequest) -> HttpResponse:
        """Ask for the matter; kept with its paper and confirmed by the checker afterwards."""
        organisation, refusal = _organisation(request), None
        row = _account(organisation)
        initial = {"key": uuid.uuid4().hex, "name": organisation.name, "contact_phone": organisation.contact_phone}
        initial |= {"legal_representative": organisation.legal_representative}
        form = form_class(request.POST or None, request.FILES or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                call(organisation, row, dict(form.cleaned_data), acting(request))
            except REFUSALS as refused:
                refusal = refused
            else:
                messages.success(request, _asked(organisation))
                return redirect("account")
        context = {
            "title": _(title), "label": _(title), "form": form, "action": request.path, "back": reverse("account"), "warning": _(warning),
            "rows": [(_("单位"), organisation.name), *([(_("账户"), row.number)] if row else [])],
            "trail": [(_("账户信息"), reverse("account"))], "refusal": refusal,
        }  # fmt: skip
        return render(request, "confirm.html", context, status=409 if refusal else 400 if form.errors else 200)

    return view


def _asked(organisation: Organisation) -> str:
    if organisation.is_person:
        return _("已发起，还要您用动态验证码确认。")
    return _("已发起，请贵单位确认代表登录确认。")


def _held(row: HoldingAccount | None) -> HoldingAccount:
    if row is None:
        raise PermissionDenied(_("您的单位还没有持有账户，请先申请开户。"))
    return row


opening = _new(
    OpeningForm, gettext_noop("申请开户"), gettext_noop("确认代表确认后，登记人员 15 个工作日内审核。一家单位只开一个账户。"),
    lambda owner, _row, fields, by: requests.apply_account(owner, by=by, **_kept(owner, fields, by)),
)  # fmt: skip
change = _new(
    ChangeForm, gettext_noop("申报信息变更"), gettext_noop("变更发生后 15 个工作日内申报；晚于期限的也收，会注明。"),
    lambda owner, row, fields, by: requests.apply_change(_held(row), by=by, **_kept(owner, fields, by)),
)  # fmt: skip
restoring = _new(
    RestoringForm, gettext_noop("申请恢复使用"), gettext_noop("附上换发的执照或整改材料，登记人员核实后恢复。"),
    lambda owner, row, fields, by: requests.apply_restoring(_held(row), by=by, **_kept(owner, fields, by)),
)  # fmt: skip
closing = _new(
    ClosingForm, gettext_noop("申请销户"), gettext_noop("账户里的减排量和在途的申请都办结以后才能销户；销户不能恢复。"),
    lambda _owner, row, fields, by: requests.apply_closing(_held(row), by=by, **fields),
)  # fmt: skip


def step(verb: Any) -> Callable[..., HttpResponse]:
    """Return the view of a button of a matter."""

    @login_required
    @require_POST
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        """Press it, and go back to the account."""
        row = get_object_or_404(AccountRequest.objects.visible_to(acting(request)), pk=pk)
        if verb is requests.confirm and row.organisation.is_person:
            return _asking_for_code(request, row)
        try:
            verb(row, by=acting(request), key=request.POST.get("key", ""))
        except REFUSALS as refused:
            return _page(request, refused)
        messages.success(request, _("已办理。"))
        return redirect("account")

    return view


def _confirmed(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("已提交，登记人员 15 个工作日内审核。"))
    return redirect("account")


def _asking_for_code(request: HttpRequest, row: AccountRequest) -> HttpResponse:
    return with_code(
        request,
        row,
        requests.confirm,
        lambda: _confirmed(request),
        key=posted_key(request.POST),
        title=_("确认并提交"),
        rows=[(_("编号"), str(row)), (_("事项"), row.get_kind_display()), (_("申请人"), row.organisation.name)],
        back=reverse("account"),
    )
