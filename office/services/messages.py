"""Telling people: written with the verb it tells of, sent by a sweep, sent again by a person when it would not go out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import sms
from accounts.logs import scrubbed
from accounts.models import Event, Reach, User
from accounts.personal import unseal
from accounts.services.codes import address_of
from accounts.services.reach import phone_of, reaches, sealed_phones
from accounts.workflow import RuleViolation, advance, lock, record, require, sentence, verb
from kernel import clock
from office.announcing import Occasion, Told, declared, following
from office.models import MAX_ATTEMPTS, Delivery, Message
from office.services.jobs import job_run
from office.services.retries import claim, start_again
from office.states import Channel, DeliveryState

logger = logging.getLogger("portal.messages")

BACKOFF_S = 60
MOST_A_ROUND = 500  # the other sweeps want their turn; what is left comes with the next round
QUIET_FROM, QUIET_TO = time(22), time(8)  # no general SMS in the night, by the clock on the wall in Shanghai
PART = 2_000  # messages written by one statement of a reminder


def tell(event: Event, row: Any) -> None:
    """Write what follows an event, in its transaction: rolled back with it, and there as soon as it is.

    A row that moved on settles what was asked for in the state before; so does asking the same of somebody else.
    """
    if event.outcome != Event.Outcome.DONE or row is None or event.object_id is None:
        return
    if event.to_state != event.from_state:
        asked = Message.objects.filter(object_type=event.object_type, object_id=event.object_id)
        asked.to_do().update(settled_at=clock.now())
    for occasion in following(event):
        about = occasion.about(event, row) if occasion.about else row
        if about is None:
            continue
        people = [user for user in occasion.who(event, about) if user.is_active]
        people = [user for user in people if occasion.own or user.pk != event.actor_id]
        if occasion.action:
            label = about._meta.concrete_model._meta.label_lower
            before = Message.objects.filter(template=occasion.code, object_type=label, object_id=about.pk)
            before.to_do().update(settled_at=clock.now())
        if people or occasion.contact:
            write(occasion, about, people, occasion_key=f"event {event.pk}", event=event)


def write(
    occasion: Occasion,
    row: Any,
    people: Sequence[User],
    *,
    occasion_key: str,
    event: Event | None = None,
    facts: Mapping[str, Any] | None = None,
) -> list[Message]:
    """Write one message to each person, and its ways out by what the person chose; returns them.

    ``facts`` fill the words where the row does not say them.
    Raises IntegrityError (``message_once``) when somebody was told of this already.
    """
    facts, chosen = occasion.facts(event, row) if facts is None else facts, reaches(people)
    words = {language: occasion.told(facts, language) for language in {one.language for one in chosen.values()}}
    made = [
        _message(occasion, row, words[chosen[user.pk].language], chosen[user.pk].language, user, occasion_key, event)
        for user in {user.pk: user for user in people}.values()
    ]
    if occasion.contact is not None:
        plain = Reach.Language.CHINESE
        made.append(_message(occasion, row, occasion.told(facts, plain), plain, None, occasion_key, event))
    Message.objects.bulk_create(made)
    phones = sealed_phones(list(chosen)) if Channel.SMS in occasion.channels else {}
    Delivery.objects.bulk_create(
        Delivery(message=message, channel=channel, next_at=_first_at(occasion, channel))
        for message in made
        for channel in _ways(occasion, message, chosen, phones)
    )
    return made


def _message(
    occasion: Occasion, row: Any, told: Told, language: str, person: User | None, key: str, event: Event | None
) -> Message:
    return Message(
        person=person,
        template=occasion.code,
        language=language,
        subject=told.subject[:200],
        text=told.text,
        sms=told.sms[:300],
        link=occasion.link(event, row),
        object_type=row._meta.concrete_model._meta.label_lower,
        object_id=row.pk,
        object_label=str(row)[:200],
        occasion=key,
        action_required=occasion.action,
        due_on=occasion.due(event, row) if occasion.action else None,
        necessary=occasion.must,
    )


def _ways(
    occasion: Occasion, message: Message, chosen: Mapping[int, Reach], phones: Mapping[int, str]
) -> Iterable[Channel]:
    """Yield the channels that are switched on, lead to the person, and that the person has not switched off."""
    user = message.person
    if user is None:
        yield Channel.CONTACT
        return
    reach = chosen[user.pk]
    email = bool(user.email) and settings.EMAIL_ON and Channel.EMAIL in occasion.channels
    by_phone = user.pk in phones and bool(settings.SMS_ADAPTER) and bool(message.sms)
    if email and (occasion.must or reach.email_on):
        yield Channel.EMAIL
    if by_phone and (occasion.must or (not user.email if reach.sms_on is None else reach.sms_on)):
        yield Channel.SMS


def after_quiet(at: datetime) -> datetime:
    """Return the moment itself by day, and eight in the morning for one in the night."""
    there = clock.local(at)
    if QUIET_TO <= there.time() < QUIET_FROM:
        return at
    day = there.date() + timedelta(days=there.time() >= QUIET_FROM)
    return datetime.combine(day, QUIET_TO, there.tzinfo)


def _first_at(occasion: Occasion, channel: Channel) -> datetime:
    now = clock.real_now()
    return after_quiet(now) if channel == Channel.SMS and not occasion.must else now


def remind(code: str, rows: Iterable[tuple[User, Any, Mapping[str, Any]]], *, occasion_key: str) -> int:
    """Write in-app reminders to many people, each about a row with facts of its own; who has one already gets no second.

    For sweeps: a few statements for thousands, and nothing goes out by e-mail or SMS. Returns how many were looked at.
    """
    occasion, waiting, done = declared()[code], list(rows), 0
    for start in range(0, len(waiting), PART):
        part = waiting[start : start + PART]
        chosen = reaches([user for user, _row, _facts in part])
        made = []
        for user, row, facts in part:
            language = chosen[user.pk].language
            made.append(_message(occasion, row, occasion.told(facts, language), language, user, occasion_key, None))
        Message.objects.bulk_create(made, ignore_conflicts=True)
        done += len(made)
    return done


def send_waiting() -> int:
    """Send what waits, each delivery in a transaction of its own; returns how many went out. The sweep's body."""
    with job_run("office.send_messages") as run:
        while run.done + run.failed < MOST_A_ROUND:
            delivery = claim(Delivery.objects.waiting(), backoff_s=BACKOFF_S)
            if delivery is None:
                break
            if _sent(delivery):
                run.done += 1
            else:
                run.failed += 1
    return run.done


