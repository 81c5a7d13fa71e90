"""Closing a month of a scene into a claim, and proving that an act is in one.

The leaves of a claim are the canonical bytes of its acts in the order of their numbers, under the Merkle tree of RFC 9162. A rider
stands in a leaf under a pseudonym of this claim alone, so that two claims cannot be joined by it, and a leaf's hash tells nothing to
whoever does not have the leaf.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import lock, record, require, verb
from kernel import clock, digest
from methodologies.models import Method
from office.services.numbers import next_number
from scenarios.models import Act, ActUse, ClaimBatch, Consent, Partner, Scene

_UNUSED = """
FROM scenarios_act act JOIN scenarios_upload upload ON upload.id = act.upload_id
WHERE act.on_day >= %(first)s AND act.on_day < %(after)s AND upload.scene_id = %(scene)s AND upload.partner_id = %(partner)s
    AND NOT EXISTS (SELECT 1 FROM scenarios_actuse used WHERE used.act_id = act.id)
"""
_OLDEST_METHOD = f"SELECT min(upload.method_id) {_UNUSED}"
_TAKE = f"""
CREATE TEMP TABLE claiming ON COMMIT DROP AS
SELECT act.id, act.on_day, act.citizen_id, act.started_at, act.amount_millionths, act.saved_mg {_UNUSED}
    AND upload.method_id = %(method)s
"""
_SUMS = """
SELECT count(*), count(DISTINCT citizen_id), coalesce(sum(amount_millionths), 0)::bigint, coalesce(sum(saved_mg), 0)::bigint
FROM claiming
"""
_LEAVES = "SELECT id, on_day, citizen_id, started_at, amount_millionths, saved_mg FROM claiming ORDER BY id"
_USE = "INSERT INTO scenarios_actuse (act_id, on_day, claim_id) SELECT id, on_day, %s FROM claiming ORDER BY id"
_OF_CLAIM = """
SELECT act.id, act.on_day, act.citizen_id, act.started_at, act.amount_millionths, act.saved_mg
FROM scenarios_actuse used JOIN scenarios_act act ON act.id = used.act_id AND act.on_day = used.on_day
WHERE used.claim_id = %s ORDER BY act.id
"""
_RIDERS = """
SELECT count(DISTINCT act.citizen_id) FROM scenarios_actuse used
JOIN scenarios_act act ON act.id = used.act_id AND act.on_day = used.on_day WHERE used.claim_id = ANY(%s)
"""


class Leaf(NamedTuple):
    """An act as a claim states it: ``citizen`` is a pseudonym, the amount in millionths of the method's unit, mg of CO2e."""

    act: int
    on_day: date
    citizen: str
    started_at: datetime
    amount_millionths: int
    saved_mg: int

    def content(self, method: str) -> bytes:
        """Return the bytes whose hash is in the tree; ``method`` is the number of the claim's method.

        They are ``kernel.digest.canonical`` of the fields and the method, written out: a month may have a million leaves, and no
        field here can hold a character that JSON escapes.
        """
        return (
            f'{{"act":{self.act},"amount_millionths":{self.amount_millionths},"citizen":"{self.citizen}","method":"{method}",'
            f'"on_day":"{self.on_day.isoformat()}","saved_mg":{self.saved_mg},'
            f'"started_at":"{self.started_at.astimezone(UTC).isoformat()}"}}'
        ).encode()


class Proof(NamedTuple):
    """That an act is in a claim: leaf ``place`` (from 0) of ``size``, its bytes, and the way to the root in hexadecimal."""

    claim: ClaimBatch
    place: int
    size: int
    content: bytes
    path: list[str]

    @property
    def holds(self) -> bool:
        """Whether the way leads from the leaf to the claim's root."""
        way = [bytes.fromhex(step) for step in self.path]
        head = bytes.fromhex(self.claim.merkle_root)
        return digest.verify_inclusion(digest.leaf_hash(self.content), self.place, self.size, way, head)


