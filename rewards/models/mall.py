"""The mall: merchants, what they offer for points, and the coupons citizens got for them."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.scope import Acting, scope
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock
from rewards.models.points import PointEntry
from rewards.states import COUPON_BADGES, COUPON_MOVES, OFFER_BADGES, OFFER_MOVES, CouponState, OfferState
from scenarios.models import Citizen


class MerchantQuerySet(models.QuerySet["Merchant"]):
    """Merchants."""

    def visible_to(self, user: Any) -> MerchantQuerySet:
        """One's own, and for staff those of their division."""
        return self.filter(scope(user).rows(division="organisation__division", organisations=("organisation",)))


class Merchant(models.Model):
    """A shop where coupons are used. Its tills act as ``user``, whom nobody signs in as."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="merchants", verbose_name=_("单位"))
    name = models.CharField(_("门店名称"), max_length=60)
    user = models.OneToOneField(User, models.PROTECT, related_name="+", verbose_name=_("收银身份"))
    active = models.BooleanField(_("启用"), default=True)
    joined_at = models.DateTimeField(_("入驻"), default=clock.now)

    objects = MerchantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("商户")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                name="merchant_once",
                fields=["organisation", "name"],
                violation_error_code="merchant_known",
                violation_error_message=_("这个单位已有同名的门店"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class OfferQuerySet(models.QuerySet["Offer"]):
    """Offers."""

    def visible_to(self, user: Any) -> OfferQuerySet:
        """The merchant's own, for staff those of their division, for a citizen the whole mall."""
        grants = user.grants if isinstance(user, Acting) else user.grants_now() if getattr(user, "pk", None) else ()
        if user.is_active and any(grant.role == Role.CITIZEN for grant in grants):
            return self
        merchant = "merchant__organisation"
        return self.filter(scope(user).rows(division=f"{merchant}__division", organisations=(merchant,)))

    def shown(self) -> OfferQuerySet:
        """Those the mall shows, the sold out ones too."""
        return self.filter(state=OfferState.ON_SALE, merchant__active=True)


