"""The one table of roles: who may press which button. Where a role works is in ``RoleGrant`` (organisation or division)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Roles of domain §1.1, as far as a verb needs them."""

    SYSADMIN = "SYSADMIN", _("系统管理员")
    SECURITY_ADMIN = "SECURITY_ADMIN", _("安全管理员")
    AUDIT_ADMIN = "AUDIT_ADMIN", _("审计管理员")
    AUDITOR = "AUDITOR", _("审计人员")
    OFFICER = "OFFICER", _("受理人员")
    REVIEWER = "REVIEWER", _("审核人员")
    REGISTRAR = "REGISTRAR", _("登记人员")
    LEADER = "LEADER", _("签发领导")
    VERIFIER = "VERIFIER", _("核证人员")
    EXPERT = "EXPERT", _("评审专家")
    MAKER = "MAKER", _("发起代表")
    CHECKER = "CHECKER", _("确认代表")
    HOLDER = "HOLDER", _("个人持有人")
    OPERATOR = "OPERATOR", _("运营人员")
    PARTNER = "PARTNER", _("合作方接口")
    MERCHANT = "MERCHANT", _("商户店员")
    VENUE = "VENUE", _("交易机构接口")
    CITIZEN = "CITIZEN", _("公众用户")
    SYSTEM = "SYSTEM", _("系统")


