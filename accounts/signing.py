"""Signed requests of partner systems: who sent it, that nothing was altered, and that it is not an old one again.

The partner's side of the same is in docs/api-signing.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import NoReturn

from django.conf import settings
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from accounts.direct import first
from accounts.events import record
from accounts.middleware import SIGNED_BY
from accounts.models import ApiKey, ApiNonce, User
from accounts.personal import unseal
from kernel import clock

TOLERANCE_S = 300
_KEY_ID = re.compile(r"[a-z0-9]{1,32}")
_EPOCH = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def canonical(method: str, path: str, timestamp: str, nonce: str, digest: str) -> bytes:
    """Return what is signed: method, path with query as sent, epoch seconds, nonce, SHA-256 of the body; a line each."""
    return "\n".join((method.upper(), path, timestamp, nonce, digest)).encode()


def sign(
    key_id: str,
    secret: str,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    timestamp: int | None = None,
    nonce: str | None = None,
) -> dict[str, str]:
    """Return the headers of a signed request. ``path`` is what stands in the request line, e.g. ``/api/v1/x?a=1``."""
    at = str(int(clock.real_now().timestamp()) if timestamp is None else timestamp)
    once, digest = nonce or secrets.token_urlsafe(24), hashlib.sha256(body).hexdigest()
    return {
        SIGNED_BY: key_id,
        "X-Timestamp": at,
        "X-Nonce": once,
        "X-Content-SHA256": digest,
        "X-Signature": _mac(secret, canonical(method, path, at, once, digest)),
    }


def _mac(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


class SignedRequest(BaseAuthentication):
    """Takes requests with a header ``X-Key-Id``; others are left to the session. ``request.auth`` is the key.

    Refuses with 401 ``unknown_key``, ``key_ended``, ``bad_timestamp``, ``bad_nonce``, ``bad_digest``, ``bad_signature`` or
    ``nonce_replayed``, with 413 ``body_too_large``; each refusal leaves an event. The nonce is written down only once the
    signature is right, so that nobody without the secret can use up a partner's numbers.
    """

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme: a refusal is a 401."""
        return 'Signature realm="api"'

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        """Return the person the key acts as, in the key's organisation only, and the key."""
        sent = request._request
        if SIGNED_BY not in sent.headers:
            return None
        key = self._key(sent)
        self._check(sent, key)
        if not ApiNonce.objects.use(key, sent.headers["X-Nonce"]):
            _refuse(sent, "nonce_replayed", _("这个请求已经收到过，不再办理；每次请求请换一个随机数（X-Nonce）"), key)
        key.user.acting_for = key.organisation_id
        return key.user, key

    def _key(self, sent: HttpRequest) -> ApiKey:
        key_id = sent.headers[SIGNED_BY]
        named = _KEY_ID.fullmatch(key_id)
        key = first(ApiKey, "WHERE t.key_id = %s", [key_id], also=("user",)) if named else None
        if key is None:
            _refuse(sent, "unknown_key", _("没有这个接口密钥，请核对密钥编号（X-Key-Id）"))
        if not key.in_force() or not key.user.is_active:
            _refuse(sent, "key_ended", _("这个接口密钥已停用或未到启用时间，请联系运营人员换发"), key)
        return key

    def _check(self, sent: HttpRequest, key: ApiKey) -> None:
        timestamp, nonce, digest, signature = (
            sent.headers.get(name, "") for name in ("X-Timestamp", "X-Nonce", "X-Content-SHA256", "X-Signature")
        )
        if not _EPOCH.fullmatch(timestamp) or abs(clock.real_now().timestamp() - int(timestamp)) > TOLERANCE_S:
            _refuse(sent, "bad_timestamp", _("请求时间（X-Timestamp，秒）与服务器时间相差超过 5 分钟，请校准时钟"), key)
        if not _NONCE.fullmatch(nonce):
            _refuse(sent, "bad_nonce", _("随机数（X-Nonce）应为 16 至 64 个字母、数字、下划线或连字符"), key)
        if not _same(digest, hashlib.sha256(self._body(sent, key)).hexdigest()):
            _refuse(sent, "bad_digest", _("请求内容与摘要（X-Content-SHA256）不一致，可能在途中被改动"), key)
        right = _mac(unseal(key.sealed), canonical(sent.method or "", _path(sent), timestamp, nonce, digest))
        if not _same(signature, right):
            _refuse(sent, "bad_signature", _("签名（X-Signature）不对，请核对密钥和待签名的五行文字"), key)

    def _body(self, sent: HttpRequest, key: ApiKey) -> bytes:
        body: bytes | None = getattr(sent, "_body", None)  # read by ``keep_signed_body``, unless it is too large
        if body is None:
            limit = settings.MAX_UPLOAD_BYTES // 2**20
            said = _("请求内容太大，没有接收；最大 %d MB，请拆成几个文件上传") % limit
            _written_down(sent, "body_too_large", said, key)
            raise TooLarge(said, "body_too_large")
        return body


class TooLarge(APIException):
    """The body is larger than a file may be; it was not read (413)."""

    status_code = 413


def _path(sent: HttpRequest) -> str:
    query = sent.META.get("QUERY_STRING", "")
    return escape_uri_path(sent.path) + (f"?{query}" if query else "")


def _refuse(sent: HttpRequest, code: str, said: str, key: ApiKey | None = None) -> NoReturn:
    _written_down(sent, code, said, key)
    raise AuthenticationFailed(said, code)


def _written_down(sent: HttpRequest, code: str, said: str, key: ApiKey | None) -> None:
    """Write the refusal as an event on the key. Nobody is named as its actor: that it was he is what was not shown."""
    where = {"method": sent.method, "path": escape_uri_path(sent.path)[:200]}
    record("accounts.sign_request", key, by=None, refused=code, said=said, data=where)