def _sent(delivery: Delivery) -> bool:
    """Hand one delivery to its gateway, outside any transaction, and write down what became of it."""
    message = Message.objects.select_related("person").get(pk=delivery.message_id)
    try:
        _hand_over(delivery.channel, message)
    except (RuleViolation, OSError) as refusal:
        last = delivery.attempts >= MAX_ATTEMPTS or getattr(refusal, "code", "") in HOPELESS
        said = sentence(refusal) if isinstance(refusal, RuleViolation) else f"{type(refusal).__name__}: {refusal}"
        delivery.last_error = scrubbed(said)[:500]
        delivery.state = DeliveryState.FAILED if last else DeliveryState.WAITING
        if delivery.channel == Channel.SMS and not message.necessary:
            delivery.next_at = after_quiet(delivery.next_at)
        delivery.save(update_fields=["state", "last_error", "next_at"])
        logger.warning("delivery %d by %s failed (%d)", delivery.pk, delivery.channel, delivery.attempts)
        return False
    delivery.state, delivery.sent_at, delivery.last_error = DeliveryState.SENT, clock.real_now(), ""
    delivery.save(update_fields=["state", "sent_at", "last_error"])
    logger.info("delivery %d by %s sent", delivery.pk, delivery.channel)
    return True


# Trying again does not help: the address is gone, or cannot be used.
HOPELESS = {"no_address", "not_an_address"}


def _hand_over(channel: str, message: Message) -> None:
    """Read the address from where it is sealed and send. Raises ``no_address``, ``not_an_address`` or what the gateway says."""
    with translation.override(message.language):
        if channel == Channel.CONTACT:
            address = _contact(message)
            kind = "email" if "@" in address else "phone"
        else:
            kind = "email" if channel == Channel.EMAIL else "phone"
            person = message.person
            gone = person is None or not person.is_active
            address = "" if gone else person.email if kind == "email" else phone_of(person)  # type: ignore[union-attr,arg-type]
            require(bool(address), "no_address", _("收件人已没有可用的地址"))
        if kind == "email":
            sms.send_mail(address, letter(message), subject=message.subject)
        else:
            sms.send(address, message.sms)


def _contact(message: Message) -> str:
    row = apps.get_model(message.object_type)._base_manager.get(pk=message.object_id)
    of = declared()[message.template].contact
    sealed = of(row) if of is not None else ""
    require(bool(sealed), "no_address", _("收件人已没有可用的地址"))
    try:
        return address_of(unseal(sealed))[1]
    except RuleViolation as refusal:
        said = _("所留的联系方式不是手机号也不是邮箱，请用其他方式告知")
        raise RuleViolation("not_an_address", said) from refusal


def letter(message: Message) -> str:
    """Return the e-mail: the text as it was told, where to go on, and whom to call. In the running language."""
    lines = [message.text, ""]
    if message.link:
        lines += [_("查看：%s") % f"{settings.PUBLIC_URL}{message.link}"]
    lines += [_("有疑问请致电 %s。") % settings.HOTLINE, "", settings.SITE_NAME]
    if not message.necessary:
        lines += [_("不想再收到这类邮件，可以在“消息设置”里关闭。")]
    return "\n".join(lines)


@verb("office.send_message_again")
def send_again(delivery: Delivery, *, by: User, reason: str = "") -> Delivery:
    """Let a delivery that was given up be tried again, from the next round on. Raises ``not_parked``."""
    delivery = lock(delivery)
    parked = Delivery.objects.parked().filter(pk=delivery.pk).exists()
    require(parked, "not_parked", _("这一条没有停下，不用重发"))
    if delivery.state == DeliveryState.FAILED:
        advance(delivery, DeliveryState.WAITING, by=by, reason=reason)
    else:
        record("office.send_message_again", delivery, by=by, reason=reason)
    start_again(delivery)
    return delivery


@transaction.atomic
def mark_read(messages: Iterable[int] | None, *, by: User) -> int:
    """Note that a person has read messages of his own, or all of them (None); returns how many were new. No act of the office."""
    rows = Message.objects.visible_to(by).unread()
    if messages is not None:
        rows = rows.filter(pk__in=messages)
    return rows.update(read_at=clock.now())