class Offer(models.Model):
    """What a merchant gives for points. Its terms never change; a change is a new offer. ``stock`` is what can be had now."""

    State = OfferState
    MOVES = OFFER_MOVES

    class Face(models.TextChoices):
        """The colour of the face, by what it is for (design language §2.2)."""

        GO = "go", _("出行")
        HOME = "home", _("居家")
        EAT = "eat", _("餐饮")
        WEAR = "wear", _("文旅")
        USE = "use", _("生活")

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="offers", verbose_name=_("商户"))
    title = models.CharField(_("名称"), max_length=40)
    face = models.CharField(_("券面"), max_length=12, help_text=_("券面上的大字，如“5 元”"))
    kind = models.CharField(_("类别"), max_length=4, choices=Face.choices)
    price_points = models.PositiveIntegerField(_("所需积分"))
    stock = models.IntegerField(_("剩余"))
    per_person = models.PositiveSmallIntegerField(_("每人限兑"))
    valid_days = models.PositiveSmallIntegerField(_("有效天数"))
    terms = models.TextField(_("使用说明"), max_length=500)
    state = models.CharField(_("状态"), max_length=8, choices=OfferState.choices, default=OfferState.DRAFT)
    made_at = models.DateTimeField(_("建立"), default=clock.now)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("兑换项")
        ordering = ("price_points", "pk")
        constraints = [
            models.CheckConstraint(
                name="offer_stock_not_negative",
                condition=Q(stock__gte=0),
                violation_error_code="sold_out",
                violation_error_message=_("已兑完，没有扣您的积分"),
            ),
            models.CheckConstraint(
                name="offer_amounts",
                condition=Q(price_points__gt=0, per_person__gt=0, valid_days__range=(1, 730)),
                violation_error_code="bad_offer",
                violation_error_message=_("所需积分和每人限兑大于 0，有效天数 1 到 730"),
            ),
        ]
        triggers = [
            Moves(name="offer_moves", moves=OFFER_MOVES, start=[OfferState.DRAFT]),
            AppendOnly(
                name="offer_stays",
                may_change=["state", "stock"],
                code="offer_fixed",
                message=_("兑换项的内容定了就不能改；要改请下架后另建一个"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def badge(self) -> str:
        """The tone of the state."""
        return OFFER_BADGES[OfferState(self.state)]


class CouponQuerySet(models.QuerySet["Coupon"]):
    """Coupons."""

    def visible_to(self, user: Any) -> CouponQuerySet:
        """One's own, the merchant's, and for staff those of their division."""
        merchant = "offer__merchant__organisation"
        return self.filter(
            scope(user).rows(division=f"{merchant}__division", organisations=(merchant,))
            | Q(citizen__user_id=getattr(user, "pk", None))
        )


class Coupon(models.Model):
    """A coupon a citizen got for points. Its code is sealed; a till finds it by a blind index (``code_blind``)."""

    State = CouponState
    MOVES = COUPON_MOVES

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="coupons", verbose_name=_("兑换项"))
    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="coupons", verbose_name=_("账户"))
    place = models.PositiveSmallIntegerField(_("本人第几张"))
    code_sealed = models.TextField(editable=False)
    code_blind = models.CharField(max_length=64, editable=False)
    tail = models.CharField(_("券码尾号"), max_length=4)
    entry = models.OneToOneField(PointEntry, models.PROTECT, related_name="coupon", verbose_name=_("积分明细"))
    state = models.CharField(_("状态"), max_length=12, choices=CouponState.choices, default=CouponState.ISSUED)
    issued_at = models.DateTimeField(_("兑换时间"), default=clock.now)
    expires_on = models.DateField(_("有效期至"))

    objects = CouponQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("券")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["expires_on"], name="coupon_expiring", condition=Q(state=CouponState.ISSUED)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="coupon_code_once",
                fields=["code_blind"],
                violation_error_code="code_known",
                violation_error_message=_("券码重复，请再试一次"),
            ),
            models.CheckConstraint(
                name="coupon_code_is_sealed",
                condition=Q(code_blind__regex=r"^[0-9a-f]{64}$", code_sealed__regex=r"^[0-9]+\.[^.]+\.[^.]{40,}$"),
                violation_error_code="code_not_sealed",
                violation_error_message=_("券码只存密文和盲索引"),
            ),
            models.UniqueConstraint(
                name="coupon_place_once",
                fields=["offer", "citizen", "place"],
                condition=~Q(state=CouponState.CANCELLED),
                violation_error_code="limit_reached",
                violation_error_message=_("您已兑满这一项的每人限额"),
            ),
        ]
        triggers = [
            Moves(name="coupon_moves", moves=COUPON_MOVES, start=[CouponState.ISSUED]),
            AppendOnly(name="coupon_stays", may_change=["state"]),
            Guard(
                name="coupon_within_limit",
                operation=pgtrigger.Insert,
                code="limit_reached",
                message=_("您已兑满这一项的每人限额"),
                body="""
                    IF NEW.place NOT BETWEEN 1 AND (SELECT per_person FROM rewards_offer WHERE id = NEW.offer_id) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="coupon_is_paid",
                operation=pgtrigger.Insert,
                code="not_paid",
                message=_("券要用本人的积分、按标明的分数兑换"),
                body="""
                    IF NOT EXISTS (SELECT 1 FROM rewards_pointentry e JOIN rewards_pointaccount a ON a.id = e.account_id
                        JOIN rewards_offer o ON o.id = NEW.offer_id
                        WHERE e.id = NEW.entry_id AND e.kind = 'SPEND' AND a.citizen_id = NEW.citizen_id
                            AND e.points = -o.price_points) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="coupon_used_has_its_use",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="not_used_here",
                message=_("已核销的券要有一条核销记录，没核销的不能有"),
                body="""
                    IF EXISTS (SELECT 1 FROM rewards_coupon c WHERE c.id = NEW.id AND (c.state = 'USED') <>
                        EXISTS (SELECT 1 FROM rewards_couponuse WHERE coupon_id = c.id AND undone_at IS NULL)) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number of the order, e.g. ``DH20261122003917``; unlike the code it opens nothing."""
        return f"DH{clock.local(self.issued_at):%Y%m%d}{self.pk:06d}"

    @property
    def badge(self) -> str:
        """The tone of the state."""
        return COUPON_BADGES[CouponState(self.state)]
