"""Short messages: an operator's gateway behind one method, and in a demo the page itself."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Protocol, cast

from django.conf import settings
from django.core import mail
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from kernel.identifiers import mask_phone
from kernel.rules import RuleViolation

logger = logging.getLogger("portal.sms")


class SmsAdapter(Protocol):
    """What a deployment's gateway provides, named by ``SMS_ADAPTER``; made without arguments."""

    def send(self, phone: str, text: str) -> str:
        """Send ``text`` to a mainland mobile number within ten seconds and return what a page may show of it: nothing.

        Raises RuleViolation ``sms_failed`` when the operator does not take it.
        """
        ...


class DemoSms:
    """Sends nothing: gives the text back so that a demo's page can show it. The log sees the masked number only."""

    def send(self, phone: str, text: str) -> str:
        """Return the text; outside a demo nothing would reach the person, so it is refused there."""
        if not (settings.DEMO or settings.TESTING):
            raise RuleViolation("sms_off", _("短信服务没有开通，暂时不能发送验证码"))
        logger.info("demo message to %s", mask_phone(phone))
        return text


def send(phone: str, text: str) -> str:
    """Send a message through the configured adapter and return what the page may show of it.

    Raises RuleViolation ``sms_off`` when none is configured, ``sms_failed`` when it did not go out.
    """
    if not settings.SMS_ADAPTER:
        raise RuleViolation("sms_off", _("短信服务没有开通，暂时不能发送验证码"))
    return _adapter(settings.SMS_ADAPTER).send(phone, text)


def send_mail(address: str, text: str, *, subject: str = "") -> str:
    """Send words by e-mail and return what the page may show of them: in a demo the text, elsewhere nothing.

    Without a ``subject`` the letter has the portal's name. Raises RuleViolation ``email_off`` when the portal has no mail server,
    ``email_failed`` when it does not take the letter.
    """
    if not settings.EMAIL_ON:
        raise RuleViolation("email_off", _("邮件服务没有开通，请用手机号注册"))
    try:
        mail.send_mail(subject or settings.SITE_NAME, text, None, [address])
    except OSError as error:  # smtplib's errors are OSErrors too
        raise RuleViolation("email_failed", _("邮件没有发出去，请稍后再试，或用手机号注册")) from error
    return text if settings.DEMO or settings.TESTING else ""


@lru_cache(maxsize=2)
def _adapter(name: str) -> SmsAdapter:
    return cast(SmsAdapter, import_string(name)())
