"""What came from another registry beside the units themselves: how a batch was issued there, and what was retired there."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.triggers import AppendOnly, Guard
from projects.models import Opening
from registry.models.books import Batch, Block

# The proof of a batch that nothing here was issued from: what its journal opened is what the file says of it, tonne for tonne,
# and everything retired has its record.
_ADDS_UP = """
    IF NOT EXISTS (
        SELECT 1 FROM registry_batch b
        JOIN projects_monitoringperiod p ON p.id = b.period_id AND p.opening_id = NEW.opening_id AND p.issued_t = NEW.issued_t
        JOIN registry_journal j ON j.id = b.journal_id AND j.kind = 'MOVE_IN'
        WHERE b.id = NEW.batch_id AND b.serial_to - b.serial_from + 1 = NEW.issued_t)
        OR NEW.held_t IS DISTINCT FROM (SELECT coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'AVAILABLE'), 0)
            FROM registry_block k JOIN registry_batch b ON b.journal_id = k.opened_by_id WHERE b.id = NEW.batch_id)
        OR NEW.retired_t IS DISTINCT FROM (SELECT coalesce(sum(k.quantity_t), 0) FROM registry_movedretirement r
            JOIN registry_block k ON k.id = r.block_id JOIN registry_batch b ON b.journal_id = k.opened_by_id
            WHERE b.id = NEW.batch_id)
    THEN {refuse} END IF;
    RETURN NULL;
"""


class MovedBatch(models.Model):
    """How another registry issued a batch, in its own words; whole tonnes at the opening. ``row`` is the line of the file."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="moved", verbose_name=_("批次"))
    opening = models.ForeignKey(Opening, models.PROTECT, related_name="batches", verbose_name=_("期初迁入"))
    row = models.PositiveIntegerField(_("行"))
    old_serial = models.CharField(_("原编号"), max_length=200, blank=True)
    document = models.CharField(_("批准文号"), max_length=100)
    issued_on = models.DateField(_("原签发日期"))
    issued_t = models.BigIntegerField(_("签发 t"))
    held_t = models.BigIntegerField(_("持有 t"))
    retired_t = models.BigIntegerField(_("注销 t"))

    class Meta:
        verbose_name = verbose_name_plural = _("迁入的批次")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="moved_batch_whole",
                condition=Q(issued_t=F("held_t") + F("retired_t"), held_t__gte=0, retired_t__gte=0),
                violation_error_code="does_not_add_up",
                violation_error_message=_("迁入的批次，签发量等于持有量加注销量"),
            )
        ]
        triggers = [
            AppendOnly(name="moved_batch_append_only"),
            Guard(
                name="moved_batch_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                code="does_not_add_up",
                message=_("迁入的批次与记下的减排量不一致，整个文件没有迁入"),
                body=_ADDS_UP,
            ),
        ]

    def __str__(self) -> str:
        return str(self.batch)


class MovedRetirement(models.Model):
    """What another registry retired: for whom, for what, when, under which certificate of its own. No new certificate is made."""

    block = models.OneToOneField(Block, models.PROTECT, related_name="moved_retirement", verbose_name=_("减排量"))
    opening = models.ForeignKey(Opening, models.PROTECT, related_name="retirements", verbose_name=_("期初迁入"))
    row = models.PositiveIntegerField(_("行"))
    quantity_t = models.BigIntegerField(_("数量 t"))
    beneficiary = models.CharField(_("受益方"), max_length=48)
    purpose = models.CharField(_("用途"), max_length=100)
    retired_on = models.DateField(_("注销日期"))
    certificate_no = models.CharField(_("原证书号"), max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("迁入的注销")
        ordering = ("-retired_on", "-pk")
        triggers = [
            AppendOnly(name="moved_retirement_append_only"),
            Guard(
                name="moved_retirement_of_its_block",
                operation=pgtrigger.Insert,
                code="not_moved_in",
                message=_("迁入的注销要与同一次迁入的已注销减排量对应，数量一致"),
                body="""
                    IF NOT EXISTS (
                        SELECT 1 FROM registry_block k JOIN registry_batch b ON b.id = k.batch_id AND b.journal_id = k.opened_by_id
                        JOIN projects_monitoringperiod p ON p.id = b.period_id AND p.opening_id = NEW.opening_id
                        WHERE k.id = NEW.block_id AND k.state = 'RETIRED' AND k.quantity_t = NEW.quantity_t) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.beneficiary} {self.quantity_t} t"
