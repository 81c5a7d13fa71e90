"""Proof of the book of reductions from its own history: uploads, accounts and claims against the acts themselves."""

from __future__ import annotations

from django.db import connection

from scenarios.models import ClaimBatch
from scenarios.services.claims import root

_UPLOADS = """
SELECT upload.id, upload.accepted, upload.saved_mg, count(act.id), coalesce(sum(act.saved_mg), 0)
FROM scenarios_upload upload LEFT JOIN scenarios_act act ON act.upload_id = upload.id
GROUP BY upload.id
HAVING (coalesce(upload.accepted, 0), coalesce(upload.saved_mg, 0)) IS DISTINCT FROM (count(act.id), coalesce(sum(act.saved_mg), 0))
ORDER BY upload.id
"""
_ACCOUNTS = """
SELECT citizen_id, coalesce(account.acts, 0), coalesce(account.balance_mg, 0), coalesce(booked.acts, 0), coalesce(booked.mg, 0)
FROM scenarios_carbonaccount account FULL JOIN (
    SELECT citizen_id, count(*) AS acts, sum(saved_mg) AS mg FROM scenarios_act GROUP BY citizen_id) booked USING (citizen_id)
WHERE (coalesce(account.acts, 0), coalesce(account.balance_mg, 0)) IS DISTINCT FROM (coalesce(booked.acts, 0), coalesce(booked.mg, 0))
ORDER BY citizen_id
"""
# An act's number is used once by the key of the uses; this finds an act that stands twice in the book under two days.
_TWICE = "SELECT id FROM scenarios_act GROUP BY id HAVING count(*) > 1 ORDER BY id"
_CLAIMS = """
SELECT claim.number, claim.acts, claim.saved_mg, sums.acts, sums.mg
FROM scenarios_claimbatch claim CROSS JOIN LATERAL (
    SELECT count(*) AS uses, count(act.id) AS acts, count(DISTINCT act.citizen_id) AS citizens,
           coalesce(sum(act.saved_mg), 0) AS mg, coalesce(sum(act.amount_millionths), 0) AS amount
    FROM scenarios_actuse used LEFT JOIN scenarios_act act ON act.id = used.act_id AND act.on_day = used.on_day
    WHERE used.claim_id = claim.id) sums
WHERE (claim.acts, claim.acts, claim.citizens, claim.saved_mg, claim.amount_millionths)
    IS DISTINCT FROM (sums.uses, sums.acts, sums.citizens, sums.mg, sums.amount)
ORDER BY claim.number
"""


def differences(*, roots: bool = False) -> list[str]:
    """Return every difference found, in a form an auditor can follow; an empty list is the proof.

    With ``roots`` every claim's Merkle tree is built again, which finds an act that was changed with its sums kept.
    """
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_UPLOADS)
        for pk, accepted, mg, acts, booked in cursor.fetchall():
            found.append(f"upload {pk}: states {accepted} acts {mg} mg, booked {acts} acts {booked} mg")
        cursor.execute(_ACCOUNTS)
        for citizen, acts, mg, booked_acts, booked_mg in cursor.fetchall():
            found.append(f"carbon account of {citizen}: {acts} acts {mg} mg, booked {booked_acts} acts {booked_mg} mg")
        cursor.execute(_TWICE)
        found += [f"act {row[0]} stands twice" for row in cursor.fetchall()]
        cursor.execute(_CLAIMS)
        for number, acts, mg, held, held_mg in cursor.fetchall():
            found.append(f"claim {number}: states {acts} acts {mg} mg, holds {held} acts {held_mg} mg")
    if roots:
        for claim in ClaimBatch.objects.select_related("method").order_by("pk"):
            if root(claim) != claim.merkle_root:
                found.append(f"claim {claim.number}: the acts no longer give the root {claim.merkle_root}")
    return found
