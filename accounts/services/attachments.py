"""Keeping what was sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import Attachment, Organisation, User
from accounts.workflow import record, require, verb
from kernel.digest import sha256, sm3


@verb("accounts.keep_file")
def keep_file(organisation: Organisation, upload: Any, *, by: User, reason: str = "") -> Attachment:
    """Keep a file exactly as it was sent, under its digest, before anything is done with it.

    ``upload`` is a Django file of at most ``MAX_UPLOAD_BYTES`` bytes. Raises RuleViolation ``file_empty`` or ``file_too_large``.
    """
    return _keep("accounts.keep_file", upload, organisation, by, reason)


@verb("accounts.keep_paper")
def keep_paper(upload: Any, *, by: User, reason: str = "") -> Attachment:
    """Keep a file of the office itself or of somebody from the public: it is no organisation's.

    Raises RuleViolation ``file_empty`` or ``file_too_large``, as ``keep_file`` does.
    """
    return _keep("accounts.keep_paper", upload, None, by, reason)


def sent_before(organisation: Organisation, upload: Any, *, by: User) -> Attachment | None:
    """Return the same file as the same person sent it for the same organisation before: who presses a button twice sends it twice,
    and an idempotency key knows a request by the file it names."""
    digest = sha256(upload.read())
    upload.seek(0)
    known = Attachment.objects.filter(organisation=organisation, uploaded_by=by, sha256=digest)
    return known.filter(name=str(upload.name)[:200]).order_by("-pk").first()


def _keep(verb_name: str, upload: Any, organisation: Organisation | None, by: User, reason: str) -> Attachment:
    limit = settings.MAX_UPLOAD_BYTES
    size = upload.size or 0
    require(size > 0, "file_empty", _("文件“%s”是空的（0 字节），请重新导出后再上传") % upload.name)
    require(
        size <= limit,
        "file_too_large",
        _("文件“%(name)s”有 %(size)d MB，最大 %(limit)d MB；请按月拆开上传")
        % {"name": upload.name, "size": -(-size // 2**20), "limit": limit // 2**20},
    )
    content = upload.read()
    upload.seek(0)
    digest = sha256(content)
    attachment = Attachment(
        name=str(upload.name)[:200],
        size=size,
        sha256=digest,
        sm3=sm3(content),
        organisation=organisation,
        uploaded_by=by,
    )
    same = Attachment.objects.filter(sha256=digest).first()
    if same is not None and same.file.name and same.file.storage.exists(same.file.name):
        attachment.file = same.file.name
    else:
        attachment.file.save(upload.name, upload, save=False)
    attachment.save()
    record(verb_name, attachment, by=by, reason=reason, data={"sha256": digest, "bytes": size})
    return attachment
