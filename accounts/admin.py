"""People, organisations, roles, keys and events to look at, and the desk on which keys are issued and ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.asking import ask
from accounts.desk import Button, Desk, ReadOnly
from accounts.forms import ApiKeyForm, RoleProposalForm
from accounts.models import ApiKey, Event, Organisation, RoleGrant, RoleProposal, SecondFactorReset, User
from accounts.refusals import REFUSALS
from accounts.roles import Role
from accounts.services import importing
from accounts.services.clients import IssuedKey, end_api_key, issue_api_key
from accounts.services.factors import ask_second_factor_reset, refuse_second_factor_reset, reset_second_factor
from accounts.services.people import end_role, grant_proposed_role, propose_role, refuse_proposed_role
from accounts.states import ProposalState, ResetState
from accounts.tables import Row
from accounts.taking import Fields, TableForm, Taking, take_in
from accounts.visitor import may
from accounts.workflow import sentence
from kernel import clock

# The log-in library's own tables in the admin: secrets and sessions are nobody's to look through. And groups give no right here.
for table in (Authenticator, EmailAddress, UserSession, Group):
    admin.site.unregister(table)


def _counted(rows: Sequence[Row], fields: Fields, by: User) -> list[tuple[Any, Any]]:
    counts = importing.counted(importing.take_all(rows, by=by, source=""))
    return [
        (_("新登记单位"), counts["new"]),
        (_("已登记单位"), counts["known"]),
        (_("新登记人员（待授权）"), counts["people"]),
    ]


PEOPLE = Taking(
    importing.PURPOSE,
    _("导入单位和人员"),
    importing.COLUMNS,
    importing.MOST_ROWS,
    TableForm,
    _counted,
    lambda table, fields, by: importing.import_people(table, by=by),
    back="",
    note=_(
        "一行一个单位，或一个单位的一名人员；同一单位有几名人员就写几行。人员的角色由安全管理员授权以后才生效，第一次用手机验证码登录。文件加密保存，只有您能再打开。"
    ),
)


@admin.register(Organisation)
class OrganisationAdmin(ReadOnly):
    """Organisations in scope."""

    list_display = ("name", "uscc", "kind", "division")
    list_select_related = ("division",)
    search_fields = ("name", "uscc")
    list_before_template = "admin/import_people.html"

    def get_urls(self) -> list[Any]:
        """Add the page that takes in a list of organisations and their people."""
        view = self.admin_site.admin_view(self.take_in)
        return [path("import/", view, name="accounts_organisation_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the import who may."""
        return super().changelist_view(
            request, {"may_import": may(request, importing.PURPOSE), **(extra_context or {})}
        )

    def take_in(self, request: HttpRequest) -> HttpResponse:
        """Take in a list of organisations and their people."""
        back = reverse("admin:accounts_organisation_changelist")
        return take_in(self, request, PEOPLE._replace(back=back))


@admin.register(User)
class UserAdmin(ReadOnly):
    """People who sign in; for the system administrator."""

    needs = "accounts.register_person"
    list_display = ("username", "full_name", "is_active", "last_login")
    fields = ("username", "full_name", "email", "is_active", "date_joined", "last_login")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """People who hold or held a role in the visitor's division, and those who never had one."""
        within = RoleGrant.objects.visible_to(request.user)
        known = Q(pk__in=within.values("user")) | ~Q(pk__in=RoleGrant.objects.values("user"))
        return super().get_queryset(request).filter(known)


@admin.register(RoleGrant)
class RoleGrantAdmin(ReadOnly):
    """Who holds or held which role; for the audit administrator."""

    needs = "accounts.read_events"
    list_display = ("user", "role", "organisation", "division", "valid_from", "valid_to", "granted_by")
    list_select_related = ("user", "organisation", "division", "granted_by")
    list_filter = ("role",)


@admin.register(Event)
class EventAdmin(ReadOnly):
    """Acts and refusals; for the audit administrator."""

    needs = "accounts.read_events"
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


class PersonDeskRow(User):
    """A person, as the security administrator looks people up; everybody is in the one state there is."""

    KNOWN = "KNOWN"
    state = KNOWN

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("人员台")


