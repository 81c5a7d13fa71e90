"""Verbs on certificates: award, revoke, draw the file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Division, User
from accounts.workflow import advance, lock, record, require, verb
from certificates import faces, facts
from certificates.models import MAX_ATTEMPTS, Certificate, LogLeaf
from certificates.services import log
from certificates.states import State
from kernel import clock, identifiers
from kernel.digest import canonical, sm3
from kernel.rules import RuleViolation
from office.services.jobs import job_run
from office.services.numbers import next_number
from office.services.retries import claim, start_again

LEAF, REVOCATION_LEAF = "certificate", "revocation"
BACKOFF_S = 60  # doubled with every attempt: 1, 2, 4, 8 minutes, then the row is parked
# What drawing and storing one file can raise. A bug outside these stops the sweep; the row it was on waits for its next turn.
FILE_ERRORS = (OSError, ValueError, LookupError, TypeError, ArithmeticError, RuleViolation)
logger = logging.getLogger(__name__)


@transaction.atomic
def award(
    kind: str, *, division: Division, holder_name: str, snapshot: Mapping[str, Any], subject: models.Model, by: User
) -> Certificate:
    """Give ``subject`` its certificate: number, snapshot, digest and leaf. Called last inside the verb that earned it.

    The snapshot states the facts and is all the PDF is drawn from. Values are text, whole numbers or lists of texts; days
    are ISO days, instants ISO with offset (dates and Decimals are turned into text, floats refused):

    * all kinds but PERSONAL: ``project_no``, ``project_name``, ``method`` (code and title)
    * REGISTRATION: ``owner_uscc``, ``crediting_from``, ``crediting_to``, ``registered_on``; may have ``capacity_kw``, ``location``
    * ISSUANCE: ``owner_uscc``, ``period_from``, ``period_to``, ``vintage``, ``batch``, ``quantity_t`` (whole tonnes of CO2e),
      ``serials``, ``journal_no``, ``issued_at``
    * RETIREMENT: ``vintage``, ``quantity_t``, ``serials``, ``journal_no``, ``account_no``, ``purpose`` (in words),
      ``beneficiary``, ``retired_at``; may have ``use`` (the kind in words), ``use_code`` (what the sheet says is by this) and ``basis``
      (the document behind it), and an emitter's year ``emitter_uscc``, ``market``, ``year``, ``cap_t`` and ``offset_t``; of several
      projects the numbers and names are joined by 、
    * PERSONAL, which is about no project: ``person`` (masked), ``starts_on``, ``ends_on``, ``acts``, ``saved_mg`` (exact; shown cut
      at the gram), ``methods``, ``months`` (month and milligrams)
    * NEUTRAL: as RETIREMENT without ``purpose``, ``beneficiary`` and ``account_no``, but with ``event_no``, ``event_name``,
      ``organiser_uscc``, ``place``, ``starts_on``, ``ends_on``, ``boundary``, ``basis``, ``emission_mg`` (whole milligrams) and
      ``declared`` (``SELF`` for the organiser's own declaration)

    To these come ``number``, ``kind``, ``issued_on``, ``holder_name``, ``issuer``, ``portal`` and ``portal_en``, so that the
    digest covers everything the sheet says. ``holder_name`` is the owner, or whoever retires.
    Raises RuleViolation ``bad_snapshot``, ``name_too_long``, ``rare_character``; a second valid certificate of one kind for one
    row is refused by the database (``already_awarded``).
    """
    told = facts.checked(kind, snapshot)
    facts.require_name(holder_name)
    today, adm6 = clock.today(), division.adm6
    number = identifiers.certificate_no(adm6, today, next_number(f"TPH-{adm6}-{today:%Y%m%d}"))
    told |= {
        "number": number,
        "kind": str(kind),
        "issued_on": today.isoformat(),
        "holder_name": holder_name,
        "issuer": settings.ISSUER_NAME,
        "portal": settings.SITE_NAME,
        "portal_en": settings.SITE_NAME_EN,
    }
    faces.require_printable(told)
    certificate = Certificate.objects.create(
        number=number,
        kind=kind,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        division=division,
        holder_name=holder_name,
        snapshot=told,
        digest=sm3(canonical(told)),
        issued_on=today,
        awarded_by=by,
    )
    record("certificates.award", certificate, by=by, data={"digest": certificate.digest})
    log.append(LEAF, number, leaf_payload(certificate))
    return certificate


def leaf_payload(certificate: Certificate) -> bytes:
    """Return the content of the certificate's leaf. The digest stands for the snapshot, so the log publishes no name."""
    return canonical(
        {
            "digest": certificate.digest,
            "issued_on": certificate.issued_on,
            "kind": certificate.kind,
            "number": certificate.number,
        }
    )


@verb("certificates.revoke")
def revoke(certificate: Certificate, *, by: User, reason: str) -> Certificate:
    """Revoke a certificate for good. When and why stand on its public page, and the revocation is a leaf of the log.

    Raises RuleViolation ``no_reason`` without a reason and ``wrong_state`` when it is revoked already.
    """
    certificate = lock(certificate)
    reason = reason.strip()
    require(reason, "no_reason", _("请写明撤销原因，核验页会向公众显示原文"))
    now = clock.now()
    advance(certificate, State.REVOKED, by=by, reason=reason, revoked_at=now, revoked_reason=reason)
    log.append(REVOCATION_LEAF, certificate.number, revocation_payload(certificate))
    return certificate


def revocation_payload(certificate: Certificate) -> bytes:
    """Return the content of the revocation's leaf."""
    return canonical(
        {"number": certificate.number, "reason": certificate.revoked_reason, "revoked_at": certificate.revoked_at}
    )


def revoke_for(subject: models.Model, *, by: User, reason: str) -> list[Certificate]:
    """Revoke every valid certificate of a row, inside the verb that withdraws what they certify."""
    valid = Certificate.objects.for_subject(subject).filter(state=State.VALID)
    return [revoke(certificate, by=by, reason=reason) for certificate in valid]


@verb("certificates.render_again")
def render_again(certificate: Certificate, *, by: User, reason: str = "") -> Certificate:
    """Give a parked certificate its five attempts again. Raises RuleViolation ``not_parked`` for any other."""
    certificate = lock(certificate)
    parked = Certificate.objects.parked().filter(pk=certificate.pk).exists()
    require(parked, "not_parked", _("这份证书没有停在出错处，不用重新生成"))
    start_again(certificate)
    record("certificates.render_again", certificate, by=by, reason=reason)
    return certificate


def render_waiting(limit: int = 200) -> int:
    """Draw the files of up to ``limit`` waiting certificates and return how many were made. The sweep's body.

    An attempt is counted before it starts, so a worker that dies on a certificate does not try it for ever; after five the
    row is parked. Two workers never draw the same one: each claims a row with SKIP LOCKED.
    """
    with job_run("certificates.render") as run:
        for _turn in range(limit):
            certificate = claim(Certificate.objects.waiting(), backoff_s=BACKOFF_S)
            if certificate is None:
                break
            if _draw(certificate):
                run.done += 1
            else:
                run.failed += 1
        return run.done


def _draw(certificate: Certificate) -> bool:
    try:
        content = render(certificate)
        sha256 = hashlib.sha256(content).hexdigest()
        certificate.pdf.save(f"{certificate.number}-{sha256[:12]}.pdf", ContentFile(content), save=False)
    except FILE_ERRORS as error:
        certificate.pdf, certificate.last_error = "", f"{type(error).__name__}: {error}"
        certificate.save(update_fields=["last_error"])
        left = MAX_ATTEMPTS - certificate.attempts
        logger.warning(
            "certificate %s not drawn, %d attempts left: %s", certificate.number, left, certificate.last_error
        )
        return False
    certificate.pdf_sha256, certificate.last_error = sha256, ""
    certificate.save(update_fields=["pdf", "pdf_sha256", "last_error"])
    return True


def render(certificate: Certificate) -> bytes:
    """Return the PDF of a certificate, drawn from its snapshot."""
    from certificates import rendering  # brings Pango and a second of start-up, which only the worker needs

    leaf = LogLeaf.objects.get(kind=LEAF, subject=certificate.number)
    url = f"{settings.PUBLIC_URL}{reverse('verify-number', args=[certificate.number])}"
    return rendering.render(
        certificate.kind,
        certificate.snapshot,
        certificate.number,
        url,
        settings.DEMO,
        digest=certificate.digest,
        page=leaf.page,
    )
