"""Shapes of what is typed about people and keys."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import RoleGrant, User
from accounts.roles import OF_ORGANISATION, Role
from accounts.scope import Acting
from kernel import clock


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
