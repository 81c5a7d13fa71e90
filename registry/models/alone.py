"""Acting alone: what stands in for the second person where the holder is a natural person (clarification 18)."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.utils.translation import gettext_lazy as _

from accounts.triggers import Refusing

_OF_ACCOUNT = "(SELECT organisation_id FROM registry_holdingaccount WHERE id = NEW.{column})"
_BODY = """
    IF NEW.{factor} IS NOT NULL AND (NEW.{one} IS DISTINCT FROM NEW.{other} OR NOT EXISTS (
        SELECT 1 FROM accounts_organisation WHERE id = {whose} AND kind = 'PERSON'
    ) OR NOT EXISTS (
        SELECT 1 FROM accounts_event e WHERE e.id = NEW.{factor} AND e.verb = 'accounts.show_second_factor'
            AND e.outcome = 'DONE' AND e.actor_id = NEW.{other} AND e.object_type = '{label}' AND e.object_id = NEW.id
            AND e.data->>'act' = '{act}'
            AND (TG_OP = 'UPDATE' AND OLD.{factor} IS NOT DISTINCT FROM NEW.{factor}
                OR e.real_at > now() - interval '6 minutes')
    )) THEN {refuse} END IF;
    RETURN NEW;
"""


class AloneWithFactor(Refusing):
    """A second factor stands in for the second person, but only of a natural person, who gave it for this act on this row.

    ``factor`` is the column with the event, ``one`` and ``other`` are those of the two steps, ``act`` is the verb, and ``account``
    the column of the holding account (without it the row has an ``organisation``). Six minutes, one more than the verb allows.
    """

    operation = pgtrigger.Insert | pgtrigger.Update
    code = "second_factor_needed"
    message = _("只有自然人可以一个人办理，并且要为这一步输入自己的动态验证码")

    def __init__(
        self, *, act: str, one: str, other: str, factor: str = "factor", account: str = "", **kwargs: Any
    ) -> None:
        self.act, self.one, self.other, self.factor, self.account = act, one, other, factor, account
        super().__init__(**kwargs)

    def get_func(self, model: Any) -> str:
        """Look at the event and at the kind of the holder, where there is an event at all."""

        def column(name: str) -> str:
            return str(model._meta.get_field(name).column)

        return _BODY.format(
            factor=column(self.factor),
            one=column(self.one),
            other=column(self.other),
            whose=_OF_ACCOUNT.format(column=column(self.account)) if self.account else "NEW.organisation_id",
            label=model._meta.label_lower,
            act=self.act,
            refuse=self.refuse(),
        )
