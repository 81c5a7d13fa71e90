"""Where and how a person is told: what he chose, and the telephone or address he proved to be his.

One's own account, so these are no verbs: nobody can do them for somebody else. They leave an event without the number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Reach, SmsCode, User
from accounts.personal import seal, unseal
from accounts.services.codes import address_of, check_code
from accounts.workflow import record, require

Phones = Callable[[Collection[int]], dict[int, str]]
_elsewhere: list[Phones] = []


def phones_from(source: Phones) -> None:
    """Let an app above say where it keeps telephones, sealed: keys of people in, key → sealed number out."""
    _elsewhere.append(source)


def sealed_phones(people: Collection[int]) -> dict[int, str]:
    """Return person → sealed telephone, of those who have one; an empty text is none."""
    found = dict(Reach.objects.filter(user__in=people).exclude(phone="").values_list("user", "phone"))
    for source in _elsewhere:
        found |= {pk: sealed for pk, sealed in source(people).items() if sealed}
    return found


def phone_of(user: User) -> str:
    """Return a person's telephone in clear, or nothing. For sending, and for the person's own page; nothing keeps it."""
    sealed = sealed_phones([user.pk]).get(user.pk, "")
    return unseal(sealed) if sealed else ""


def reaches(people: Iterable[User]) -> dict[int, Reach]:
    """Return person → what he chose, the defaults for who chose nothing."""
    wanted = {user.pk: user for user in people}
    found = {row.user_id: row for row in Reach.objects.filter(user__in=wanted)}
    return {pk: found.get(pk) or Reach(user=user) for pk, user in wanted.items()}


@transaction.atomic
def choose_channels(*, by: User, language: str, email_on: bool, sms_on: bool) -> Reach:
    """Keep how a person wants general messages: necessary ones come by every way there is. Raises ``bad_language``."""
    require(language in Reach.Language.values, "bad_language", _("请从列表里选择语言"))
    row, _new = Reach.objects.update_or_create(
        user=by, defaults={"language": language, "email_on": email_on, "sms_on": sms_on}
    )
    record("accounts.choose_channels", by, by=by, data={"language": language, "email": email_on, "sms": sms_on})
    return row


@transaction.atomic
def set_address(*, by: User, address: str, code: str) -> Reach:
    """Keep the telephone, sealed, or the e-mail address to which a code was sent, as the one where the person is told.

    Raises RuleViolation ``phone_of_account`` for who has an account opened with his telephone, ``email_taken``, and what
    ``check_code`` raises.
    """
    kind, normal = address_of(address)
    known = kind == "phone" and any(source([by.pk]) for source in _elsewhere)
    require(not known, "phone_of_account", _("短信发到您开户的手机号，不用另填"))
    check_code(phone=address, purpose=SmsCode.Purpose.CONTACT, code=code)
    row, _new = Reach.objects.get_or_create(user=by)
    if kind == "phone":
        row.phone = seal(normal)
        row.save(update_fields=["phone"])
    else:
        taken = User.objects.filter(email__iexact=normal).exclude(pk=by.pk).exists()
        require(not taken, "email_taken", _("这个邮箱已经注册"))
        User.objects.filter(pk=by.pk).update(email=normal)
    record("accounts.set_address", by, by=by, data={"kind": kind})
    return row
