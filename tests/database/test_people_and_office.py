"""Guards of people, files, events, days, notices and methods."""

from __future__ import annotations

import pytest

from tests.database.rows import again, person, refuses

OFFICER, MAKER = person("officer"), person("owner-maker")
BLIND = "repeat('0a', 32)"
SEALED = "'1.demo.' || repeat('Ab_-', 20)"


def _code(**values: str) -> str:
    row = {"phone_blind": BLIND, "code_hash": BLIND, "purpose": "'LOGIN'", "attempts": "0", "sent_at": "now()"}
    row |= {"expires_at": "now() + interval '5 minutes'", **values}
    return f"INSERT INTO accounts_smscode ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def _key(**values: str) -> str:
    row = {"id": "-1", "key_id": "'akdb'", "user_id": MAKER, "created_by_id": OFFICER, "valid_from": "now()"}
    row |= {"organisation_id": "(SELECT min(id) FROM accounts_organisation)", "sealed": SEALED, **values}
    return f"INSERT INTO accounts_apikey ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def _outage(**values: str) -> str:
    row = {"started_at": "now()", "ended_at": "now() + interval '5 hours'", "evidence": "'监控记录'", **values}
    row |= {"entered_by_id": OFFICER, "entered_at": "now()"}
    return f"INSERT INTO office_outage ({', '.join(row)}) VALUES ({', '.join(row.values())})"


NONCE = "INSERT INTO accounts_apinonce (key_id, nonce, at) VALUES (-1, 'one-number-0000001', now())"
SECURITY, ADMIN = person("security"), person("admin")


def _reset(**values: str) -> str:
    row = {"id": "-1", "user_id": OFFICER, "state": "'ASKED'", "asked_by_id": SECURITY, "asked_at": "now()"}
    row |= {"reason": "'手机丢了'", **values}
    return f"INSERT INTO accounts_secondfactorreset ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def _closed(state: str, by: str) -> str:
    return f"UPDATE accounts_secondfactorreset SET state = '{state}', closed_by_id = {by}, closed_at = now()"


def _proposal(**values: str) -> str:
    row = {"id": "-1", "user_id": OFFICER, "role": "'REVIEWER'", "state": "'PROPOSED'", "proposed_by_id": ADMIN}
    row |= {
        "division_id": "(SELECT min(id) FROM accounts_division)",
        "proposed_at": "now()",
        "reason": "'任命'",
        **values,
    }
    return f"INSERT INTO accounts_roleproposal ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def _decided(state: str, by: str, grant: str = "NULL") -> str:
    return f"UPDATE accounts_roleproposal SET state = '{state}', closed_by_id = {by}, closed_at = now(), grant_id = {grant}"


def _export(**values: str) -> str:
    row = {"id": "-1", "book": "'UNITS'", "year": "2024", "desk": "''", "title": "''", "query": "''", "format": "''"}
    row |= {"language": "''", "state": "'WAITING'", "asked_by_id": OFFICER, "asked_at": "now()", "rows_done": "0"}
    row |= {
        "rows_total": "0",
        "file": "''",
        "size": "0",
        "sha256": "''",
        "sm3": "''",
        "data_sha256": "''",
        "attempts": "0",
    }
    row |= {"next_at": "now()", "last_error": "''", **values}
    return f"INSERT INTO office_exportjob ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def _list(**values: str) -> str:
    of = {"book": "''", "year": "NULL", "desk": "'accounts.user'", "title": "'人员'", "format": "'CSV'"}
    return _export(**{**of, **values})


def _table(**values: str) -> str:
    row = {"id": "-1", "purpose": "'x'", "name": "'名单.xlsx'", "size": "1", "sha256": BLIND, "sealed": SEALED}
    row |= {"uploaded_by_id": OFFICER, "uploaded_at": "now()", **values}
    return f"INSERT INTO accounts_tablein ({', '.join(row)}) VALUES ({', '.join(row.values())})"


