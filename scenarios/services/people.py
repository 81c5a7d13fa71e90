"""Citizens: registering by phone, being verified, closing the account. Coming back is ``accounts.services.entering``."""

from __future__ import annotations

import re
import secrets
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Division, SmsCode, User
from accounts.personal import blind, seal, unseal
from accounts.roles import Role
from accounts.services.codes import check_code
from accounts.services.people import grant_role, user_of_phone
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import check_identity_no, check_phone, mask_name
from scenarios.identity import identity_service
from scenarios.models import CarbonAccount, Citizen, Identity
from scenarios.states import CitizenState

ENTERING = (
    SmsCode.Purpose.LOGIN
)  # what the code on the phone is for: one code lets in whoever has an account, or opens one
YOUNGEST = 14  # below, a guardian's consent is needed (PIPL art. 31)
NAMELESS, GONE = "公众用户", "已注销用户"


@verb("scenarios.register_citizen")
def register(*, phone: str, code: str, by: User, division: Division | None = None) -> Citizen:
    """Open an account for whoever has the phone; it counts nothing before the real name is verified.

    ``code`` is the one sent to the phone. Raises RuleViolation ``bad_phone``, what the code is refused for, or ``phone_known``.
    """
    phone = check_phone(phone)
    check_code(phone=phone, purpose=ENTERING, code=code)
    hidden = blind("phone", phone)
    known = User.objects.filter(phone_blind=hidden).exists()
    require(not known, "phone_known", _("这个手机号已经开过账户，请直接登录"))
    user = User.objects.create_user(f"gr-{secrets.token_hex(8)}", full_name=NAMELESS)
    user.phone_blind = hidden
    user.save(update_fields=["phone_blind"])
    grant_role(user, Role.CITIZEN, by=by)
    place = division or Division.objects.get(code=settings.HOME_DIVISION)
    citizen = Citizen.objects.create(user=user, division=place)
    Identity.objects.create(citizen=citizen, phone=seal(phone))
    CarbonAccount.objects.create(citizen=citizen)
    record("scenarios.register_citizen", citizen, by=by)
    return citizen


def is_known(phone: str) -> bool:
    """Tell whether a phone has an account. Asked only for somebody who holds the phone."""
    return user_of_phone(phone) is not None


@verb("scenarios.verify_identity")
def verify_identity(citizen: Citizen, *, name: str, identity_no: str, by: User) -> Citizen:
    """Verify who a citizen is, once, and open the account for counting.

    Name and number are kept sealed, the number also as a blind index: one person has one account. Raises RuleViolation
    ``bad_name``, ``bad_identity_no``, ``needs_guardian``, ``no_identity_service``, ``identity_differs``, ``wrong_state`` or
    ``identity_known``.
    """
    name = "".join(name.split()) if not name.isascii() else " ".join(name.split())
    require(2 <= len(name) <= 40 and re.search(r"\w", name), "bad_name", _("请填证件上的姓名，2 到 40 个字"))
    number = check_identity_no(identity_no)
    of_age = age(number) >= YOUNGEST
    require(of_age, "needs_guardian", _("未满 14 周岁要由监护人同意后办理，请监护人带证件到服务窗口"))
    service = identity_service()
    require(service is not None, "no_identity_service", _("实名核验服务还没有接通，暂时不能办理"))
    assert service is not None  # noqa: S101  refused above
    matched = service.matches(name, number)  # before the lock: an outside answer may take a while
    citizen = lock(citizen)
    require(matched, "identity_differs", _("姓名与证件号码不符，请照证件填写"))
    hidden = blind("identity_no", number)
    known = Identity.objects.filter(identity_blind=hidden).exclude(citizen=citizen).exists()
    require(not known, "identity_known", _("这个证件号码已经开过账户，一人只能有一个账户"))
    advance(citizen, CitizenState.ACTIVE, by=by, verified_at=clock.now())
    Identity.objects.filter(citizen=citizen).update(
        name=seal(name), identity_no=seal(number), identity_blind=hidden, service=service.label
    )
    User.objects.filter(pk=citizen.user_id).update(full_name=mask_name(name))
    return citizen


def age(identity_no: str) -> int:
    """Return how many years old the person of an identity number is by the business day."""
    born = date(int(identity_no[6:10]), int(identity_no[10:12]), int(identity_no[12:14]))
    today = clock.today()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


@verb("scenarios.close_account")
def close_account(citizen: Citizen, *, by: User, reason: str = "") -> Citizen:
    """Close the account for good: consents end, who it was is erased, the books stay as they are (clarification 23).

    Raises RuleViolation ``holds_account`` while units are held, or asked to be, in one's own name.
    A file that is settling either credits before or finds the account closed: the closing takes the balance row (a trigger).
    """
    citizen = lock(citizen)
    now = clock.now()
    holds = citizen.user.grants_now().filter(role=Role.HOLDER).exists()
    require(not holds, "holds_account", _("您还有个人持有账户（或在办的开户申请），请先销户或取消申请，再注销公众账户"))
    citizen.consents.open().update(withdrawn_at=now)
    advance(citizen, CitizenState.CLOSED, by=by, reason=reason, closed_at=now)
    Identity.objects.filter(citizen=citizen).update(
        phone="", name="", identity_no="", identity_blind=None, service="", erased_at=now
    )
    user = lock(citizen.user)
    user.full_name, user.email, user.phone_blind, user.is_active = GONE, "", None, False
    user.save(update_fields=["full_name", "email", "phone_blind", "is_active"])
    user.grants.filter(valid_to=None).update(valid_to=now)
    return citizen


class Person(NamedTuple):
    """Who a citizen is, in clear."""

    name: str
    phone: str
    identity_no: str


def person(citizen: Citizen) -> Person:
    """Return who a citizen is, for the citizen's own page; anybody else goes through ``unmask``. Empty after closing."""
    identity = citizen.identity
    return Person(*(unseal(text) if text else "" for text in (identity.name, identity.phone, identity.identity_no)))


@verb("scenarios.unmask")
def unmask(citizen: Citizen, *, by: User, reason: str) -> Person:
    """Show an operator who a citizen is. The event says who looked, at whom, and why; it does not say what was seen."""
    require(reason.strip(), "no_reason", _("请写明为什么要看"))
    require(citizen.state != CitizenState.CLOSED, "account_closed", _("账户已注销，身份资料已清除"))
    record("scenarios.unmask", citizen, by=by, reason=reason)
    return person(citizen)
