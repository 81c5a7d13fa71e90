"""Sign a request to the portal and send it: what a partner's system does, in one file without any code of the portal.

python sign_request.py KEY_ID METHOD URL [FILE] [--type application/gzip] [--key IDEMPOTENCY_KEY] [--show]

The secret is read from the environment, PORTAL_API_SECRET. FILE is the body as it is. With ``--show`` the headers are printed
and nothing is sent. Needs Python 3.9 and nothing else; ``docs/api-signing.md`` explains each line.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit


def signed(key_id: str, secret: str, method: str, url: str, body: bytes, timestamp: str, nonce: str) -> dict[str, str]:
    """Return the five headers of a signed request."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    digest = hashlib.sha256(body).hexdigest()
    message = "\n".join((method, path, timestamp, nonce, digest)).encode()
    return {
        "X-Key-Id": key_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Content-SHA256": digest,
        "X-Signature": hmac.new(secret.encode(), message, hashlib.sha256).hexdigest(),
    }


def main() -> int:
    """Read the arguments, sign, send, print the answer; 0 when the portal took it."""
    words = argparse.ArgumentParser(description="Sign a request to the portal and send it.")
    for name in ("key_id", "method", "url"):
        words.add_argument(name)
    words.add_argument("file", nargs="?")
    words.add_argument("--type", default="application/json")
    words.add_argument("--key", default="")
    words.add_argument("--show", action="store_true")
    given = words.parse_args()
    if not given.url.startswith(("https://", "http://")):
        words.error("URL must begin with https:// or http://")
    body = Path(given.file).read_bytes() if given.file else b""
    secret, now = os.environ["PORTAL_API_SECRET"], str(int(time.time()))
    headers = signed(given.key_id, secret, given.method, given.url, body, now, secrets.token_urlsafe(24))
    if given.show:
        sys.stdout.write("".join(f"{name}: {value}\n" for name, value in headers.items()))
        return 0
    headers |= {"Idempotency-Key": given.key} if given.key else {}
    headers |= {"Content-Type": given.type} if body else {}
    request = urllib.request.Request(given.url, body or None, headers, method=given.method)  # noqa: S310  looked at above
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            sys.stdout.write(answer.read().decode())
            return 0
    except urllib.error.HTTPError as refusal:
        sys.stderr.write(refusal.read().decode())
        return 1


if __name__ == "__main__":
    sys.exit(main())