def month_of(day: date) -> tuple[date, date]:
    """Return the first day of a day's month and of the month after it."""
    first = day.replace(day=1)
    return first, first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


class Waiting(NamedTuple):
    """What nobody has claimed yet of one month: acts, riders, milligrams of CO2e; ``over`` when the month is over there."""

    acts: int
    citizens: int
    saved_mg: int
    over: bool


def waiting(scene: Scene, partner: Partner, month: date) -> Waiting:
    """Return what closing a month would claim, all method versions together."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(DISTINCT act.citizen_id), coalesce(sum(act.saved_mg), 0)::bigint {_UNUSED}",
            _bounds(scene, partner, month),
        )
        acts, citizens, saved_mg = cursor.fetchone()
    return Waiting(acts, citizens, saved_mg, _is_over(partner, month))


def _bounds(scene: Scene, partner: Partner, month: date) -> dict[str, Any]:
    first, after = month_of(month)
    return {"first": first, "after": after, "scene": scene.pk, "partner": partner.pk}


def _is_over(partner: Partner, month: date) -> bool:
    return clock.now().astimezone(ZoneInfo(partner.zone)).date() >= month_of(month)[1]


@verb("scenarios.close_claim")
def close_claim(scene: Scene, partner: Partner, month: date, *, by: User, reason: str = "") -> ClaimBatch:
    """Claim every act of a month that a partner reported for a scene and nobody has claimed, whoever's account it is in.

    ``month`` is any day of it; months are those of the riders. A closed account's acts are claimed like the others: issued
    reductions stay. A second call claims what arrived since, in a batch of its own. A batch is of one method version: where a
    month has two, the older comes first and the next call takes the other. Raises RuleViolation ``month_running``,
    ``nothing_to_claim``, ``no_consent``.
    """
    partner = lock(partner)  # one closing at a time; without it the key of the uses refuses the second
    first, _after = month_of(month)
    require(_is_over(partner, month), "month_running", _("%s 还没有过完，次月 1 日起才能归集") % f"{first:%Y-%m}")
    with connection.cursor() as cursor:
        method = _take(cursor, scene, partner, first)
        claim = _claim(cursor, scene, partner, method, first, by)
        cursor.execute(_USE, [claim.pk])
        cursor.execute("DROP TABLE claiming")
    figures = {"acts": claim.acts, "saved_mg": claim.saved_mg, "root": claim.merkle_root}
    record("scenarios.close_claim", claim, by=by, reason=reason, data=figures)
    return claim


def _take(cursor: Any, scene: Scene, partner: Partner, month: date) -> Method:
    bounds = _bounds(scene, partner, month)
    cursor.execute(_OLDEST_METHOD, bounds)
    method = cursor.fetchone()[0]
    said = _("%(month)s 没有可以归集的行为：还没有入账的，或都已归集")
    require(method is not None, "nothing_to_claim", said % {"month": f"{month:%Y-%m}"})
    cursor.execute(_TAKE, bounds | {"method": method})
    return Method.objects.get(pk=method)


def _claim(cursor: Any, scene: Scene, partner: Partner, method: Method, month: date, by: User) -> ClaimBatch:
    salt = secrets.token_hex(32)
    cursor.execute(_LEAVES)
    names = Names(salt)
    hashes = [digest.leaf_hash(leaf.content(method.number)) for leaf in names.leaves(cursor)]
    cursor.execute(_SUMS)
    acts, people, amount, saved_mg = cursor.fetchone()
    series = f"GJ-{partner.organisation.division.adm6}-{month:%Y%m}"
    return ClaimBatch.objects.create(
        number=f"{series}-{next_number(series):03d}",
        scene=scene,
        partner=partner,
        method=method,
        month=month,
        acts=acts,
        citizens=people,
        amount_millionths=amount,
        saved_mg=saved_mg,
        salt=salt,
        merkle_root=digest.root(hashes).hex(),
        closed_by=by,
        **_consents(scene, partner, names.known, salt),
    )


def pseudonym(salt: str, citizen: int) -> str:
    """Return what a rider is called in one claim: the key is the claim's own, so nobody else can make or undo it."""
    return hmac.new(bytes.fromhex(salt), str(citizen).encode(), hashlib.sha256).hexdigest()[:32]


