"""The side menu in the order of the work: desks first, then tables to look at, then the rules that are kept."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.desk import Desk, ReadOnly
from office import worklist


def _item(one: Any) -> dict[str, Any]:
    link = reverse(f"admin:{one.opts.app_label}_{one.opts.model_name}_changelist")
    return {"title": str(one.opts.verbose_name_plural), "link": link}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups of the menu with what the person may open; it asks the database for nothing but the roles."""
    seen = [one for one in admin.site._registry.values() if one.has_view_permission(request)]
    at = worklist.desks(request)
    tables = [one for one in seen if isinstance(one, ReadOnly) and not (isinstance(one, Desk) and one.buttons)]
    kept = [one for one in seen if not isinstance(one, ReadOnly)]
    start = {"title": _("我的工作"), "link": reverse("admin:index")}
    return [
        {"title": _("工作台"), "items": [start, *map(_item, at)]},
        {"title": _("查询"), "separator": True, "items": [_item(one) for one in tables]},
        {"title": _("规则"), "separator": True, "items": [_item(one) for one in kept]},
    ]
