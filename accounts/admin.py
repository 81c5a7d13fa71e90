"""People, organisations, roles, keys and events to look at, and the desk on which keys are issued and ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk, ReadOnly
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey, Event, Organisation, RoleGrant, User
from accounts.services.clients import IssuedKey, end_api_key, issue_api_key
from accounts.workflow import RuleViolation, Unavailable, sentence
from kernel import clock

# What people may do is in their roles; the groups of Django give nothing here.
admin.site.unregister(Group)


@admin.register(Organisation)
class OrganisationAdmin(ReadOnly):
    """Organisations in scope."""

    list_display = ("name", "uscc", "kind", "division")
    list_select_related = ("division",)
    search_fields = ("name", "uscc")


@admin.register(User)
class UserAdmin(ReadOnly):
    """People who sign in; for the administrator."""

    needs = "accounts.grant_role"
    list_display = ("username", "full_name", "is_active", "last_login")
    fields = ("username", "full_name", "email", "is_active", "date_joined", "last_login")


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnly):
    """Who holds or held which role; for the administrator."""

    needs = "accounts.grant_role"
    list_display = ("user", "role", "organisation", "division", "valid_from", "valid_to", "granted_by")
    list_select_related = ("user", "organisation", "division", "granted_by")
    list_filter = ("role",)


@admin.register(Event)
class EventAdmin(ReadOnly):
    """Acts and refusals; for the administrator until the auditor has a desk."""

    needs = "accounts.grant_role"
    list_display = ("business_at", "verb", "outcome", "actor_name", "object_label", "code", "door")
    list_filter = ("outcome", "door")
    search_fields = ("object_label", "actor_name", "verb")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    """Keys, those that ended too; nobody sees a secret again."""

    needs = "accounts.issue_api_key"
    list_display = ("key_id", "organisation", "user", "valid_from", "valid_to", "created_by")
    list_select_related = ("organisation", "user", "created_by")
    search_fields = ("key_id", "organisation__name")
    fields = ("key_id", ("organisation", "user"), ("valid_from", "valid_to"), "created_by")


class ApiKeyDeskRow(ApiKey):
    """A key that can still sign; one that ended is not on the desk, so the desk needs one state only."""

    IN_FORCE = "IN_FORCE"
    state = IN_FORCE

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("接口密钥台")


@admin.register(ApiKeyDeskRow)
class ApiKeyDesk(Desk):
    """Issue keys to partners' systems, and end them."""

    waits, turn = (), 90

    buttons = (Button(end_api_key, _("停用"), (ApiKeyDeskRow.IN_FORCE,), needs_reason=True, harm=True),)
    list_display = ("key_id", "organisation", "user", "valid_from", "valid_to")
    list_select_related = ("organisation", "user")
    list_before_template = "admin/api_keys.html"
    search_fields = ("key_id", "organisation__name")
    ordering = ("-pk",)
    fields = ("key_id", ("organisation", "user"), ("valid_from", "valid_to"), "created_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Keys that have not ended, within the person's scope."""
        rows = super(Desk, self).get_queryset(request)
        return rows.filter(Q(valid_to=None) | Q(valid_to__gt=clock.now()))

    def get_urls(self) -> list[Any]:
        """Add the page that issues."""
        return [path("issue/", self.admin_site.admin_view(self.issue), name="issue_api_key"), *super().get_urls()]

    def issue(self, request: HttpRequest) -> HttpResponse:
        """Ask for whom, then issue; the page with the secret is kept nowhere and shown once."""
        by: Any = request.user
        if not by.has_perm("accounts.issue_api_key"):
            raise PermissionDenied
        form, issued, said = ApiKeyForm(request.POST or None, by=by), None, ""
        if request.method == "POST" and form.is_valid():
            issued, said = self._issued(form, by)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("签发接口密钥"),
            "form": form,
            "issued": issued,
            "said": said,
        }
        return TemplateResponse(request, "admin/issue_api_key.html", context, status=409 if said else 200)

    @staticmethod
    def _issued(form: ApiKeyForm, by: User) -> tuple[IssuedKey | None, str]:
        grant, reason = form.cleaned_data["grant"], form.cleaned_data["reason"]
        try:
            made = issue_api_key(grant.organisation, grant.user, by=by, valid_to=form.valid_to(), reason=reason)
        except (RuleViolation, ValidationError, Unavailable) as refusal:
            return None, sentence(refusal)
        return made, ""
