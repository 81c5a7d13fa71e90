"""Desks of the office's own work: decisions to sign off, cases in hand, deputies, phrases."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.asking import ask
from accounts.desk import Button, Desk, may
from accounts.models import Deputy, User
from accounts.services import deputies
from kernel import clock
from office.desk import CaseDesk, Document
from office.models import Assignment, Phrase, SignOff
from office.services import hands, phrases, signoffs
from office.states import SignState

STANDS = "STANDS"  # the one state of a row that merely stands: a desk asks for a state


def read_only(object_type: str, object_id: int) -> str:
    """Return the address where a case is looked at by anybody of the bureau, or nothing."""
    try:
        return reverse(f"admin:{object_type.replace('.', '_')}_change", args=[object_id])
    except NoReverseMatch:
        return ""


class SignOffDeskRow(SignOff):
    """A draft that waits for review or signature."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("签批台")


class AssignmentDeskRow(Assignment):
    """A case in somebody's hand."""

    state = STANDS

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("承办台")


class DeputyDeskRow(Deputy):
    """A deputy who acts, or will."""

    state = STANDS

    class Meta:
        proxy = True
        app_label = "office"
        verbose_name = verbose_name_plural = gettext_lazy("代办台")


class PhraseDeskRow(Phrase):
    """A phrase of one's own or of one's division."""

    state = STANDS

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("常用语")


@admin.register(SignOffDeskRow)
class SignOffDesk(CaseDesk):
    """Review, sign, send back. What somebody took a step in does not wait for the same person."""

    turn, workdays = 5, 3
    buttons = (
        Button(signoffs.review, gettext_lazy("审核同意"), (SignState.DRAFTED,)),
        Button(signoffs.sign, gettext_lazy("签发，并办理"), (SignState.REVIEWED,)),
        Button(
            signoffs.send_back, gettext_lazy("退回经办"), (SignState.DRAFTED, SignState.REVIEWED), needs_reason=True
        ),
    )
    list_display = ("__str__", "decision", "badge_of", "drafted_by", "reviewed_by", "time_left")
    list_select_related = ("drafted_by", "reviewed_by", "drafted_for", "reviewed_for")
    ordering = ("pk",)
    fields = (
        ("object_label", "decision"),
        "opinion",
        ("drafted_by", "drafted_for", "drafted_at"),
        ("reviewed_by", "reviewed_for", "reviewed_at"),
        "review",
    )
    readonly_fields = ("decision",)

    @admin.display(description=gettext_lazy("拟办"))
    def decision(self, obj: SignOff) -> str:
        """The verb in the words of its button."""
        every = (button for desk in admin.site._registry.values() for button in getattr(desk, "buttons", ()))
        return str(next((button.label for button in every if button.name == obj.verb), obj.verb))

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Drafts for who may review, reviewed ones for who may sign; never one's own."""
        mine = Q(drafted_by=request.user) | Q(drafted_for=request.user) | Q(reviewed_by=request.user)
        turn = Q(pk__in=[])
        if may(request, "office.review_sign_off"):
            turn |= Q(state=SignState.DRAFTED)
        if may(request, "office.sign_off"):
            turn |= Q(state=SignState.REVIEWED)
        return super().waiting(request).filter(turn).exclude(mine).exclude(reviewed_for=request.user)

    def documents(self, obj: SignOff) -> list[Document]:
        """The case itself."""
        url = read_only(obj.object_type, obj.object_id)
        return [Document(obj.object_label, url, _("案卷"))] if url else []


class Asking(Desk):
    """A desk of rows that stand, with one page of its own that asks for fields and calls a verb."""

    waits = ()

    @property
    def back(self) -> str:
        """The address of the desk's list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _all(self, request: HttpRequest) -> QuerySet[Any]:
        return super(Desk, self).get_queryset(request)


class PersonField(forms.ModelChoiceField):
    """A colleague by name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name alone; two of the same name are told apart by their log-in."""
        return f"{obj.full_name}（{obj.username}）"


def people_for(by: User) -> QuerySet[User]:
    """Return the colleagues of a person's own office, the person too."""
    division = deputies.place_of(by)
    return hands.colleagues(division) if division is not None else User.objects.none()