class Names:
    """The riders' pseudonyms of one claim, each made once; ``known`` holds those met so far by the citizen's key."""

    def __init__(self, salt: str) -> None:
        self.salt, self.known = salt, dict[int, str]()

    def leaves(self, cursor: Any) -> Iterator[Leaf]:
        """Yield the rows of a cursor (act, day, citizen, start, amount, milligrams) as leaves."""
        for act, on_day, citizen, *rest in cursor.fetchall():
            if citizen not in self.known:
                self.known[citizen] = pseudonym(self.salt, citizen)
            yield Leaf(act, on_day, self.known[citizen], *rest)


def _consents(scene: Scene, partner: Partner, citizens: Collection[int], salt: str) -> dict[str, Any]:
    """Return the snapshot of what the riders agreed to: how many, by which version of the text, and a digest of them all."""
    rows = Consent.objects.filter(scene=scene, partner=partner, citizen__in=citizens).order_by("pk")
    versions: dict[str, int] = {}
    stated, agreed = [], set()
    for row in rows:
        agreed.add(row.citizen_id)
        versions[row.version] = versions.get(row.version, 0) + 1
        stated.append(
            {
                "citizen": pseudonym(salt, row.citizen_id),
                "version": row.version,
                "text": row.text_digest,
                "covers_from": row.covers_from.astimezone(UTC),
                "granted_at": row.granted_at.astimezone(UTC),
                "withdrawn_at": row.withdrawn_at.astimezone(UTC) if row.withdrawn_at else None,
            }
        )
    require(agreed == set(citizens), "no_consent", _("有人没有授权过这家平台上报这个场景，不能归集，请先查清"))
    snapshot = digest.sha256(digest.canonical(stated))
    return {"consents": len(stated), "consent_versions": versions, "consent_digest": snapshot}


def riders(of: Collection[ClaimBatch]) -> int:
    """Return how many people the acts of claims belong to, each counted once."""
    if len(of) < 2:
        return sum(claim.citizens for claim in of)
    with connection.cursor() as cursor:
        cursor.execute(_RIDERS, [[claim.pk for claim in of]])
        return int(cursor.fetchone()[0])


def leaves(claim: ClaimBatch) -> Iterator[Leaf]:
    """Yield the leaves of a claim in their order, made again from the acts as they stand."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_CLAIM, [claim.pk])
        yield from Names(claim.salt).leaves(cursor)


def hashes(claim: ClaimBatch) -> list[tuple[int, bytes]]:
    """Return the act number and the leaf hash of every leaf, in order: all that is needed to find the root again."""
    method = claim.method.number
    return [(leaf.act, digest.leaf_hash(leaf.content(method))) for leaf in leaves(claim)]


def root(claim: ClaimBatch) -> str:
    """Return the root over the acts as they stand now; the claim's own says how they stood when it was closed."""
    return digest.root([one for _act, one in hashes(claim)]).hex()


def claim_of(act: Act) -> ClaimBatch | None:
    """Return the claim an act is in; None when nobody has claimed it yet."""
    use = ActUse.objects.filter(act_id=act.pk).select_related("claim__method").first()
    return use.claim if use is not None else None


def proof(act: Act) -> Proof | None:
    """Return the proof that an act is in a claim; None when nobody has claimed it yet."""
    claim = claim_of(act)
    if claim is None:
        return None
    method = claim.method.number
    contents = {leaf.act: leaf.content(method) for leaf in leaves(claim)}
    place = list(contents).index(act.pk)
    path = digest.inclusion_proof([digest.leaf_hash(content) for content in contents.values()], place)
    return Proof(claim, place, len(contents), contents[act.pk], [step.hex() for step in path])
