"""A person's own messages and how they come, as pages: the same in the frame of owners, of citizens and of the office."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.context import caller
from accounts.forms import AskedForm, posted
from accounts.models import Reach, SmsCode, User
from accounts.services.codes import send_code
from accounts.services.reach import choose_channels, phone_of, reaches, set_address
from kernel.identifiers import mask_phone
from kernel.rules import RuleViolation
from office.models import Message
from office.services.messages import mark_read

A_PAGE = 20
STILL_GOOD = {"too_soon", "bad_code"}  # the code sent before can be typed


class Frame(NamedTuple):
    """Where the pages stand: their two templates, the names of their two addresses, and what the frame wants to know."""

    listed: str
    chosen: str
    inbox: str
    settings: str
    more: dict[str, Any]


SITE = Frame("office/inbox.html", "office/inbox_settings.html", "inbox", "inbox-settings", {})


def unread(user: User) -> int:
    """Return how many of a person's messages nobody has opened."""
    return Message.objects.visible_to(user).unread().count()


def inbox(request: HttpRequest, frame: Frame) -> HttpResponse:
    """List a person's messages, those that ask for something first; mark one or all as read, or open what one is about."""
    user: Any = request.user
    if request.method == "POST":
        return _act(request, user, frame)
    mine = Message.objects.visible_to(user)
    to_do = mine.to_do().count()
    show = request.GET.get("show", "")
    show = show if show in {"todo", "unread", "all"} else "todo" if to_do else "all"
    rows = {"todo": mine.to_do, "unread": mine.unread, "all": mine.all}[show]()
    before = request.GET.get("before", "")
    if before.isdecimal():
        rows = rows.filter(pk__lt=min(int(before), 2**62))
    shown = list(rows[: A_PAGE + 1])
    new = unread(user)
    context = {
        "rows": shown[:A_PAGE],
        "older": shown[A_PAGE - 1].pk if len(shown) > A_PAGE else None,
        "show": show,
        "tabs": [("todo", _("需要我处理"), to_do), ("unread", _("未读"), new), ("all", _("全部"), None)],
        "new": new,
        "here": reverse(frame.inbox),
        "settings_url": reverse(frame.settings),
        **frame.more,
    }
    return render(request, frame.listed, context)


def _act(request: HttpRequest, user: User, frame: Frame) -> HttpResponse:
    number = request.POST.get("message", "")
    if number == "all":
        mark_read(None, by=user)
        return redirect(frame.inbox)
    known = {"pk": int(number)} if number.isdecimal() and len(number) < 19 else {"pk": 0}
    message = get_object_or_404(Message.objects.visible_to(user), **known)
    mark_read([message.pk], by=user)
    if request.POST.get("do") == "open" and url_has_allowed_host_and_scheme(message.link, allowed_hosts=None):
        return redirect(message.link)
    return redirect(f"{reverse(frame.inbox)}?show={request.POST.get('show', '')[:6]}")


class ChannelsForm(AskedForm):
    """How general messages come."""

    language = forms.ChoiceField(label=gettext_lazy("消息用什么语言"), choices=Reach.Language.choices)
    email_on = forms.BooleanField(label=gettext_lazy("一般消息也发邮件"), required=False)
    sms_on = forms.BooleanField(label=gettext_lazy("一般消息也发短信（22:00 到次日 8:00 不发）"), required=False)


class AddressForm(AskedForm):
    """A telephone or an e-mail address."""

    address = forms.CharField(
        label=gettext_lazy("手机号或邮箱"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class ProofForm(AskedForm):
    """The code that was sent there."""

    address = forms.CharField(max_length=120, widget=forms.HiddenInput)
    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def settings(request: HttpRequest, frame: Frame) -> HttpResponse:
    """Choose how general messages come; give a telephone or address, proved by a code."""
    user: Any = request.user
    if request.method == "POST" and "language" in request.POST:
        form = posted(ChannelsForm, request)
        if form.is_valid():
            choose_channels(by=user, **form.cleaned_data)
            messages.success(request, _("消息设置已保存。"))
            return redirect(frame.settings)
        return _settings_page(request, frame, channels=form, status=400)
    if request.method == "POST":
        return _prove(request, frame) if "code" in request.POST else _send(request, frame)
    return _settings_page(request, frame)


def _send(request: HttpRequest, frame: Frame) -> HttpResponse:
    form = posted(AddressForm, request)
    if not form.is_valid():
        return _settings_page(request, frame, form=form, status=400)
    address = form.cleaned_data["address"]
    try:
        shown = send_code(phone=address, purpose=SmsCode.Purpose.CONTACT, ip=caller().ip)
    except RuleViolation as refusal:
        again = ProofForm(initial={"address": address}) if refusal.code in STILL_GOOD else form
        return _settings_page(request, frame, form=again, refusal=refusal, status=409)
    return _settings_page(request, frame, form=ProofForm(initial={"address": address}), shown=shown)


def _prove(request: HttpRequest, frame: Frame) -> HttpResponse:
    form, user = posted(ProofForm, request), request.user
    if not form.is_valid():
        return _settings_page(request, frame, form=form, status=400)
    try:
        set_address(by=user, **form.cleaned_data)  # type: ignore[arg-type]
    except RuleViolation as refusal:
        again = form if refusal.code in STILL_GOOD else AddressForm(initial={"address": form.cleaned_data["address"]})
        return _settings_page(request, frame, form=again, refusal=refusal, status=409)
    messages.success(request, _("以后的消息也会发到这里。"))
    return redirect(frame.settings)


def _settings_page(
    request: HttpRequest,
    frame: Frame,
    *,
    channels: ChannelsForm | None = None,
    form: forms.Form | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    user: Any = request.user
    reach, phone = reaches([user])[user.pk], phone_of(user)
    now = {
        "language": reach.language,
        "email_on": reach.email_on,
        "sms_on": not user.email if reach.sms_on is None else reach.sms_on,
    }
    form = form or AddressForm()
    context = {
        "channels": channels or ChannelsForm(initial=now),
        "form": form,
        "second": isinstance(form, ProofForm),
        "phone": mask_phone(phone) if phone else "",
        "email": masked_email(user.email),
        "here": reverse(frame.settings),
        "inbox_url": reverse(frame.inbox),
        **more,
        **frame.more,
    }
    return render(request, frame.chosen, context, status=status)


def masked_email(address: str) -> str:
    """Return an address of which the first letter and the place are seen."""
    name, _at, place = address.partition("@")
    return f"{name[:1]}***@{place}" if place else ""
