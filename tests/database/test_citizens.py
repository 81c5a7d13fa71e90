"""Guards of citizens, their identities, consents, links and statements."""

from __future__ import annotations

from datetime import timedelta

import pytest

from carbon_portal.story import World
from kernel import clock
from scenarios.models import PersonalStatement, Scene
from scenarios.services import consents, people
from tests.citizens import OTHER, linked, partner_of, verified
from tests.database.rows import again, refuses

OPEN, WITHDRAWN, GONE = (
    "withdrawn_at IS NULL",
    "withdrawn_at IS NOT NULL",
    ("13700137000", "李对对", "440101198506150103"),
)
OTHER_CITIZEN = "(SELECT id FROM scenarios_citizen WHERE id <> r.citizen_id AND state = 'ACTIVE')"
SOMEBODY = "(SELECT id FROM accounts_user WHERE username = 'officer')"
ACTIVE = "UPDATE scenarios_citizen SET {} WHERE state = 'ACTIVE'"
CONSENT = "UPDATE scenarios_consent SET {} WHERE {}"
OLDER = "r.granted_at - interval '1 day'"

PEOPLE = {
    "citizen_closed_says_when": (ACTIVE.format("closed_at = now()"), ACTIVE.format("state = 'CLOSED'")),
    "citizen_moves": (
        ACTIVE.format("state = 'UNVERIFIED'"),
        "UPDATE scenarios_citizen SET state = 'ACTIVE', closed_at = NULL WHERE state = 'CLOSED'",
        again("scenarios_citizen", "state = 'ACTIVE'", user_id=SOMEBODY),
    ),
    "citizen_stays": (
        f"UPDATE scenarios_citizen SET user_id = {SOMEBODY} WHERE state = 'CLOSED'",
        ACTIVE.format("opened_at = opened_at - interval '1 day'"),
    ),
    "identity_erased_is_empty": (
        "UPDATE scenarios_identity SET erased_at = now() WHERE erased_at IS NULL",
        "UPDATE scenarios_identity SET phone = 'x' WHERE erased_at IS NOT NULL",
    ),
    "identity_erased_once": ("UPDATE scenarios_identity SET erased_at = NULL WHERE erased_at IS NOT NULL",),
    "identity_once": ("UPDATE scenarios_identity SET identity_blind = repeat('0', 64) WHERE erased_at IS NULL",),
    "personal_statement_range": (
        again("scenarios_personalstatement", "true", ends_on="r.starts_on - 1"),
        again("scenarios_personalstatement", "true", acts="0"),
        again("scenarios_personalstatement", "true", saved_mg="0"),
    ),
    "personal_statement_append_only": (
        "UPDATE scenarios_personalstatement SET saved_mg = saved_mg + 1",
        "DELETE FROM scenarios_personalstatement",
    ),
}
CONSENTS = {
    "scene_terms_stay": (
        "UPDATE scenarios_scene SET consent_text = consent_text || ' ' WHERE code = 'ebike'",
        "UPDATE scenarios_scene SET consent_version = 'EBIKE-2' WHERE code = 'ebike'",
    ),
    "consent_one_open": (again("scenarios_consent", OPEN),),
    "consent_ends_after_start": (
        CONSENT.format("withdrawn_at = granted_at - interval '1 second'", OPEN),
        again("scenarios_consent", WITHDRAWN, covers_from="r.granted_at + interval '1 second'"),
    ),
    "consent_stays": (
        CONSENT.format("version = 'X'", OPEN),
        CONSENT.format("covers_from = covers_from - interval '1 second'", OPEN),
        "DELETE FROM scenarios_consent",
    ),
    "consent_withdrawn_once": (
        CONSENT.format(
            "withdrawn_at = NULL",
            f"{WITHDRAWN} AND citizen_id IN (SELECT id FROM scenarios_citizen WHERE state = 'CLOSED')",
        ),
        CONSENT.format("withdrawn_at = withdrawn_at + interval '1 second'", WITHDRAWN),
    ),
    "consent_history_where_allowed": (again("scenarios_consent", WITHDRAWN, covers_from=OLDER),),
    "binding_stays": (
        "UPDATE scenarios_binding SET expires_at = expires_at + interval '1 day'",
        "DELETE FROM scenarios_binding",
    ),
    "binding_used_once": ("UPDATE scenarios_binding SET used_at = NULL WHERE used_at IS NOT NULL",),
    "partner_link_subject_once": (again("scenarios_partnerlink", "true", citizen_id=OTHER_CITIZEN),),
    "partner_link_citizen_once": (again("scenarios_partnerlink", "true", subject="'another'"),),
    "partner_link_append_only": (
        "UPDATE scenarios_partnerlink SET subject = 'another'",
        "DELETE FROM scenarios_partnerlink",
    ),
}
ACTS = PEOPLE | CONSENTS


@pytest.fixture(scope="module")
def _citizens(module_world: World) -> None:
    """Two people with an account, one linked and certified; a third has gone, with the consent withdrawn."""
    partner, scene = partner_of(module_world), Scene.objects.get(code="ebike")
    citizen, gone = verified(), verified(*GONE)
    verified(*OTHER)
    for one in (citizen, gone):
        consents.consent(one, scene, partner, by=one.user)
    linked(citizen, partner)
    today = clock.today()
    PersonalStatement.objects.create(
        citizen=citizen, starts_on=today - timedelta(days=3), ends_on=today, acts=1, saved_mg=1_000
    )
    people.close_account(gone, by=gone.user)


@pytest.mark.usefixtures("_citizens")
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])
