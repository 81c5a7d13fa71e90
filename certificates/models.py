"""Certificates, and the transparency log in which every one of them and every registry journal is a leaf."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, User
from accounts.scope import scope
from accounts.triggers import AppendOnly, Guard, Moves
from certificates import uses
from certificates.states import BADGES, MOVES, Kind, State
from kernel import clock
from office.models import MAX_ATTEMPTS


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates."""

    def visible_to(self, user: Any) -> CertificateQuerySet:
        """What staff see on their desks: their division's. The public reads any certificate by its number."""
        return self.filter(scope(user).rows(division="division"))

    def for_subject(self, subject: models.Model) -> CertificateQuerySet:
        """Certificates of one row (a project, a batch, a retirement), newest first."""
        return self.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk).order_by("-pk")

    def waiting(self) -> CertificateQuerySet:
        """Valid ones whose PDF is still to be made, not yet given up, and due."""
        return self.filter(pdf="", state=State.VALID, attempts__lt=MAX_ATTEMPTS, next_at__lte=clock.real_now())

    def parked(self) -> CertificateQuerySet:
        """Those the sweep has given up: an operator has to look."""
        return self.filter(pdf="", state=State.VALID, attempts__gte=MAX_ATTEMPTS)


def pdf_path(certificate: Certificate, name: str) -> str:
    """Return where the file lies; the digest in the name keeps a second drawing from overwriting the first."""
    return f"certificates/{certificate.number[9:17]}/{name}"