@admin.register(PersonDeskRow)
class PersonDesk(Desk):
    """Help people who lost their second factor."""

    waits = ()

    buttons = (
        Button(ask_second_factor_reset, _("申请重置第二因素"), (PersonDeskRow.KNOWN,), needs_reason=True, harm=True),
    )
    list_display = ("username", "full_name", "is_active", "last_login")
    search_fields = ("username", "full_name")
    ordering = ("username",)
    fields = ("username", "full_name", "is_active", "last_login")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """People who hold or held a role in the division of the visitor."""
        within = RoleGrant.objects.visible_to(request.user)
        return super(Desk, self).get_queryset(request).filter(pk__in=within.values("user"))


@admin.register(SecondFactorReset)
class SecondFactorResetDesk(Desk):
    """Confirm that a lost second factor is taken away: another person than who asked."""

    buttons = (
        Button(reset_second_factor, _("确认重置"), (ResetState.ASKED,), harm=True),
        Button(refuse_second_factor_reset, _("不同意"), (ResetState.ASKED,), needs_reason=True),
    )
    list_display = ("user", "asked_by", "asked_at", "badge_of")
    list_select_related = ("user", "asked_by")
    fields = ("user", "reason", ("asked_by", "asked_at"))


class RoleGrantDeskRow(RoleGrant):
    """A role in force; one that ended is not on the desk."""

    IN_FORCE = "IN_FORCE"
    state = IN_FORCE

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("角色授权台")


@admin.register(RoleGrantDeskRow)
class RoleGrantDesk(Desk):
    """End roles."""

    waits = ()

    buttons = (Button(end_role, _("结束授权"), (RoleGrantDeskRow.IN_FORCE,), needs_reason=True, harm=True),)
    list_display = ("user", "role", "organisation", "division", "valid_from", "granted_by")
    list_select_related = ("user", "organisation", "division", "granted_by")
    list_filter = ("role",)
    search_fields = ("user__username", "user__full_name", "organisation__name")
    fields = ("user", "role", ("organisation", "division"), ("valid_from", "granted_by"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Grants that have not ended, within the person's scope."""
        rows = super(Desk, self).get_queryset(request)
        return rows.filter(Q(valid_to=None) | Q(valid_to__gt=clock.now())).exclude(role=Role.CITIZEN)


@admin.register(RoleProposal)
class RoleProposalDesk(Desk):
    """Propose people for roles (system administrator), grant or refuse them (security administrator)."""

    buttons = (
        Button(grant_proposed_role, _("授权"), (ProposalState.PROPOSED,)),
        Button(refuse_proposed_role, _("不授权"), (ProposalState.PROPOSED,), needs_reason=True),
    )
    list_display = ("user", "role", "organisation", "division", "proposed_by", "proposed_at", "badge_of")
    list_select_related = ("user", "organisation", "division", "proposed_by")
    list_before_template = "admin/proposals.html"
    fields = ("user", "role", ("organisation", "division"), "reason", ("proposed_by", "proposed_at"))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Also who proposes."""
        return may(request, "accounts.propose_role") or super().has_view_permission(request, obj)

    def get_urls(self) -> list[Any]:
        """Add the page that proposes."""
        return [path("propose/", self.admin_site.admin_view(self.propose), name="propose_role"), *super().get_urls()]

    def propose(self, request: HttpRequest) -> HttpResponse:
        """Ask who, which role and where, then propose it."""
        by: Any = request.user
        if not by.has_perm("accounts.propose_role"):
            raise PermissionDenied
        return ask(
            self,
            request,
            RoleProposalForm(request.POST or None, by=by),
            lambda fields: propose_role(by=by, **fields),
            label=_("提名角色"),
            back=reverse("admin:accounts_roleproposal_changelist"),
            note=_("提名以后由安全管理员授权，授权以前不生效。三类管理员要由三个人分别担任；审计人员不能有别的角色。"),
            done=_("已提名，等安全管理员授权"),
        )


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
        except REFUSALS as refusal:
            return None, sentence(refusal)
        return made, ""
