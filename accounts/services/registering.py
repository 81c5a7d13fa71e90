"""People who register themselves, to act for a company later: by a code sent to their telephone or e-mail address."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Reach, SmsCode, User
from accounts.personal import blind, seal
from accounts.services.codes import address_of, check_code
from accounts.services.people import portal_user, register_person
from accounts.workflow import record


def register_by_code(*, address: str, code: str, username: str, full_name: str, password: str) -> User:
    """Register the person whose telephone or e-mail address has the code; a role in a company is granted later, by others.

    Raises RuleViolation ``bad_phone``, ``bad_email``, ``bad_code``, ``code_expired``, ``too_many_tries``, ``username_taken``,
    ``phone_taken`` or ``email_taken``. The form has checked the password's rules.
    """
    kind, normal = address_of(address)
    with transaction.atomic():
        check_code(phone=address, purpose=SmsCode.Purpose.REGISTER, code=code)
        user = register_person(
            username=username,
            full_name=full_name,
            password=password,
            by=portal_user(),
            phone_blind=blind(kind, normal) if kind == "phone" else None,
            email=normal if kind == "email" else "",
        )
        if kind == "phone":
            Reach.objects.create(user=user, phone=seal(normal))
        record("accounts.register_by_code", user, by=user, data={"by": kind})
    return user
