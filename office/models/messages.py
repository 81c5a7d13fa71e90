"""What people are told: a message to a person on an occasion, the ways it goes out, and the officers' morning digest.

A message is written in the transaction of the verb it tells of; its deliveries are a queue that a sweep works off.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Reach, User
from accounts.roles import Role
from accounts.scope import scope
from accounts.triggers import AppendOnly, Moves, Once
from kernel import clock
from office.models.reference import MAX_ATTEMPTS
from office.states import DELIVERY_BADGES, DELIVERY_MOVES, Channel, DeliveryState


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def visible_to(self, user: Any) -> MessageQuerySet:
        """One's own, and nobody else's whatever the role."""
        return self.filter(person=user.pk) if getattr(user, "pk", None) else self.none()

    def unread(self) -> MessageQuerySet:
        """Those the person has not opened."""
        return self.filter(read_at=None)

    def to_do(self) -> MessageQuerySet:
        """Those that ask the person for something that nobody has done yet."""
        return self.filter(action_required=True, settled_at=None)


class Message(models.Model):
    """One person told of one occasion, in the words as they were. Being here is the in-app message.

    Without a person it is for whoever a row names by a sealed contact (an objection), which is read when the message is sent.
    ``settled_at``: the row it is about has moved on, so nothing is asked for any more.
    """

    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="messages", verbose_name=_("收件人"))
    template = models.CharField(_("模板"), max_length=60)
    language = models.CharField(_("语言"), max_length=8, choices=Reach.Language.choices)
    subject = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("内容"))
    sms = models.CharField(_("短信"), max_length=300, blank=True)
    link = models.CharField(_("链接"), max_length=200, blank=True)
    object_type = models.CharField(_("对象类别"), max_length=60)
    object_id = models.BigIntegerField(_("对象编号"))
    object_label = models.CharField(_("对象"), max_length=200)
    # What happened: "event 17", or the day a sweep reminded.
    occasion = models.CharField(_("事由"), max_length=40)
    action_required = models.BooleanField(_("需要处理"), default=False)
    due_on = models.DateField(_("处理期限"), null=True)
    necessary = models.BooleanField(_("必要消息"), default=False)
    written_at = models.DateTimeField(_("时间"), default=clock.now)
    read_at = models.DateTimeField(_("已读"), null=True)
    settled_at = models.DateTimeField(_("已办"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["person", "-id"], name="message_of"),
            models.Index(fields=["person"], name="message_unread", condition=Q(read_at=None)),
            models.Index(
                fields=["object_type", "object_id"],
                name="message_open",
                condition=Q(action_required=True, settled_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="message_once",
                fields=["person", "template", "object_type", "object_id", "occasion"],
                nulls_distinct=False,
                violation_error_code="already_told",
                violation_error_message=_("这件事已经通知过这个人"),
            ),
            models.CheckConstraint(
                name="message_due_is_asked",
                condition=Q(due_on=None) | Q(action_required=True),
                violation_error_code="due_without_action",
                violation_error_message=_("有处理期限的消息要写明需要处理"),
            ),
        ]
        triggers = [
            AppendOnly(name="message_as_told", may_change=("read_at", "settled_at")),
            Once(name="message_read_once", field="read_at"),
            Once(name="message_settled_once", field="settled_at"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def asks(self) -> bool:
        """Something is still asked for."""
        return self.action_required and self.settled_at is None


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Ways out."""

    def visible_to(self, user: Any) -> DeliveryQuerySet:
        """All of them, for who keeps the portal running: a gateway that is down knows no divisions. Nobody else's business."""
        reach = scope(user)
        return self if reach.everything or Role.SYSADMIN in reach.roles else self.none()

    def waiting(self) -> DeliveryQuerySet:
        """Those the sweep may send now."""
        return self.filter(state=DeliveryState.WAITING, attempts__lt=MAX_ATTEMPTS, next_at__lte=clock.real_now())

    def parked(self) -> DeliveryQuerySet:
        """Those that wait for a person: given up, or broken off in the middle five times."""
        stuck = Q(state=DeliveryState.WAITING, attempts__gte=MAX_ATTEMPTS)
        return self.filter(stuck | Q(state=DeliveryState.FAILED))


class Delivery(models.Model):
    """A message on its way by e-mail or SMS. It holds no address: that is read from where it is sealed when it is sent.

    Times of the queue are real time: a telephone does not know the demo's clock.
    """

    State, MOVES = DeliveryState, DELIVERY_MOVES

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries", verbose_name=_("消息"))
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel.choices)
    state = models.CharField(_("状态"), max_length=8, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    next_at = models.DateTimeField(_("下次"), default=clock.real_now)
    last_error = models.CharField(_("原因"), max_length=500, blank=True)
    sent_at = models.DateTimeField(_("发出"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("消息发送")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["next_at"], name="delivery_waiting", condition=Q(state="WAITING")),
            models.Index(fields=["id"], name="delivery_failed", condition=Q(state="FAILED")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="delivery_once",
                fields=["message", "channel"],
                violation_error_code="already_told",
                violation_error_message=_("一条消息每个渠道只发一次"),
            ),
            models.CheckConstraint(
                name="delivery_sent_says_when",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | (~Q(state=DeliveryState.SENT) & Q(sent_at=None)),
                violation_error_code="sent_without_time",
                violation_error_message=_("发出的消息要有发出时间"),
            ),
        ]
        triggers = [
            Moves(name="delivery_moves", moves=DELIVERY_MOVES, start=[DeliveryState.WAITING]),
            AppendOnly(name="delivery_stays", may_change=("state", "attempts", "next_at", "last_error", "sent_at")),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.message}"

    @property
    def badge(self) -> str:
        """The tone of the state's badge."""
        return DELIVERY_BADGES[DeliveryState(self.state)]


class Digest(models.Model):
    """That an officer's work was looked at on the morning of a working day; without work there is no message."""

    person = models.ForeignKey(User, models.PROTECT, related_name="digests", verbose_name=_("人员"))
    on_day = models.DateField(_("日期"))
    waiting = models.PositiveIntegerField(_("待办"))
    overdue = models.PositiveIntegerField(_("超期"))
    soon = models.PositiveIntegerField(_("临期"))
    message = models.OneToOneField(Message, models.PROTECT, null=True, related_name="digest", verbose_name=_("消息"))

    class Meta:
        verbose_name = verbose_name_plural = _("每日提醒")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(
                name="digest_once",
                fields=["person", "on_day"],
                violation_error_code="already_told",
                violation_error_message=_("这个人今天已经提醒过"),
            ),
            models.CheckConstraint(
                name="digest_of_work",
                condition=Q(waiting=0, message=None) | Q(waiting__gt=0, message__isnull=False),
                violation_error_code="digest_of_nothing",
                violation_error_message=_("有待办才提醒，没有待办不打扰"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.on_day}"
