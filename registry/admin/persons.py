"""The desk of natural persons' accounts: masked, and who it is for whoever must compare it with a document."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.desk import Button, Desk
from accounts.models import Organisation, User
from kernel.rules import RuleViolation
from registry.models import HoldingAccount
from registry.services import persons
from registry.states import AccountState


class PersonAccountDeskRow(HoldingAccount):
    """A natural person's account, masked."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("个人持有账户台")


@admin.register(PersonAccountDeskRow)
class PersonAccountDesk(Desk):
    """Who a holder is takes a reason, and the event keeps who looked; inheritance and death are documents of their own desks."""

    waits = ()

    buttons = (
        Button(
            persons.unmask,
            _("查看身份，留下记录"),
            (AccountState.OPEN, AccountState.RESTRICTED, AccountState.FROZEN),
            needs_reason=True,
        ),
    )
    list_display = ("number", "organisation", "badge_of", "opened_at", "checked_on")
    list_select_related = ("organisation",)
    list_filter = ("state",)
    search_fields = ("number",)
    search_help_text = _("输入账户号")
    fields = (("number", "state"), "organisation", ("opened_at", "checked_on"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Accounts of natural persons in scope, closed ones too."""
        return super().get_queryset(request).filter(organisation__kind=Organisation.Kind.PERSON)

    def press(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Show who it is on the answer to the very press, nowhere else."""
        reason = request.POST.get("reason", "").strip()
        if request.method != "POST" or not reason or slug != self.buttons[0].slug:
            return super().press(request, pk, slug)
        account = HoldingAccount.objects.select_related("organisation").filter(pk=pk).first()
        if account is None:
            raise Http404
        try:
            seen = persons.unmask(account, by=cast(User, request.user), reason=reason)
        except RuleViolation as refusal:
            return self._confirm_page(request, self.buttons[0], account, reason, refusal)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": account.number,
            "seen": seen,
            "back": reverse("admin:registry_personaccountdeskrow_changelist"),
        }
        return TemplateResponse(request, "admin/unmasked.html", context)
