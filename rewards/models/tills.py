"""Tills: the phones of a shop, the people at them, and each use of a coupon, which can be undone for ten minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Once
from kernel import clock
from rewards.models.mall import Coupon, Merchant

MOST_TRIES = 5
UNDO_WITHIN = timedelta(minutes=10)


class OfMerchant(models.QuerySet[Any]):
    """Rows of a merchant."""

    def visible_to(self, user: Any) -> OfMerchant:
        """The merchant's own, and for staff those of their division."""
        merchant = "merchant__organisation"
        return self.filter(scope(user).rows(division=f"{merchant}__division", organisations=(merchant,)))


class MerchantDevice(models.Model):
    """A phone of a shop. Its key was shown once, when it was made, and stands here only as a hash."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="devices", verbose_name=_("商户"))
    name = models.CharField(_("设备"), max_length=30, help_text=_("店里怎么叫它，如“2 号柜台”"))
    key_hash = models.CharField(max_length=64, editable=False)
    active = models.BooleanField(_("启用"), default=True)
    made_at = models.DateTimeField(_("建立"), default=clock.now)

    objects = OfMerchant.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("收银设备")
        ordering = ("merchant", "name")
        constraints = [
            models.UniqueConstraint(
                name="device_key_once",
                fields=["key_hash"],
                violation_error_code="key_known",
                violation_error_message=_("设备密钥重复，请再试一次"),
            ),
            models.UniqueConstraint(
                name="device_name_once",
                fields=["merchant", "name"],
                condition=Q(active=True),
                violation_error_code="device_known",
                violation_error_message=_("这家店已有同名的设备"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Cashier(models.Model):
    """Somebody at the till, known by a PIN. ``leader`` may undo a use. Tries and locks are in real time."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="cashiers", verbose_name=_("商户"))
    name = models.CharField(_("店员"), max_length=30)
    pin_hash = models.CharField(max_length=128, editable=False)
    leader = models.BooleanField(_("值班长"), default=False)
    active = models.BooleanField(_("在岗"), default=True)
    tries = models.PositiveSmallIntegerField(_("连续输错"), default=0)
    locked_until = models.DateTimeField(_("锁定至"), null=True, blank=True)

    objects = OfMerchant.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("店员")
        ordering = ("merchant", "name")
        constraints = [
            models.UniqueConstraint(
                name="cashier_name_once",
                fields=["merchant", "name"],
                condition=Q(active=True),
                violation_error_code="cashier_known",
                violation_error_message=_("这家店已有同名的店员"),
            ),
            models.CheckConstraint(
                name="cashier_tries_end",
                condition=Q(tries__lte=MOST_TRIES) & (Q(tries__lt=MOST_TRIES) | Q(locked_until__isnull=False)),
                violation_error_code="too_many_tries",
                violation_error_message=_("PIN 连续输错 5 次，先锁定 15 分钟"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CouponUse(models.Model):
    """That a coupon was used, where, by whom and when; a mistake is undone by a shift leader and stays to be seen."""

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="uses", verbose_name=_("券"))
    device = models.ForeignKey(MerchantDevice, models.PROTECT, related_name="uses", verbose_name=_("收银设备"))
    cashier = models.ForeignKey(Cashier, models.PROTECT, related_name="uses", verbose_name=_("店员"))
    used_at = models.DateTimeField(_("核销时间"), default=clock.now)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.ForeignKey(
        Cashier, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销人")
    )
    undo_reason = models.CharField(_("撤销原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("核销记录")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["cashier", "used_at"], name="coupon_use_day")]
        constraints = [
            models.UniqueConstraint(
                name="coupon_use_once",
                fields=["coupon"],
                condition=Q(undone_at=None),
                violation_error_code="already_used",
                violation_error_message=_("这张券已经核销过"),
            ),
            models.CheckConstraint(
                name="coupon_use_undone_by_somebody",
                condition=(Q(undone_at=None, undone_by=None, undo_reason=""))
                | (Q(undone_at__gte=F("used_at"), undone_by__isnull=False) & ~Q(undo_reason="")),
                violation_error_code="no_reason",
                violation_error_message=_("撤销要写明是谁、什么原因"),
            ),
            models.CheckConstraint(
                name="coupon_use_undone_in_time",
                condition=Q(undone_at=None) | Q(undone_at__lte=F("used_at") + UNDO_WITHIN),
                violation_error_code="too_late",
                violation_error_message=_("核销已超过 10 分钟，不能撤销"),
            ),
        ]
        triggers = [
            AppendOnly(name="coupon_use_stays", may_change=["undone_at", "undone_by", "undo_reason"]),
            Once(
                name="coupon_use_undone_once", field="undone_at", code="already_undone", message=_("这次核销已经撤销")
            ),
            Guard(
                name="coupon_use_in_its_shop",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="not_this_shop",
                message=_("券、设备和店员要是同一家店的，撤销要由值班长办"),
                body="""
                    IF NOT EXISTS (SELECT 1 FROM rewards_coupon c JOIN rewards_offer o ON o.id = c.offer_id
                            JOIN rewards_merchantdevice d ON d.id = NEW.device_id AND d.merchant_id = o.merchant_id
                            JOIN rewards_cashier k ON k.id = NEW.cashier_id AND k.merchant_id = o.merchant_id
                            WHERE c.id = NEW.coupon_id
                                AND (NEW.undone_by_id IS NULL OR EXISTS (SELECT 1 FROM rewards_cashier u
                                    WHERE u.id = NEW.undone_by_id AND u.merchant_id = o.merchant_id AND u.leader)))
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="coupon_use_before_its_end",
                operation=pgtrigger.Insert,
                code="coupon_expired",
                message=_("这张券已过有效期"),
                body="""
                    IF (NEW.used_at AT TIME ZONE 'Asia/Shanghai')::date >
                        (SELECT expires_on FROM rewards_coupon WHERE id = NEW.coupon_id) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="coupon_use_of_a_used_coupon",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="not_used_here",
                message=_("核销记录和券的状态不一致，没有办成"),
                body="""
                    IF EXISTS (SELECT 1 FROM rewards_coupon c WHERE c.id = NEW.coupon_id AND (c.state = 'USED') <>
                        EXISTS (SELECT 1 FROM rewards_couponuse WHERE coupon_id = c.id AND undone_at IS NULL)) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
