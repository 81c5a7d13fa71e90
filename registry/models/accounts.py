"""Holding accounts: the one account an entity holds units in."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from accounts.scope import scope
from kernel import clock


class HoldingAccountQuerySet(models.QuerySet["HoldingAccount"]):
    """Holding accounts."""

    def visible_to(self, user: Any) -> HoldingAccountQuerySet:
        """One's own, and the bureau's by division."""
        return self.filter(scope(user).rows(division="organisation__division", organisations=("organisation",)))


class HoldingAccount(models.Model):
    """The one account an entity holds units in (registry rules 2023, Art. 6: one entity, one account)."""

    number = models.CharField(_("账户号"), max_length=20, unique=True)
    organisation = models.OneToOneField(
        Organisation, models.PROTECT, related_name="holding_account", verbose_name=_("单位")
    )
    opened_at = models.DateTimeField(_("开户"), default=clock.now)

    objects = HoldingAccountQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("持有账户")

    def __str__(self) -> str:
        return f"{self.organisation.name} {self.number}"
