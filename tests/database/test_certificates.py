"""Guards of certificates and of the transparency log."""

from __future__ import annotations

import pytest

from tests.database.rows import again, refuses

# An unused number, and a subject that has no certificate yet.
NEW = {"number": "'TPH99010020261125000099A'", "subject_id": "-1"}
REVOKE = "UPDATE certificates_certificate SET state = 'REVOKED', revoked_at = now(), revoked_reason = '有误'"
LAST = "position = (SELECT max(position) FROM certificates_logleaf)"
SEAL = (
    "INSERT INTO certificates_loghead (id, size, root, sealed_at, public_key, signature) "
    "VALUES (-1, {size}, repeat('0', 64), now(), '', '')"
)

ACTS = {
    "certificate_one_valid": (
        again("certificates_certificate", "kind = 'RETIREMENT'", number=NEW["number"]),
        again("certificates_certificate", "kind = 'ISSUANCE'", number=NEW["number"]),
    ),
    "certificate_number_shape": (
        again("certificates_certificate", "true", subject_id="-1", number="'tph99010020261125000099A'"),
        again("certificates_certificate", "true", subject_id="-1", number="'TPH9901002026112500009'"),
    ),
    "certificate_digest_shape": (again("certificates_certificate", "true", **NEW, digest="'0'"),),
    "certificate_revoked_says_why": (
        "UPDATE certificates_certificate SET state = 'REVOKED'",
        "UPDATE certificates_certificate SET state = 'REVOKED', revoked_at = now()",
        "UPDATE certificates_certificate SET state = 'REVOKED', revoked_reason = '有误'",
        "UPDATE certificates_certificate SET revoked_reason = '有误'",
    ),
    "certificate_fixed": (
        "UPDATE certificates_certificate SET holder_name = '别人'",
        "UPDATE certificates_certificate SET snapshot = '{}'",
        "UPDATE certificates_certificate SET digest = repeat('0', 64)",
        "DELETE FROM certificates_certificate",
    ),
    "certificate_moves": (
        again(
            "certificates_certificate", "true", **NEW, state="'REVOKED'", revoked_at="now()", revoked_reason="'有误'"
        ),
    ),
    "certificate_revoked_once": (
        f"{REVOKE}; UPDATE certificates_certificate SET revoked_reason = '另一个原因'",
        f"{REVOKE}; UPDATE certificates_certificate SET revoked_at = revoked_at - interval '1 day'",
    ),
    "log_leaf_once": (again("certificates_logleaf", LAST, position="r.position + 1"),),
    "log_leaf_hash_shape": (
        again("certificates_logleaf", LAST, position="r.position + 1", subject="'X'", leaf_hash="'0'"),
        again("certificates_logleaf", LAST, position="r.position + 1", subject="'X'", leaf_hash="repeat('G', 64)"),
    ),
    "log_leaf_append_only": (
        "UPDATE certificates_logleaf SET leaf_hash = repeat('0', 64)",
        "UPDATE certificates_logleaf SET subject = subject || 'X'",
        f"DELETE FROM certificates_logleaf WHERE {LAST}",
    ),
    "log_leaf_contiguous": (
        again("certificates_logleaf", LAST, position="r.position + 2", subject="'X'"),
        again("certificates_logleaf", LAST, position="r.position + 900", subject="'X'"),
    ),
    "log_head_not_empty": (SEAL.format(size=0),),
    "log_head_append_only": (
        f"{SEAL.format(size=1)}; UPDATE certificates_loghead SET root = repeat('1', 64)",
        f"{SEAL.format(size=1)}; DELETE FROM certificates_loghead",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])
