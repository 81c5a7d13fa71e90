"""What lets somebody in beside a password: codes sent to a telephone, and the keys partner systems sign with."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import connection, models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisations import Organisation
from accounts.models.people import RoleGrant, User
from accounts.scope import scope
from accounts.states import RESET_BADGES, RESET_MOVES, ResetState
from accounts.triggers import AppendOnly, Guard, Moves, Once
from kernel import clock

MOST_TRIES = 5


class SmsCode(models.Model):
    """A code of six digits sent to a telephone: neither number nor code stand here, only what they are compared with.

    Times are real time: a telephone does not know the demo's clock. Old rows are swept.
    """

    class Purpose(models.TextChoices):
        LOGIN = "LOGIN", _("登录")
        REGISTER = "REGISTER", _("注册")
        CLOSE = "CLOSE", _("注销账户")
        CONTACT = "CONTACT", _("接收消息")

    phone_blind = models.CharField(_("手机号（盲索引）"), max_length=64)
    purpose = models.CharField(_("用途"), max_length=12, choices=Purpose.choices)
    code_hash = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(_("地址"), null=True)
    sent_at = models.DateTimeField(_("发送时间"), default=clock.real_now)
    expires_at = models.DateTimeField(_("有效期至"))
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    used_at = models.DateTimeField(_("使用时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("短信验证码")
        indexes = [
            models.Index(fields=["phone_blind", "-sent_at"], name="sms_code_phone"),
            models.Index(fields=["ip", "-sent_at"], name="sms_code_ip"),
        ]
        constraints = [
            models.CheckConstraint(
                name="sms_code_tries_end",
                condition=Q(attempts__lte=MOST_TRIES),
                violation_error_code="too_many_tries",
                violation_error_message=_("验证码试错次数太多，请重新获取"),
            ),
            models.CheckConstraint(
                name="sms_code_is_sealed",
                condition=Q(phone_blind__regex=r"^[0-9a-f]{64}$", code_hash__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="code_not_sealed",
                violation_error_message=_("验证码一行不存手机号和验证码原文"),
            ),
            models.CheckConstraint(
                name="sms_code_ends_after_start",
                condition=Q(expires_at__gt=F("sent_at")),
                violation_error_code="code_period",
                violation_error_message=_("验证码的有效期不能早于发送时间"),
            ),
        ]
        triggers = [
            Once(
                name="sms_code_used_once",
                field="used_at",
                code="bad_code",
                message=_("这个验证码已经用过，请重新获取"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} #{self.pk}"


class SignInTry(models.Model):
    """A try at a door that has not turned out right (yet): the name typed stands here as a blind index. Swept.

    Times are real time: a guesser does not wait for the demo's clock.
    """

    name_blind = models.CharField(_("用户名（盲索引）"), max_length=64)
    ip = models.GenericIPAddressField(_("地址"), null=True)
    at = models.DateTimeField(_("时间"), default=clock.real_now)

    class Meta:
        verbose_name = verbose_name_plural = _("登录尝试")
        indexes = [models.Index(fields=["name_blind", "-at"], name="sign_in_try_name")]
        constraints = [
            models.CheckConstraint(
                name="sign_in_try_is_blind",
                condition=Q(name_blind__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="name_not_blind",
                violation_error_message=_("登录尝试一行不存输入的用户名原文"),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ResetQuerySet(models.QuerySet["SecondFactorReset"]):
    """Requests to take a lost second factor away."""

    def visible_to(self, user: Any) -> ResetQuerySet:
        """Those of people who hold a role inside the divisions of a person of the bureau, and those of oneself."""
        grants = RoleGrant.objects.visible_to(user)
        return self.filter(Q(user_id__in=grants.values("user")) | Q(user_id=getattr(user, "pk", None)))


class SecondFactorReset(models.Model):
    """A lost second factor: one person asks for it to be taken away, another does it."""

    State, MOVES = ResetState, RESET_MOVES

    user = models.ForeignKey(User, models.PROTECT, related_name="factor_resets", verbose_name=_("人员"))
    state = models.CharField(_("状态"), max_length=10, choices=ResetState.choices, default=ResetState.ASKED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"), default=clock.now)
    reason = models.TextField(_("理由"))
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("办结人"))
    closed_at = models.DateTimeField(_("办结时间"), null=True)

    objects = ResetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("第二因素重置")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="factor_reset_by_two",
                condition=Q(closed_by=None) | ~Q(state=ResetState.DONE) | ~Q(closed_by=F("asked_by")),
                violation_error_code="same_person",
                violation_error_message=_("提出重置的人不能自己确认，请另一位管理员办理"),
            ),
            models.CheckConstraint(
                name="factor_reset_not_ones_own",
                condition=~Q(user=F("asked_by")) & (Q(closed_by=None) | ~Q(user=F("closed_by"))),
                violation_error_code="own_reset",
                violation_error_message=_("不能给自己重置第二因素，请两位管理员办理"),
            ),
            models.CheckConstraint(
                name="factor_reset_closed_by_somebody",
                condition=Q(state=ResetState.ASKED, closed_by=None, closed_at=None)
                | (~Q(state=ResetState.ASKED) & Q(closed_by__isnull=False, closed_at__isnull=False)),
                violation_error_code="reset_without_name",
                violation_error_message=_("办结的重置要写明由谁在什么时候办理"),
            ),
            models.UniqueConstraint(
                name="factor_reset_one_open",
                fields=["user"],
                condition=Q(state=ResetState.ASKED),
                violation_error_code="reset_asked",
                violation_error_message=_("这个人已有一件待确认的重置"),
            ),
        ]
        triggers = [
            Moves(name="factor_reset_moves", moves=RESET_MOVES, start=[ResetState.ASKED]),
            AppendOnly(name="factor_reset_append_only", may_change=("state", "closed_by", "closed_at")),
        ]

    def __str__(self) -> str:
        return f"{self.user}"

    @property
    def badge(self) -> str:
        """The tone of the state's badge."""
        return RESET_BADGES[ResetState(self.state)]


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys of partner systems."""

    def visible_to(self, user: Any) -> ApiKeyQuerySet:
        """Those of one's organisation, and for staff those of their division."""
        return self.filter(scope(user).rows(division="organisation__division", organisations=("organisation",)))


