"""Short messages: an operator's gateway behind one method, and in a demo the page itself."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Protocol, cast

from django.conf import settings
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


@lru_cache(maxsize=2)
def _adapter(name: str) -> SmsAdapter:
    return cast(SmsAdapter, import_string(name)())