A_GRANT = "(SELECT min(id) FROM accounts_rolegrant)"
ACCOUNTS = {
    "auditor_does_nothing_else": (
        again("accounts_rolegrant", f"user_id = {person('auditor')}", role="'REVIEWER'"),
        again("accounts_rolegrant", f"user_id = {OFFICER}", role="'AUDITOR'"),
    ),
    "export_waits_once": (f"{_export()}; {_export(id='-2')}",),
    "table_in_is_sealed": (_table(sealed="'李青,13800000001'"),),
    "table_in_as_sent": (
        f"{_table()}; UPDATE accounts_tablein SET sha256 = repeat('0', 64)",
        f"{_table()}; UPDATE accounts_tablein SET uploaded_by_id = {MAKER}",
        f"{_table()}; DELETE FROM accounts_tablein",
    ),
    "table_in_applied_once": (
        f"{_table(applied_at='now()')}; UPDATE accounts_tablein SET applied_at = now() + interval '1 second'",
        f"{_table(applied_at='now()')}; UPDATE accounts_tablein SET applied_at = NULL",
    ),
    "export_list_waits_once": (f"{_list()}; {_list(id='-2')}",),
    "export_of_book_or_list": (_list(title="''"), _list(format="'PDF'"), _export(query="'q=1'"), _list(book="'UNITS'")),
    "export_stays_as_asked": (
        f"{_list()}; UPDATE office_exportjob SET asked_by_id = {MAKER}",
        f"{_list()}; UPDATE office_exportjob SET query = 'all=1'",
        f"{_list()}; UPDATE office_exportjob SET desk = 'accounts.event'",
        f"{_list()}; DELETE FROM office_exportjob",
    ),
    "export_ready_has_file": (
        f"{_export()}; UPDATE office_exportjob SET state = 'READY', file = 'x'",
        f"{_list()}; UPDATE office_exportjob SET state = 'CANCELLED', file = 'x'",
    ),
    "export_moves": (
        f"{_export()}; UPDATE office_exportjob SET state = 'CANCELLED'; "
        f"UPDATE office_exportjob SET state = 'READY', file = 'x', sha256 = {BLIND}, sm3 = {BLIND}",
        f"{_list()}; UPDATE office_exportjob SET state = 'REMOVED', sha256 = {BLIND}, sm3 = {BLIND}",
    ),
    "proposal_has_its_place": (_proposal(division_id="NULL"), _proposal(role="'MAKER'"), _proposal(role="'SYSTEM'")),
    "proposal_granted_by_another": (f"{_proposal()}; {_decided('GRANTED', ADMIN, A_GRANT)}",),
    "proposal_not_ones_own": (_proposal(proposed_by_id=OFFICER), f"{_proposal()}; {_decided('REFUSED', OFFICER)}"),
    "proposal_closed_as_it_says": (
        f"{_proposal()}; {_decided('GRANTED', SECURITY)}",
        f"{_proposal()}; UPDATE accounts_roleproposal SET state = 'REFUSED'",
    ),
    "proposal_open_once": (f"{_proposal()}; {_proposal(id='-2')}",),
    "proposal_moves": (f"{_proposal()}; {_decided('REFUSED', SECURITY)}; {_decided('GRANTED', SECURITY, A_GRANT)}",),
    "proposal_append_only": (f"{_proposal()}; UPDATE accounts_roleproposal SET role = 'REGISTRAR'",),
    "user_email_once": (
        "UPDATE accounts_user SET email = CASE username WHEN 'officer' THEN 'a@b.cn' ELSE 'A@B.cn' END "
        "WHERE username IN ('officer', 'owner-maker')",
    ),
    "administrators_are_three_people": (
        again("accounts_rolegrant", f"user_id = {ADMIN}", role="'SECURITY_ADMIN'"),
        again("accounts_rolegrant", f"user_id = {ADMIN}", role="'AUDIT_ADMIN'", valid_to="now() + interval '1 day'"),
    ),
    "sign_in_try_is_blind": ("INSERT INTO accounts_signintry (name_blind, at) VALUES ('officer', now())",),
    "factor_reset_by_two": (f"{_reset()}; {_closed('DONE', SECURITY)}",),
    "factor_reset_not_ones_own": (_reset(asked_by_id=OFFICER), f"{_reset()}; {_closed('REFUSED', OFFICER)}"),
    "factor_reset_closed_by_somebody": (
        f"{_reset()}; UPDATE accounts_secondfactorreset SET state = 'DONE'",
        f"{_reset()}; UPDATE accounts_secondfactorreset SET closed_by_id = {ADMIN}",
    ),
    "factor_reset_one_open": (f"{_reset()}; {_reset(id='-2')}",),
    "factor_reset_moves": (f"{_reset()}; {_closed('DONE', ADMIN)}; {_closed('REFUSED', ADMIN)}",),
    "factor_reset_append_only": (f"{_reset()}; UPDATE accounts_secondfactorreset SET reason = '改写'",),
    "organisation_uscc_shape": (
        "UPDATE accounts_organisation SET uscc = '91990100ma5c00031h' WHERE kind = 'VERIFIER'",
        "UPDATE accounts_organisation SET uscc = '9199010OMA5C00031H' WHERE kind = 'VERIFIER'",
        "UPDATE accounts_organisation SET uscc = '91990100MA5C0003' WHERE kind = 'VERIFIER'",
    ),
    "role_once": (
        again("accounts_rolegrant", f"user_id = {OFFICER}"),
        again("accounts_rolegrant", f"user_id = {MAKER}"),
        again("accounts_rolegrant", "role = 'SYSTEM'"),
    ),
    "maker_is_not_checker": (again("accounts_rolegrant", f"user_id = {MAKER}", role="'CHECKER'"),),
    "role_has_its_place": (
        f"UPDATE accounts_rolegrant SET division_id = NULL WHERE user_id = {OFFICER}",
        f"UPDATE accounts_rolegrant SET role = 'OFFICER' WHERE user_id = {MAKER}",
        "UPDATE accounts_rolegrant SET division_id = (SELECT min(id) FROM accounts_division) WHERE role = 'VERIFIER'",
        "UPDATE accounts_rolegrant SET division_id = (SELECT min(id) FROM accounts_division) WHERE role = 'SYSTEM'",
    ),
    "role_ends_after_start": (
        f"UPDATE accounts_rolegrant SET valid_to = valid_from - interval '1 second' WHERE user_id = {OFFICER}",
    ),
    "event_append_only": (
        "UPDATE accounts_event SET reason = '改写'",
        "UPDATE accounts_event SET actor_name = ''",
        "DELETE FROM accounts_event",
    ),
    "attachment_append_only": (
        "UPDATE accounts_attachment SET sha256 = repeat('0', 64)",
        "UPDATE accounts_attachment SET name = '另一个.csv'",
        "DELETE FROM accounts_attachment",
    ),
    "verb_key_append_only": (
        "UPDATE accounts_verbkey SET object_id = 1 + object_id",
        "DELETE FROM accounts_verbkey",
    ),
    "user_phone_once": (
        f"UPDATE accounts_user SET phone_blind = {BLIND} WHERE username IN ('officer', 'owner-maker')",
    ),
    "user_phone_is_blind": ("UPDATE accounts_user SET phone_blind = '13800000001' WHERE username = 'officer'",),
    "sms_code_tries_end": (_code(attempts="6"), f"{_code()}; UPDATE accounts_smscode SET attempts = 6"),
    "sms_code_is_sealed": (_code(code_hash="'123456'"), _code(phone_blind="'13800000001'")),
    "sms_code_ends_after_start": (_code(expires_at="now()"),),
    "sms_code_used_once": (
        f"{_code(used_at='now()')}; UPDATE accounts_smscode SET used_at = now() + interval '1 second'",
        f"{_code(used_at='now()')}; UPDATE accounts_smscode SET used_at = NULL",
    ),
    "api_key_once": (f"{_key()}; {_key(id='-2')}",),
    "api_key_is_sealed": (_key(sealed="'a-secret-as-it-is'"), f"{_key()}; UPDATE accounts_apikey SET sealed = ''"),
    "api_key_ends_after_start": (_key(valid_to="now() - interval '1 second'"),),
    "api_key_append_only": (
        f"{_key()}; UPDATE accounts_apikey SET user_id = {OFFICER}",
        f"{_key()}; UPDATE accounts_apikey SET organisation_id = organisation_id + 1",
        f"{_key()}; DELETE FROM accounts_apikey",
    ),
    "api_key_never_longer": (
        f"{_key(valid_to='now()')}; UPDATE accounts_apikey SET valid_to = NULL",
        f"{_key(valid_to='now()')}; UPDATE accounts_apikey SET valid_to = now() + interval '1 day'",
    ),
    "api_nonce_once": (f"{_key()}; {NONCE}; {NONCE}",),
    "verb_key_once": (again("accounts_verbkey", "true", body="repeat('0', 64)"),),
}
OFFICE = {
    "clock_one_row": ("INSERT INTO office_businessclock (id, \"offset\") VALUES (2, '1 day')",),
    "clock_forward_only": (
        'UPDATE office_businessclock SET "offset" = "offset" - interval \'1 second\'',
        "DELETE FROM office_businessclock",
    ),
    "notice_ends_after_start": (again("office_notice", "true", number="'X'", ends_on="r.starts_on"),),
    "notice_as_shown": (
        "UPDATE office_notice SET text = text || '。'",
        "UPDATE office_notice SET starts_on = starts_on - 1",
        "DELETE FROM office_notice",
    ),
    "notice_settled_stays": (
        "UPDATE office_notice SET ends_on = ends_on + 1 WHERE settled",
        "UPDATE office_notice SET settled = false WHERE settled",
    ),
    "notice_paper_as_shown": (
        "UPDATE office_noticepaper SET sha256 = repeat('0', 64)",
        "DELETE FROM office_noticepaper",
    ),
    "notice_paper_of_this_publication": (
        again("office_noticepaper", "true", attachment_id="(SELECT max(id) FROM accounts_attachment)"),
    ),
    "outage_ends_after_start": (_outage(ended_at="now()"),),
    "outage_append_only": (
        f"{_outage()}; UPDATE office_outage SET evidence = '没有停过'",
        f"{_outage()}; DELETE FROM office_outage",
    ),
    "notice_never_shorter": (
        again("office_notice", "true", number="'X'", settled="false")
        + "; UPDATE office_notice SET ends_on = ends_on - 1 WHERE id = -1",
    ),
}
METHODOLOGIES = {
    "method_version_once": (again("methodologies_method", "true"),),
    "method_published_by_another": (
        again("methodologies_method", "true", version="98", drafted_by_id=OFFICER, published_by_id=OFFICER),
    ),
    "method_moves": (
        again("methodologies_method", "true", version="98", state="'SUPERSEDED'", ended_at="now()"),
        again("methodologies_method", "true", version="98")
        + "; UPDATE methodologies_method SET state = 'REPEALED', ended_at = now() WHERE id = -1"
        + "; UPDATE methodologies_method SET state = 'PUBLISHED', ended_at = NULL WHERE id = -1",
    ),
    "method_ended_says_when": (
        again("methodologies_method", "true", version="98", ended_at="now()"),
        "UPDATE methodologies_method SET state = 'REPEALED'",
    ),
    "method_published_stays": (
        "UPDATE methodologies_method SET document = document || ' '",
        "DELETE FROM methodologies_method",
    ),
    "factor_in_force_once": (
        again("methodologies_factor", "year = 2021"),
        again("methodologies_factor", "year = 2021", valid_from="DATE '2021-12-31'", valid_to="DATE '2022-01-31'"),
        again("methodologies_factor", "kind = 'GWP'"),
    ),
    "factor_stays": (
        "UPDATE methodologies_factor SET value = value + 1",
        "UPDATE methodologies_factor SET valid_from = NULL",
        "DELETE FROM methodologies_factor",
    ),
}
ACTS = ACCOUNTS | OFFICE | METHODOLOGIES


@pytest.mark.django_db
@pytest.mark.parametrize("guard", ACTS)
def test_refuses(guard: str) -> None:
    """The owner of the database cannot do it either."""
    refuses(guard, *ACTS[guard])
