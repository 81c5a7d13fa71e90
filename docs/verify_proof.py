"""Check a certificate without asking the portal: its content, its place in the transparency log, and the log's signature.

python verify_proof.py PROOF.json [PUBLIC_KEY]

PROOF.json is what 「下载离线证明」 gave. PUBLIC_KEY is the log's key as you know it from a paper or another source; without it
the key inside the proof is used, which shows only that the proof is consistent in itself. Needs Python 3.9 and `cryptography`.
The exit status is 0 when everything holds. It does not know whether the certificate was revoked later: ask the portal.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def canonical(value: object) -> bytes:
    """Return the one byte form: keys sorted, UTF-8, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sm3(data: bytes) -> str:
    """Return the SM3 digest (GB/T 32905) in hexadecimal."""
    engine = hashes.Hash(hashes.SM3())
    engine.update(data)
    return engine.finalize().hex()


def climb(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    """Return the root a path leads to (RFC 9162, section 2.1.3.2); an empty text when the path has the wrong length."""
    at, last, found = position, size - 1, leaf
    for neighbour in path:
        if last == 0:
            return b""
        if at % 2 or at == last:
            found = hashlib.sha256(b"\x01" + neighbour + found).digest()
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + neighbour).digest()
        at, last = at // 2, last // 2
    return found if last == 0 else b""


def signed(head: dict, key: str) -> bool:
    """Return whether the head carries the key's Ed25519 signature."""
    said = canonical({"root": head["root"], "sealed_at": head["sealed_at"], "size": head["size"]})
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(head["signature"]), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def checks(proof: dict, key: str) -> list[tuple[bool, str]]:
    """Return each check with whether it held."""
    head, leaf, snapshot = proof["head"], proof["leaf"], proof["snapshot"]
    content = json.loads(leaf["content"])
    same = {name: snapshot.get(name) for name in ("number", "kind", "issued_on")} | {"digest": proof["digest"]}
    path = [bytes.fromhex(step) for step in proof["inclusion"]]
    hashed = hashlib.sha256(b"\x00" + leaf["content"].encode()).digest()
    return [
        (sm3(canonical(snapshot)) == proof["digest"], "内容与摘要一致 / the digest is that of the content"),
        (content == same, "日志里记的是这份证书 / the leaf is this certificate's"),
        (
            0 <= leaf["position"] < head["size"]
            and climb(hashed, leaf["position"], head["size"], path).hex() == head["root"],
            f"在日志第 {leaf['position'] + 1} 页，共 {head['size']} 页 / included in the log",
        ),
        (signed(head, key), f"树头由 {key[:16]}… 签名 / the head is signed"),
    ]


def main(arguments: list[str]) -> int:
    """Print the checks; return 0 when all hold."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write(__doc__ or "")
        return 2
    proof = json.loads(Path(arguments[0]).read_text("utf-8"))
    key = arguments[1].lower() if len(arguments) == 2 else proof["head"]["public_key"]
    results = checks(proof, key)
    for held, said in results:
        sys.stdout.write(f"{'✓' if held else '✗'} {said}\n")
    sys.stdout.write(f"{proof['number']} {proof['snapshot'].get('holder_name', '')}\n")
    return 0 if all(held for held, _said in results) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
