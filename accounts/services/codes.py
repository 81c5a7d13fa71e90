"""Codes sent to a telephone or an e-mail address: six digits, good for five minutes, five tries and one use.

These are not verbs, since whoever asks for a code is nobody yet. Refusals leave an event all the same; it never holds a number.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import sms
from accounts.models import SmsCode
from accounts.models.credentials import MOST_TRIES
from accounts.personal import blind
from accounts.workflow import RuleViolation, record, require, sentence
from kernel import clock
from kernel.identifiers import check_phone

VALID_FOR = timedelta(minutes=5)
PAUSE = timedelta(seconds=60)
MOST_A_DAY = 10  # to one number within 24 hours
MOST_AN_HOUR = 30  # asked for from one network address
KEPT_FOR = timedelta(days=2)


def send_code(*, phone: str, purpose: str, ip: str | None = None) -> str:
    """Send a code to a mobile number, or to an e-mail address given as ``phone``.

    Returns it in a demo or a test, where the page shows it labelled 演示; elsewhere nothing.
    Raises RuleViolation ``bad_phone``, ``bad_email``, ``too_soon`` (one a minute), ``too_many_codes`` (ten a day, thirty an
    hour from one address), ``sms_off``, ``sms_failed``, ``email_off`` or ``email_failed``.
    """
    try:
        return _send(*address_of(phone), SmsCode.Purpose(purpose), ip)
    except RuleViolation as refusal:
        record("accounts.send_code", None, by=None, refused=refusal.code, said=sentence(refusal))
        raise


def address_of(typed: str) -> tuple[str, str]:
    """Return the kind ("phone" or "email") and the normalised address. Raises RuleViolation ``bad_phone`` or ``bad_email``."""
    typed = typed.strip()
    if "@" not in typed:
        return "phone", check_phone(typed)
    try:
        validate_email(typed)
    except ValidationError as error:
        raise RuleViolation("bad_email", _("邮箱地址不对，请检查有没有漏字或多了空格")) from error
    return "email", typed.casefold()


def _send(kind: str, address: str, purpose: str, ip: str | None) -> str:
    code, number = f"{secrets.randbelow(10**6):06d}", blind(kind, address)
    with transaction.atomic():
        one_at_a_time(f"sms {ip}", f"sms {number}")
        _within_limits(number, ip)
        now = clock.real_now()
        row = SmsCode.objects.create(
            phone_blind=number,
            purpose=purpose,
            code_hash=_hash(number, purpose, code),
            ip=ip,
            sent_at=now,
            expires_at=now + VALID_FOR,
        )
        record("accounts.send_code", row, by=None)
    text = _("【%(site)s】验证码 %(code)s，5 分钟内有效。请勿告诉他人。") % {"site": settings.SITE_NAME, "code": code}
    shown = (
        sms.send_mail(address, text) if kind == "email" else sms.send(address, text)
    )  # outside the transaction: a slow gateway holds no lock
    return code if shown and (settings.DEMO or settings.TESTING) else ""


def _within_limits(number: str, ip: str | None) -> None:
    now = clock.real_now()
    to_number = SmsCode.objects.filter(phone_blind=number)
    require(not to_number.filter(sent_at__gt=now - PAUSE).exists(), "too_soon", _("验证码刚刚发过，请过一分钟再试"))
    today = to_number.filter(sent_at__gt=now - timedelta(days=1)).count()
    require(today < MOST_A_DAY, "too_many_codes", _("这个手机号 24 小时内已发 %d 次验证码，请明天再试") % MOST_A_DAY)
    if ip is not None:
        here = SmsCode.objects.filter(ip=ip, sent_at__gt=now - timedelta(hours=1)).count()
        require(here < MOST_AN_HOUR, "too_many_codes", _("您所在的网络获取验证码太频繁，请一小时后再试"))


def one_at_a_time(*words: str) -> None:
    """Let callers with one of the words wait for each other until the transaction ends; always in the order given."""
    with connection.cursor() as cursor:
        for word in words:
            number = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), signed=True)
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _hash(number: str, purpose: str, code: str) -> str:
    return blind("sms_code", f"{number} {purpose} {code}")


def check_code(*, phone: str, purpose: str, code: str) -> None:
    """Use up the newest code sent to a number for a purpose.

    A try counts even when the verb around it is refused and rolled back, so that nobody tries a million codes at a verb. The
    use itself belongs to that verb: when it is refused for another reason, the code still opens.
    Raises RuleViolation ``bad_phone``, ``bad_code``, ``code_expired`` or ``too_many_tries``.
    """
    number = blind(*address_of(phone))
    row = SmsCode.objects.filter(phone_blind=number, purpose=purpose).order_by("-sent_at", "-pk").first()
    wrong = RuleViolation("bad_code", _("验证码不对，请核对最近一条短信"))
    if row is None or row.used_at is not None:
        raise wrong
    require(row.expires_at > clock.real_now(), "code_expired", _("验证码已过期，请重新获取"))
    if not _counted(row):
        row.refresh_from_db()
        if row.used_at is not None:
            raise wrong
        raise RuleViolation("too_many_tries", _("验证码试错次数太多，请重新获取"))
    if not hmac.compare_digest(row.code_hash, _hash(number, purpose, code.strip())):
        raise wrong
    if not SmsCode.objects.filter(pk=row.pk, used_at=None).update(used_at=clock.real_now()):
        raise wrong  # another call with the same code was first


def _counted(row: SmsCode) -> bool:
    """Count a try and tell whether there was one left.

    Inside a transaction it is counted over a second connection, which commits at once whatever becomes of the verb. A code
    that was sent inside this very transaction is known to nobody else, and is counted here.
    """
    if connection.in_atomic_block:
        seen, counted = _counted_apart(row)
        if seen:
            return counted
    return bool(
        SmsCode.objects.filter(pk=row.pk, used_at=None, attempts__lt=MOST_TRIES).update(attempts=F("attempts") + 1)
    )


def _counted_apart(row: SmsCode) -> tuple[bool, bool]:
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_smscode WHERE id = %s", [row.pk])
            seen = cursor.fetchone()[0] == 1
            cursor.execute(
                "UPDATE accounts_smscode SET attempts = attempts + 1 WHERE id = %s AND used_at IS NULL AND attempts < %s",
                [row.pk, MOST_TRIES],
            )
            return seen, cursor.rowcount == 1
    finally:
        apart.close()


def sweep_codes() -> int:
    """Remove codes of the day before yesterday and older; returns how many."""
    removed, _by_table = SmsCode.objects.filter(sent_at__lt=clock.real_now() - KEPT_FOR).delete()
    return removed
