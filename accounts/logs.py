"""Lines of the log: JSON, one a line, with who asked, and without what nobody may read there.

A telephone, an identity number, a code, a name or a secret that reaches a line, by a message, an address or the text of an
exception, is taken out here, once, whoever wrote it. Events, not logs, are where it stands who did what.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from accounts.context import actor_pk, caller

HIDDEN = "***"
# What follows one of these words is never for a log, whatever it looks like. Longer words first.
_WORDS = (
    r"x-signature|signature|x-bank-signature|authorization|csrfmiddlewaretoken|csrftoken|sessionid|password\d?|passwd|secret"
    r"|token|totp|otp|pin|code|full_name|real_name|name|phone|mobile|id_number|identity_number|id_card"
    r"|验证码|券码|绑定码|密码|密钥|签名|姓名|手机号|证件号码|身份证号"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # PostgreSQL repeats whole rows and keys in its details.
    (re.compile(r"(Failing row contains )\(.*?\)(?=\.|$)", re.DOTALL), rf"\1({HIDDEN})"),
    (re.compile(r"(Key \([^)]*\)=)\([^)]*\)"), rf"\1({HIDDEN})"),
    (
        re.compile(rf"(?i)(?<![A-Za-z_])((?:{_WORDS})['\"]?\s*[=:：]\s*)(\"[^\"]*\"|'[^']*'|[^\s&;,，；。)}}\]]+)"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"((?:验证码|券码|绑定码|PIN)\s*)[A-Za-z0-9-]{4,19}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{9}[0-9Xx](?![0-9A-Za-z])"), HIDDEN),
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), HIDDEN),
    (re.compile(r"(/till/[^\s\"']*?[#?])[^\s\"']+"), rf"\1{HIDDEN}"),
)


def scrubbed(text: str) -> str:
    """Return a text without telephones, identity numbers, names, codes, signatures and other secrets."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text


class Scrub(logging.Filter):
    """Takes out of a record what must not be in a log, before any handler writes it: message, exception and stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Put the finished, scrubbed text in the place of message and arguments; no record is dropped."""
        record.msg, record.args = scrubbed(_message(record)), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = scrubbed(record.exc_text or logging.Formatter().formatException(record.exc_info))
            record.exc_info = None  # nobody formats it again, with what was taken out
        if record.stack_info:
            record.stack_info = scrubbed(record.stack_info)
        return True


class JsonLine(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, request, actor's number, message, and the exception if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request": caller().request_id,
            "actor": actor_pk(),
            "message": _message(record),
        }
        for name, text in (("exception", record.exc_text), ("stack", record.stack_info)):
            if text:
                line[name] = text
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """Return the message; one whose arguments do not fit it is still worth a line."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"


def configuration(level: str) -> dict[str, Any]:
    """Return the one configuration of logging, of web and worker: to standard error, scrubbed, as JSON lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"scrub": {"()": Scrub}},
        "formatters": {"json": {"()": JsonLine}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["scrub"]}},
        "loggers": {
            # A runserver or a server of its own kind of line would go round the filter.
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
            # The drawing libraries tell every step of every sheet, some of them already when they are imported.
            **{name: {"level": "WARNING"} for name in ("pikepdf", "weasyprint", "weasyprint.progress", "fontTools")},
        },
        "root": {"handlers": ["console"], "level": level},
    }