class Certificate(models.Model):
    """A certificate as it was awarded: number, kind, snapshot and digest never change, only its validity and its file do."""

    State = State
    Kind = Kind
    MOVES = MOVES
    BADGES = BADGES

    number = models.CharField(_("证书编号"), max_length=24, unique=True)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind.choices)
    subject_type = models.CharField(_("对象类别"), max_length=60)
    subject_id = models.BigIntegerField(_("对象"))
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("辖区"))
    holder_name = models.CharField(_("持有人"), max_length=48)
    snapshot = models.JSONField(_("内容"))
    digest = models.CharField(_("摘要 SM3"), max_length=64)
    issued_on = models.DateField(_("颁发日期"))
    awarded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("颁发人"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.VALID)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    revoked_reason = models.TextField(_("撤销原因"), blank=True)
    pdf = models.FileField(_("文件"), upload_to=pdf_path, max_length=200, blank=True)
    pdf_sha256 = models.CharField(_("文件摘要"), max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_at = models.DateTimeField(_("下次生成"), default=clock.real_now)
    last_error = models.TextField(_("上次出错"), blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("证书")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="certificate_subject"),
            models.Index(fields=["next_at"], name="certificate_waiting", condition=Q(pdf="", state=State.VALID)),
        ]
        constraints = [
            models.UniqueConstraint(
                name="certificate_one_valid",
                fields=["kind", "subject_type", "subject_id"],
                condition=Q(state=State.VALID),
                violation_error_code="already_awarded",
                violation_error_message=_("这一事项已经颁发过有效的证书"),
            ),
            models.CheckConstraint(
                name="certificate_number_shape",
                condition=Q(number__regex=r"^TPH[0-9]{20}[0-9A-Z]$"),
                violation_error_code="bad_number",
                violation_error_message=_("证书编号应为 TPH 加 20 位数字和 1 位校验位"),
            ),
            models.CheckConstraint(
                name="certificate_digest_shape",
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="bad_digest",
                violation_error_message=_("摘要应为 64 位十六进制"),
            ),
            models.CheckConstraint(
                name="certificate_revoked_says_why",
                condition=Q(state=State.VALID, revoked_at=None, revoked_reason="")
                | (Q(state=State.REVOKED, revoked_at__isnull=False) & ~Q(revoked_reason="")),
                violation_error_code="no_reason",
                violation_error_message=_("撤销要写明时间和原因，有效的证书没有撤销原因"),
            ),
        ]
        triggers = [
            AppendOnly(
                name="certificate_fixed",
                may_change=[
                    "state",
                    "revoked_at",
                    "revoked_reason",
                    "pdf",
                    "pdf_sha256",
                    "attempts",
                    "next_at",
                    "last_error",
                ],
                code="certificate_fixed",
                message=_("证书的编号和内容颁发后不能改动，也不能删除；有错请撤销后另发"),
            ),
            Moves(name="certificate_moves", moves=MOVES, start=[State.VALID]),
            Guard(
                name="certificate_revoked_once",
                operation=pgtrigger.Update,
                code="already_revoked",
                message=_("证书已经撤销，撤销的时间和原因不能再改"),
                body="""
                    IF OLD.state = 'REVOKED'
                       AND (OLD.revoked_at, OLD.revoked_reason) IS DISTINCT FROM (NEW.revoked_at, NEW.revoked_reason) THEN
                        {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    @property
    def title(self) -> Any:
        """What it is called: a retirement by what it was for."""
        return uses.title(self.kind, self.snapshot)

    @property
    def told(self) -> Any:
        """One sentence of what a retirement was for; empty for other kinds."""
        return uses.use_of(self.snapshot).told

    def get_absolute_url(self) -> str:
        """The public verification page."""
        return reverse("verify-number", args=[self.number])

    @property
    def badge(self) -> str:
        """The tone of the state."""
        return BADGES[State(self.state)]


class LogLeaf(models.Model):
    """One leaf of the transparency log. Positions run from 0 without a gap; ``leaf_hash`` is RFC 9162's, in hexadecimal."""

    position = models.PositiveBigIntegerField(_("位置"), primary_key=True)
    kind = models.CharField(_("种类"), max_length=20)
    subject = models.CharField(_("对象"), max_length=60)
    leaf_hash = models.CharField(_("叶散列"), max_length=64)
    logged_at = models.DateTimeField(_("记入时间"), default=clock.real_now)

    class Meta:
        verbose_name = verbose_name_plural = _("透明日志")
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                name="log_leaf_once",
                fields=["kind", "subject"],
                violation_error_code="already_logged",
                violation_error_message=_("这件事已经记入透明日志"),
            ),
            models.CheckConstraint(
                name="log_leaf_hash_shape",
                condition=Q(leaf_hash__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="bad_leaf",
                violation_error_message=_("叶散列应为 64 位十六进制"),
            ),
        ]
        triggers = [
            AppendOnly(name="log_leaf_append_only"),
            Guard(
                name="log_leaf_contiguous",
                operation=pgtrigger.Insert,
                code="log_gap",
                message=_("透明日志只能接在最后一页之后，不能跳页"),
                body="""
                    IF NEW.position <> (SELECT COALESCE(MAX(position) + 1, 0) FROM certificates_logleaf) THEN {refuse} END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page} {self.kind} {self.subject}"

    @property
    def page(self) -> int:
        """The place people are told, from 1."""
        return self.position + 1


class LogHead(models.Model):
    """A signed statement: the first ``size`` leaves have this root. Hexadecimal throughout; the signature is Ed25519."""

    size = models.PositiveBigIntegerField(_("页数"), unique=True)
    root = models.CharField(_("树根"), max_length=64)
    sealed_at = models.DateTimeField(_("签名时间"))
    public_key = models.CharField(_("公钥"), max_length=64)
    signature = models.CharField(_("签名"), max_length=128)

    class Meta:
        verbose_name = verbose_name_plural = _("日志树头")
        ordering = ("-size",)
        constraints = [
            models.CheckConstraint(
                name="log_head_not_empty",
                condition=Q(size__gt=0),
                violation_error_code="empty_log",
                violation_error_message=_("空的日志没有树头"),
            )
        ]
        triggers = [AppendOnly(name="log_head_append_only")]

    def __str__(self) -> str:
        return f"{self.size} {self.root[:12]}"