# Roles of the bureau: they sit in the admin and are scoped by a division.
STAFF = frozenset(
    {
        Role.SYSADMIN,
        Role.SECURITY_ADMIN,
        Role.AUDIT_ADMIN,
        Role.AUDITOR,
        Role.OFFICER,
        Role.REVIEWER,
        Role.REGISTRAR,
        Role.LEADER,
        Role.OPERATOR,
    }
)
# Three administrators who share no verb, and whom nobody may be two of (三权分立, GB/T 22239-2019 8.1.5).
ADMINISTRATORS = frozenset({Role.SYSADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
# Roles somebody can stand in for; whoever administers people and keys is not among them.
DEPUTISED = frozenset({Role.OFFICER, Role.REVIEWER, Role.REGISTRAR, Role.LEADER, Role.OPERATOR})
# Roles of a division: the bureau's, and experts it asks, who see what they are asked about and sit at no desk.
OF_DIVISION = STAFF | {Role.EXPERT}
# Roles inside an organisation.
REPRESENTATIVES = frozenset({Role.MAKER, Role.CHECKER})
# Who acts for a holding account: the two of a legal person, or a natural person alone, who shows a second factor instead.
ACT_FOR_ACCOUNTS = REPRESENTATIVES | {Role.HOLDER}
# Roles of an organisation: they are scoped by it.
OF_ORGANISATION = ACT_FOR_ACCOUNTS | {Role.VERIFIER, Role.PARTNER, Role.MERCHANT, Role.VENUE}
# Roles that no place limits: the portal itself, and a citizen, who sees what is his own.
PLACELESS = frozenset({Role.SYSTEM, Role.CITIZEN})

# Taking a list away as a file. Administrators of the system and of security look things up and take nothing away.
TAKE_AWAY = frozenset(
    {"office.export_list", "office.cancel_export", "office.retry_export", "office.download_export"},
)
# A visit on site takes two officers of the case's place, in either post.
SITE_VISIT = frozenset({"projects.record_visit", "projects.confirm_visit", "projects.dispute_visit"})
# What every officer does with the work itself, whatever the post.
OWN_WORK = TAKE_AWAY | frozenset(
    {
        "accounts.name_deputy",
        "accounts.end_deputy",
        "office.assign",
        "office.hand_over",
        "office.add_phrase",
        "office.drop_phrase",
        "office.save_filter",
        "office.drop_filter",
    }
)
# What a court or another authority has the registry do: one officer enters the document, a second one carries it out.
ENTER_DEEDS = frozenset(
    {
        "registry.enter_freeze",
        "registry.enter_renewal",
        "registry.enter_release",
        "registry.enter_enforcement",
        "registry.enter_disposal",
        "registry.enter_nontrade",
        "registry.enter_correction",
        "registry.enter_overissue",
        "registry.withdraw_deed",
        "registry.open_fraud_case",
    }
)
# The first two steps of 经办→审核→签发; the third is the leader's.
SIGN_OFF = frozenset({"office.draft_sign_off", "office.review_sign_off", "office.send_back_sign_off"})

# Writing a method, for whoever may propose one (domain §1.4.1, M1 and M2): an officer, or a company's representative.
WRITE_METHODS = frozenset({"methodologies.draft", "methodologies.save_draft", "methodologies.submit_draft"})

VERBS: dict[str, frozenset[str]] = {
    Role.SYSADMIN: frozenset(
        {
            "accounts.register_person",
            "accounts.register_organisation",
            "accounts.propose_role",
            "accounts.keep_table",
            "accounts.import_people",
            "certificates.render_again",
            "office.send_message_again",
            "accounts.reset_second_factor",
            "accounts.refuse_second_factor_reset",
            "office.move_clock",
            "office.edit_calendar",
            "office.import_calendar",
            "office.import_calendar_table",
            "office.recount_notices",
        }
    ),
    Role.OFFICER: OWN_WORK
    | SITE_VISIT
    | ENTER_DEEDS
    | WRITE_METHODS
    | frozenset(
        {
            "methodologies.accept_draft",
            "accounts.keep_paper",
            "projects.accept",
            "projects.ask_correction",
            "projects.refuse_acceptance",
            "accounts.register_organisation",
            "projects.enter_for_owner",
            "projects.correct_for_owner",
            "office.record_outage",
            "office.accept_objection",
            "office.dismiss_objection",
            "office.investigate_objection",
            "office.extend_objection",
            "office.answer_objection",
            "office.close_objection",
            "office.read_filer",
        }
    ),
    Role.SECURITY_ADMIN: frozenset(
        {
            "accounts.grant_proposed_role",
            "accounts.refuse_proposed_role",
            "accounts.end_role",
            "accounts.issue_api_key",
            "accounts.end_api_key",
            "accounts.ask_second_factor_reset",
        }
    ),
    Role.AUDIT_ADMIN: TAKE_AWAY | frozenset({"accounts.read_events"}),
    Role.AUDITOR: TAKE_AWAY | frozenset({"accounts.read_events", "accounts.read_everything", "office.ask_export"}),
    Role.LEADER: OWN_WORK
    | SIGN_OFF
    | {
        "accounts.keep_paper",
        "office.sign_off",
        "projects.approve",
        "projects.reject",
        "projects.register",
        "registry.issue",
        "registry.approve_retirement",
        "registry.refuse_retirement",
        "methodologies.file_draft",
        "methodologies.adopt_draft",
        "methodologies.reject_draft",
        "methodologies.repeal_method",
    },
    Role.REVIEWER: OWN_WORK
    | SIGN_OFF
    | SITE_VISIT
    | frozenset(
        {
            "methodologies.ask_experts",
            "methodologies.return_draft",
            "methodologies.put_on_notice",
            "methodologies.reject_draft",
            "accounts.keep_paper",
            "projects.approve",
            "projects.reject",
            "projects.approve_issue",
            "projects.return_issue",
            "projects.ask_opinion",
            "projects.record_opinion",
            "projects.lapse_opinion",
            "office.uphold_objection",
            "office.overrule_objection",
        }
    ),
    Role.REGISTRAR: OWN_WORK
    | SIGN_OFF
    | ENTER_DEEDS
    | frozenset(
        {
            "accounts.keep_paper",
            "methodologies.file_draft",
            "methodologies.adopt_draft",
            "methodologies.import_factors",
            "registry.open_venue",
            "registry.sign_venue_report",
            "registry.return_venue_report",
            "registry.confirm_deed",
            "registry.decide_fraud_case",
            "registry.clear_fraud_case",
            "registry.charge_holders",
            "projects.register",
            "projects.revoke",
            "registry.open_account",
            "accounts.keep_table",
            "registry.restrict_account",
            "registry.check_account",
            "registry.enter_account_order",
            "registry.unmask_holder",
            "registry.approve_request",
            "registry.refuse_request",
            "registry.submit_opening",
            "registry.accept_opening",
            "registry.refuse_opening",
            "registry.issue",
            "registry.review_retirement",
            "registry.approve_retirement",
            "registry.refuse_retirement",
            "certificates.revoke",
            "office.uphold_objection",
            "office.overrule_objection",
        }
    ),
    Role.VERIFIER: frozenset(
        {
            "projects.verify",
            "projects.ask_rectification",
            "projects.draw_sample",
            "projects.enter_own_figure",
            "accounts.keep_file",
        }
    ),
    Role.EXPERT: frozenset({"methodologies.evaluate_draft"}),
    Role.MAKER: WRITE_METHODS
    | frozenset(
        {
            "accounts.keep_file",
            "projects.draft",
            "projects.edit",
            "projects.submit",
            "projects.withdraw",
            "projects.open_period",
            "projects.open_claim_period",
            "projects.upload_series",
            "projects.enter_readings",
            "projects.submit_report",
            "projects.apply_issue",
            "registry.apply_account",
            "registry.apply_change",
            "registry.apply_restoring",
            "registry.apply_closing",
            "registry.cancel_request",
            "registry.initiate_transfer",
            "registry.cancel_transfer",
            "registry.accept_transfer",
            "registry.refuse_transfer",
            "registry.initiate_retirement",
            "registry.initiate_replacement",
            "registry.propose_pledge",
            "registry.accept_pledge",
            "registry.refuse_pledge",
            "registry.cancel_pledge",
            "registry.initiate_venue_order",
            "registry.cancel_venue_order",
            "registry.cancel_retirement",
            "trading.propose_agreement",
            "trading.accept_agreement",
            "trading.refuse_agreement",
            "trading.cancel_agreement",
            "trading.plan_event",
            "trading.add_item",
            "trading.remove_item",
            "trading.reopen_inventory",
            "trading.retire_for_event",
            "trading.file_compliance",
            "trading.cancel_event",
        }
    ),
    Role.CHECKER: frozenset(
        {
            "projects.confirm",
            "projects.send_back",
            "projects.confirm_issue",
            "registry.confirm_request",
            "registry.cancel_request",
            "registry.confirm_transfer",
            "registry.cancel_transfer",
            "registry.accept_transfer",
            "registry.refuse_transfer",
            "registry.confirm_retirement",
            "registry.confirm_pledge",
            "registry.accept_pledge",
            "registry.refuse_pledge",
            "registry.cancel_pledge",
            "registry.release_pledge",
            "registry.ask_disposal",
            "registry.confirm_venue_order",
            "registry.cancel_venue_order",
            "registry.cancel_retirement",
            "trading.confirm_agreement",
            "trading.order_payment",
            "trading.pay_again",
            "trading.refuse_agreement",
            "trading.cancel_agreement",
            "trading.close_inventory",
            "trading.reopen_inventory",
            "trading.cancel_event",
        }
    ),
    # Both the maker's and the checker's outgoing acts, for an account of one's own; what confirms asks for a second factor.
    Role.HOLDER: frozenset(
        {
            "accounts.keep_file",
            "registry.apply_restoring",
            "registry.apply_closing",
            "registry.confirm_request",
            "registry.cancel_request",
            "registry.initiate_transfer",
            "registry.confirm_transfer",
            "registry.cancel_transfer",
            "registry.accept_transfer",
            "registry.refuse_transfer",
            "registry.initiate_retirement",
            "registry.confirm_retirement",
            "registry.cancel_retirement",
            "registry.propose_pledge",
            "registry.confirm_pledge",
            "registry.cancel_pledge",
            "registry.initiate_venue_order",
            "registry.confirm_venue_order",
            "registry.cancel_venue_order",
            "trading.propose_agreement",
            "trading.confirm_agreement",
            "trading.accept_agreement",
            "trading.order_payment",
            "trading.pay_again",
            "trading.refuse_agreement",
            "trading.cancel_agreement",
        }
    ),
    Role.OPERATOR: OWN_WORK
    | frozenset(
        {
            "accounts.issue_api_key",
            "accounts.end_api_key",
            "scenarios.close_claim",
            "trading.send_again",
            "trading.close_bank_message",
            "scenarios.add_partner",
            "scenarios.open_scene",
            "scenarios.close_scene",
            "scenarios.unmask",
            "scenarios.try_again",
            "rewards.set_rule",
            "rewards.add_merchant",
            "rewards.stop_merchant",
            "rewards.draft_offer",
            "rewards.put_on_sale",
            "rewards.take_off_sale",
            "rewards.restock",
            "rewards.add_device",
            "rewards.stop_device",
            "rewards.add_cashier",
            "rewards.renew_pin",
            "rewards.stop_cashier",
            "rewards.refund_coupon",
            "rewards.open_pool",
            "rewards.share_proceeds",
            "rewards.open_riders_pool",
            "rewards.share_among_riders",
        }
    ),
    Role.PARTNER: frozenset({"accounts.keep_file", "scenarios.receive_upload", "scenarios.link"}),
    Role.MERCHANT: frozenset({"rewards.use_coupon", "rewards.undo_use"}),
    Role.VENUE: frozenset({"registry.settle_trade", "registry.take_out_of_venue", "registry.report_balances"}),
    Role.CITIZEN: frozenset(
        {
            "registry.apply_personal_account",
            "scenarios.verify_identity",
            "scenarios.consent",
            "scenarios.withdraw_consent",
            "scenarios.make_binding_code",
            "scenarios.certify_reduction",
            "scenarios.export_data",
            "scenarios.close_account",
            "rewards.redeem",
            "rewards.cancel_coupon",
        }
    ),
    Role.SYSTEM: frozenset(
        {
            "accounts.register_person",
            "accounts.register_organisation",
            "accounts.grant_role",
            "accounts.keep_paper",
            "office.move_clock",
            "office.file_objection",
            "office.close_objection",
            "registry.open_account",
            "registry.restrict_expired",
            "registry.serve_freezes",
            "registry.expire_freeze",
            "registry.expire_transfer",
            "registry.follow_fraud_case",
            "scenarios.settle_upload",
            "scenarios.refuse_file",
            "trading.expire_agreement",
            "trading.receive_bank_message",
            "scenarios.register_citizen",
            "trading.resume_event",
            "trading.declare_neutral",
            "rewards.credit_points",
            "rewards.expire_points",
            "rewards.forfeit_points",
            "rewards.expire_coupons",
        }
    ),
}
