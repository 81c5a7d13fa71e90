"""People, organisations, roles and events, to look at."""

from __future__ import annotations

from django.contrib import admin

from accounts.desk import ReadOnly
from accounts.models import Event, Organisation, RoleGrant, User


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