class ApiKey(models.Model):
    """A key a partner's system signs requests with: it acts as a person of the organisation, and for that organisation only."""

    key_id = models.CharField(_("密钥编号"), max_length=32)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="api_keys", verbose_name=_("单位"))
    user = models.ForeignKey(User, models.PROTECT, related_name="api_keys", verbose_name=_("代表的人员"))
    sealed = models.TextField(_("密钥（密文）"), editable=False)
    valid_from = models.DateTimeField(_("起"), default=clock.now)
    valid_to = models.DateTimeField(_("止"), null=True, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签发人"))

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("接口密钥")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="api_key_once",
                fields=["key_id"],
                violation_error_code="key_known",
                violation_error_message=_("这个密钥编号已有，请再签发一次"),
            ),
            models.CheckConstraint(
                name="api_key_is_sealed",
                condition=Q(sealed__regex=r"^1\.[A-Za-z0-9-]{1,20}\.[A-Za-z0-9_=-]{40,}$"),
                violation_error_code="key_not_sealed",
                violation_error_message=_("密钥只以密文保存"),
            ),
            models.CheckConstraint(
                name="api_key_ends_after_start",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="key_period",
                violation_error_message=_("密钥的止期不能早于起期"),
            ),
        ]
        triggers = [
            AppendOnly(name="api_key_append_only", may_change=("valid_to", "sealed")),
            Guard(
                name="api_key_never_longer",
                operation=pgtrigger.Update,
                code="key_ended",
                message=_("密钥的止期只能提前，不能延长；需要时请签发新的密钥"),
                body="""
                    IF OLD.valid_to IS NOT NULL AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="api_key_of_no_person",
                operation=pgtrigger.Insert,
                code="no_key_for_a_person",
                message=_("自然人的账户不签发接口密钥：每次办理都要本人的第二因素"),
                body="""
                    IF EXISTS (SELECT 1 FROM accounts_organisation WHERE id = NEW.organisation_id AND kind = 'PERSON')
                    THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.key_id

    def in_force(self) -> bool:
        """Tell whether the key may sign at the business time."""
        now = clock.now()
        return self.valid_from <= now and (self.valid_to is None or self.valid_to > now)


class ApiNonceManager(models.Manager["ApiNonce"]):
    """Nonces."""

    def use(self, key: ApiKey, nonce: str) -> bool:
        """Write a nonce down by itself; False when it was there.

        Its commit does not wait for the disk. Whatever the request changes is committed later and does wait, and the log of the
        database is in order, so no change is ever kept of which the nonce was lost.
        """
        with connection.cursor() as cursor:
            cursor.execute(USE_NONCE, [key.pk, nonce, clock.real_now()])
            return cursor.rowcount == 1


USE_NONCE = """
    INSERT INTO accounts_apinonce (key_id, nonce, at)
    SELECT %s, %s, %s FROM set_config('synchronous_commit', 'off', true)
    ON CONFLICT ON CONSTRAINT api_nonce_once DO NOTHING
"""


class ApiNonce(models.Model):
    """A number a partner used once: a request that was seen is not taken again. Swept when its timestamp is long past."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.real_now, db_index=True)

    objects = ApiNonceManager()

    class Meta:
        verbose_name = verbose_name_plural = _("一次性随机数")
        constraints = [
            models.UniqueConstraint(
                name="api_nonce_once",
                fields=["key", "nonce"],
                violation_error_code="nonce_replayed",
                violation_error_message=_("这个请求已经收到过，不再办理；每次请求请换一个随机数（X-Nonce）"),
            )
        ]