class DeputyForm(forms.Form):
    """Who stands in for whom, from when to when."""

    absent = PersonField(User.objects.none(), label=gettext_lazy("不在岗的人"))
    deputy = PersonField(User.objects.none(), label=gettext_lazy("代办人"))
    from_on = forms.DateField(label=gettext_lazy("起"), widget=forms.DateInput(attrs={"type": "date"}))
    to_on = forms.DateField(label=gettext_lazy("止（含当日）"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        kwargs["initial"] = {"absent": by.pk, "from_on": clock.today()}
        super().__init__(*args, **kwargs)
        for name in ("absent", "deputy"):
            self.fields[name].queryset = people_for(by)  # type: ignore[attr-defined]


@admin.register(DeputyDeskRow)
class DeputyDesk(Asking):
    """Name who stands in for an officer; end it early."""

    turn = 91
    buttons = (Button(deputies.end_deputy, gettext_lazy("提前结束"), (STANDS,), needs_reason=True),)
    list_display = ("absent", "deputy", "from_on", "to_on", "division", "named_by")
    list_select_related = ("absent", "deputy", "division", "named_by")
    list_before_template = "admin/new_deputy.html"
    ordering = ("-from_on", "-pk")
    fields = (("absent", "deputy"), ("from_on", "to_on"), "reason", ("named_by", "named_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that act or will, in scope."""
        return self._all(request).filter(ended_at=None, to_on__gte=clock.today())

    def get_urls(self) -> list[Any]:
        """Add the page that names one."""
        return [path("new/", self.admin_site.admin_view(self.name_one), name="name_deputy"), *super().get_urls()]

    def name_one(self, request: HttpRequest) -> HttpResponse:
        """Ask who stands in for whom."""
        by: Any = request.user
        if not may(request, "accounts.name_deputy"):
            raise PermissionDenied
        form = DeputyForm(request.POST or None, by=by)
        return ask(
            self,
            request,
            form,
            lambda given: deputies.name_deputy(by=by, **given),
            label=_("指定代办人"),
            back=self.back,
        )


class HandOverForm(forms.Form):
    """Which cases go to whom."""

    rows = forms.ModelMultipleChoiceField(
        Assignment.objects.none(), label=gettext_lazy("交接的事项"), widget=forms.CheckboxSelectMultiple
    )
    to = PersonField(User.objects.none(), label=gettext_lazy("交给"))
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, by: User, absent: User, **kwargs: Any) -> None:
        rows = hands.in_hand(absent)
        kwargs["initial"] = {"rows": [row.pk for row in rows]}
        super().__init__(*args, **kwargs)
        self.fields["rows"].queryset = rows  # type: ignore[attr-defined]
        self.fields["to"].queryset = people_for(by).exclude(pk=absent.pk)  # type: ignore[attr-defined]


@admin.register(AssignmentDeskRow)
class AssignmentDesk(Asking):
    """What officers have in hand, and the page that hands all of it over."""

    turn = 90
    buttons = (Button(hands.hand_over, gettext_lazy("交接"), (STANDS,), needs_reason=True),)
    list_display = ("__str__", "assignee", "given_by", "given_at")
    list_select_related = ("assignee", "given_by")
    list_filter = ("assignee",)
    list_before_template = "admin/hand_over_link.html"
    fields = ("object_label", ("assignee", "given_by", "given_at"), "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those in force, in scope."""
        return self._all(request).filter(ended_at=None)

    def _presses(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        url = f"{reverse('admin:hand_over')}?absent={obj.assignee_id}"
        return [{"label": _("交接"), "harm": False, "url": url}]

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """A hand-over lists every case, so it is on its own page."""
        return redirect("admin:hand_over")

    def get_urls(self) -> list[Any]:
        """Add the page of the hand-over."""
        return [path("hand-over/", self.admin_site.admin_view(self.hand_over), name="hand_over"), *super().get_urls()]

    def hand_over(self, request: HttpRequest) -> HttpResponse:
        """List what a person has in hand, each case with a box, and ask who is to have it."""
        by: Any = request.user
        if not may(request, "office.hand_over"):
            raise PermissionDenied
        known = {"pk": request.GET["absent"]} if request.GET.get("absent", "").isdigit() else {"pk": by.pk}
        absent = get_object_or_404(people_for(by) | User.objects.filter(pk=by.pk), **known)
        form = HandOverForm(request.POST or None, by=by, absent=absent)
        title = _("交接清单：%s") % absent.full_name

        def do(given: dict[str, Any]) -> None:
            hands.hand_over(absent, to=given["to"], rows=list(given["rows"]), by=by, reason=given["reason"])

        about = {"absent": absent, "people": people_for(by)}
        return ask(self, request, form, do, label=title, back=self.back, template="admin/hand_over.html", more=about)


class PhraseForm(forms.Form):
    """A phrase, and whether the division shares it."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=20)
    text = forms.CharField(label=gettext_lazy("内容"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    shared = forms.BooleanField(label=gettext_lazy("本辖区共用"), required=False)


@admin.register(PhraseDeskRow)
class PhraseDesk(Asking):
    """Keep phrases, share them, take them away."""

    turn = 92
    buttons = (Button(phrases.drop_phrase, gettext_lazy("删去"), (STANDS,), harm=True),)
    list_display = ("title", "text", "division")
    list_select_related = ("division",)
    list_before_template = "admin/new_phrase.html"
    fields = ("title", "text", ("owner", "division"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """One's own and one's division's."""
        return self._all(request)

    def get_urls(self) -> list[Any]:
        """Add the page that keeps one."""
        return [path("new/", self.admin_site.admin_view(self.new), name="new_phrase"), *super().get_urls()]

    def new(self, request: HttpRequest) -> HttpResponse:
        """Ask for the phrase."""
        by: Any = request.user
        if not may(request, "office.add_phrase"):
            raise PermissionDenied

        def do(given: dict[str, Any]) -> None:
            division = deputies.place_of(by) if given["shared"] else None
            phrases.add_phrase(title=given["title"], text=given["text"], by=by, division=division)

        return ask(self, request, PhraseForm(request.POST or None), do, label=_("添加常用语"), back=self.back)
