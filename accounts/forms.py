"""Shapes of what is typed about people and keys."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, Organisation, RoleGrant, User
from accounts.roles import OF_DIVISION, OF_ORGANISATION, Role
from accounts.scope import Acting
from kernel import clock
from kernel.identifiers import normalise


class ActsAs(forms.ModelChoiceField):
    """A person in an organisation."""

    def label_from_instance(self, obj: Any) -> str:
        """Organisation, person and role."""
        return f"{obj.organisation}：{obj.user.full_name}（{obj.get_role_display()}）"


class ApiKeyForm(forms.Form):
    """For whom a key is issued, and until when."""

    grant = ActsAs(RoleGrant.objects.none(), label=_("单位和代表的人员"), empty_label=_("请选择"))
    ends_on = forms.DateField(
        label=_("最后一天（选填）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label=_("用途"), max_length=200)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = RoleGrant.objects.visible_to(Acting(by, "accounts.issue_api_key")).filter(
            Q(valid_to=None) | Q(valid_to__gt=clock.now()),
            user__is_active=True,
            role__in=OF_ORGANISATION - {Role.MERCHANT},
        )
        field: Any = self.fields["grant"]
        field.queryset = held.select_related("organisation", "user").order_by("organisation__name", "user__full_name")

    def valid_to(self) -> datetime | None:
        """The end of the last day on the office's wall clock, or None."""
        last = self.cleaned_data["ends_on"]
        return datetime.combine(last + timedelta(days=1), time(), clock.SHANGHAI) if last else None


class AskedForm(forms.Form):
    """A form whose refusals say what to do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            field.error_messages["required"] = _("请选择") if chosen else _("请填写")
            if isinstance(field, forms.DateField | forms.DateTimeField):
                field.error_messages["invalid"] = _("请填年、月、日，例如 2026-11-01")


def posted(form: type[forms.Form], request: HttpRequest, **kwargs: Any) -> Any:
    """Return the form with what was posted, or an empty one."""
    if request.method == "POST":
        return form(request.POST, request.FILES, **kwargs)
    return form(**kwargs)


class RoleProposalForm(forms.Form):
    """Who is proposed for which role, where and why."""

    username = forms.CharField(label=_("用户名"), max_length=60)
    role = forms.ChoiceField(
        label=_("角色"), choices=[(role.value, role.label) for role in Role if role in OF_DIVISION | OF_ORGANISATION]
    )
    uscc = forms.CharField(label=_("单位的统一社会信用代码（单位的角色填）"), max_length=18, required=False)
    division = forms.CharField(label=_("辖区代码（主管部门的角色填，例如 9901）"), max_length=12, required=False)
    reason = forms.CharField(label=_("依据，例如任命文件号"), max_length=400)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean(self) -> dict[str, Any]:
        """Look up the person, the organisation and the division."""
        typed = super().clean() or {}
        if self.errors:
            return typed
        user = User.objects.filter(username=typed["username"].strip(), is_active=True).first()
        if user is None:
            self.add_error("username", _("没有这个用户名"))
        organisation = division = None
        if typed["uscc"]:
            organisation = Organisation.objects.filter(uscc=normalise(typed["uscc"])).first()
            if organisation is None:
                self.add_error("uscc", _("没有登记过这个信用代码的单位"))
        if typed["division"]:
            division = Division.objects.filter(code=typed["division"].strip()).first()
            if division is None:
                self.add_error("division", _("没有这个区划代码"))
        return {
            "user": user,
            "role": typed["role"],
            "organisation": organisation,
            "division": division,
            "reason": typed["reason"],
        }
