"""The desk where a mistake is corrected: one officer enters the document, another carries it out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.admin import askforms
from registry.admin.holds import SecondDesk
from registry.models import Deed
from registry.services import corrections
from registry.states import CORRECTING_KINDS


class CorrectionDeskRow(Deed):
    """A correction that waits for the second officer."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = _("更正台")


def _enter(_row: Any, fields: dict[str, Any], by: User) -> object:
    account, document = fields.pop("account"), askforms.document(fields, by=by)
    journal, batch, quantity_t = (fields.pop(name) for name in ("journal", "batch", "quantity_t"))
    if journal is not None:
        return corrections.enter_correction(account, journal=journal, document=document, by=by, **fields)
    return corrections.enter_overissue(account, batch=batch, quantity_t=quantity_t, document=document, by=by, **fields)


@admin.register(CorrectionDeskRow)
class CorrectionDesk(SecondDesk):
    """Enter a correction, or carry it out as the second officer."""

    turn = 20
    of = CORRECTING_KINDS
    begins = ("registry.enter_correction", askforms.CorrectionForm, _enter, _("录入更正"))
    note = _("账页不改写：更正是新的一笔流水。转移错了整笔退回，已注销的不能退；录入后由第二位人员复核。")
    list_display = (*SecondDesk.list_display, "corrects")
    told = (*SecondDesk.told, "corrects")
    list_select_related = (*SecondDesk.list_select_related, "corrects")
    fields = (*SecondDesk.fields, "corrects")
