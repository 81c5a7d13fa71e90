import django.db.models.deletion
import django.db.models.expressions
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from accounts.migrating import AtOnce

# Acts and their keys: partitioned tables, which the framework cannot make, so they are made here by hand.
ACTS = """
CREATE TABLE scenarios_act (
    id bigint NOT NULL,
    on_day date NOT NULL,
    citizen_id bigint NOT NULL,
    upload_id bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    amount_millionths bigint NOT NULL,
    saved_mg bigint NOT NULL,
    PRIMARY KEY (id, on_day),
    CONSTRAINT act_amounts CHECK (saved_mg >= 0 AND amount_millionths >= 0 AND ended_at > started_at),
    CONSTRAINT act_is_of_its_upload CHECK (id >= upload_id * 16777216 AND id < (upload_id + 1) * 16777216)
) PARTITION BY RANGE (on_day);
CREATE INDEX act_citizen_started ON scenarios_act (citizen_id, started_at);
CREATE TABLE scenarios_actkey (key uuid NOT NULL PRIMARY KEY, act_id bigint NOT NULL, on_day date NOT NULL)
    PARTITION BY HASH (key);
"""
KEYS = "".join(
    f"CREATE TABLE scenarios_actkey_{part} PARTITION OF scenarios_actkey FOR VALUES WITH (MODULUS 8, REMAINDER {part});"
    f"REVOKE ALL ON scenarios_actkey_{part} FROM portal_app;"
    for part in range(8)
)
# Partitions by month are made when the first act of a month comes. The application may not make tables, so the owner lends this
# function; a partition is reached through its parent only.
MONTHS = """
CREATE FUNCTION scenarios_make_months(first_day date, last_day date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path TO 'public', 'pg_temp' AS $$
DECLARE month date; part text; made integer := 0;
BEGIN
    IF first_day < DATE '2009-12-01' OR last_day > CURRENT_DATE + 7305 THEN
        RAISE EXCEPTION 'no months before 2010 or more than twenty years ahead';
    END IF;
    FOR month IN SELECT generate_series(date_trunc('month', first_day), last_day, interval '1 month')::date LOOP
        part := format('scenarios_act_%s', to_char(month, 'YYYY_MM'));
        CONTINUE WHEN to_regclass(format('public.%I', part)) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(7203102);
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF scenarios_act FOR VALUES FROM (%L) TO (%L)',
                       part, month, (month + interval '1 month')::date);
        EXECUTE format('REVOKE ALL ON %I FROM portal_app', part);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION scenarios_make_months(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scenarios_make_months(date, date) TO portal_app;
"""
WRITTEN_ONCE = (
    "scenarios_act, "
    "scenarios_actkey, "
    "scenarios_refusal, "
    "scenarios_partnerlink, "
    "scenarios_personalstatement, "
    "scenarios_claimbatch, "
    "scenarios_actuse"
)
NEVER_DELETED = (
    "scenarios_citizen, "
    "scenarios_identity, "
    "scenarios_consent, "
    "scenarios_binding, "
    "scenarios_upload, "
    "scenarios_carbonaccount"
)


class Migration(migrations.Migration):
    replaces = [
        ("scenarios", "0001_initial"),
        ("scenarios", "0002_acts"),
        ("scenarios", "0003_statements"),
        ("scenarios", "0004_citizen_desks"),
        ("scenarios", "0005_claims"),
        ("scenarios", "0006_upload_desk"),
        ("scenarios", "0007_scene_terms"),
        ("scenarios", "0008_credits_without_locks"),
        ("scenarios", "0009_repealed_methods"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
        ("methodologies", "0001_squashed_0004_workshop_desks"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="ActUse",
                    fields=[
                        ("act_id", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="行为")),
                        ("on_day", models.DateField(verbose_name="日期")),
                        (
                            "claim",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="scenarios.claimbatch",
                                verbose_name="归集批次",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "行为的使用",
                        "verbose_name_plural": "行为的使用",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="actuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="act_use_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by act_use_append_only' USING ERRCODE = '23514', CONSTRAINT = 'act_use_append_only';",
                            hash="a3004fa25ac0c5df5b25553c6cef96c859ef5f01",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_act_use_append_only_18eaa",
                            table="scenarios_actuse",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="actuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="act_use_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF EXISTS (\n        SELECT 1 FROM scenarios_claimbatch claim CROSS JOIN LATERAL (\n            SELECT count(*) AS uses, count(act.id) AS acts, count(DISTINCT act.citizen_id) AS citizens,\n                   sum(act.amount_millionths) AS amount, sum(act.saved_mg) AS saved_mg\n            FROM scenarios_actuse used\n            LEFT JOIN scenarios_upload upload ON upload.id = used.act_id >> 24 AND upload.scene_id = claim.scene_id\n                AND upload.partner_id = claim.partner_id AND upload.method_id = claim.method_id\n            LEFT JOIN scenarios_act act ON act.id = used.act_id AND act.on_day = used.on_day\n                AND act.upload_id = upload.id AND act.on_day >= claim.month AND act.on_day < claim.month + interval '1 month'\n            WHERE used.claim_id = claim.id\n        ) sums\n        WHERE claim.id IN (SELECT claim_id FROM added)\n            AND (sums.uses, sums.acts, sums.citizens, sums.amount, sums.saved_mg)\n                IS DISTINCT FROM (claim.acts, claim.acts, claim.citizens, claim.amount_millionths, claim.saved_mg)\n    ) THEN RAISE EXCEPTION 'refused by act_use_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'act_use_adds_up'; END IF;\n    RETURN NULL;\n",
                            hash="e09b02363b199a1d2af2ab34864c51a0a937b60c",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_act_use_adds_up_4635e",
                            referencing="REFERENCING NEW TABLE AS added ",
                            table="scenarios_actuse",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Binding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "citizen",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="scenarios.partner",
                                verbose_name="合作方",
                            ),
                        ),
                        ("code_blind", models.CharField(max_length=64, unique=True)),
                        ("expires_at", models.DateTimeField(verbose_name="有效至")),
                        ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用")),
                    ],
                    options={
                        "verbose_name": "绑定码",
                        "verbose_name_plural": "绑定码",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="binding",
                    trigger=pgtrigger.compiler.Trigger(
                        name="binding_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['used_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['used_at'] THEN\n                RAISE EXCEPTION 'refused by binding_stays' USING ERRCODE = '23514', CONSTRAINT = 'binding_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="bf0844475aa9257814f94813319ab90f12a7379f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_binding_stays_dc207",
                            table="scenarios_binding",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="binding",
                    trigger=pgtrigger.compiler.Trigger(
                        name="binding_used_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.used_at IS NOT NULL AND OLD.used_at IS DISTINCT FROM NEW.used_at THEN\n                RAISE EXCEPTION 'refused by binding_used_once' USING ERRCODE = '23514', CONSTRAINT = 'binding_used_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1ab4bf8cdb4ea02410bcde7869b012ec875e196a",
                            operation="UPDATE",
                            pgid="pgtrigger_binding_used_once_da82e",
                            table="scenarios_binding",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CarbonAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "citizen",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="carbon",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("balance_mg", models.BigIntegerField(default=0, verbose_name="余额 mg")),
                        ("acts", models.PositiveIntegerField(default=0, verbose_name="行为")),
                    ],
                    options={
                        "verbose_name": "个人碳账户",
                        "verbose_name_plural": "个人碳账户",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("balance_mg__gte", 0)),
                                name="carbon_account_not_negative",
                                violation_error_code="not_enough_grams",
                                violation_error_message="碳账户余额不够",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="carbonaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="carbon_account_closed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM before JOIN after USING (id) JOIN scenarios_citizen c ON c.id = after.citizen_id\n                            WHERE after.balance_mg > before.balance_mg AND c.state = 'CLOSED') THEN RAISE EXCEPTION 'refused by carbon_account_closed' USING ERRCODE = '23514', CONSTRAINT = 'carbon_account_closed';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="032c760e62cd8a7aafcc5aee9c49220bd1fb96c3",
                            level="STATEMENT",
                            operation="UPDATE",
                            pgid="pgtrigger_carbon_account_closed_1cd7a",
                            referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                            table="scenarios_carbonaccount",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Citizen",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="citizen",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登录",
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounts.division",
                                verbose_name="所在区划",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("UNVERIFIED", "待实名"), ("ACTIVE", "正常"), ("CLOSED", "已注销")],
                                default="UNVERIFIED",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=kernel.clock.now, verbose_name="开户")),
                        ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="实名")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="注销")),
                    ],
                    options={
                        "verbose_name": "公众账户",
                        "verbose_name_plural": "公众账户",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(condition=models.Q(("state", "CLOSED")), fields=["id"], name="citizen_closed")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("state", "CLOSED")),
                                    models.Q(models.Q(("state", "CLOSED"), _negated=True), ("closed_at", None)),
                                    _connector="OR",
                                ),
                                name="citizen_closed_says_when",
                                violation_error_code="no_closing_time",
                                violation_error_message="注销的账户要有注销时间",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="citizen",
                    trigger=pgtrigger.compiler.Trigger(
                        name="citizen_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('UNVERIFIED') THEN RAISE EXCEPTION 'refused by citizen_moves' USING ERRCODE = '23514', CONSTRAINT = 'citizen_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ACTIVE', 'CLOSED'), ('UNVERIFIED', 'ACTIVE'), ('UNVERIFIED', 'CLOSED')) THEN\n                RAISE EXCEPTION 'refused by citizen_moves' USING ERRCODE = '23514', CONSTRAINT = 'citizen_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="a47eed927988fcbdc30976ace5998ace726da11e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_citizen_moves_6839b",
                            table="scenarios_citizen",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="citizen",
                    trigger=pgtrigger.compiler.Trigger(
                        name="citizen_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'verified_at', 'closed_at', 'division_id'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'verified_at', 'closed_at', 'division_id'] THEN\n                RAISE EXCEPTION 'refused by citizen_stays' USING ERRCODE = '23514', CONSTRAINT = 'citizen_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="3890982d41f2c97e4199d6fb49d285264c81c25f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_citizen_stays_5e923",
                            table="scenarios_citizen",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="citizen",
                    trigger=pgtrigger.compiler.Trigger(
                        name="citizen_closes_between_credits",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"state\" = 'CLOSED' AND NOT (OLD.\"state\" = 'CLOSED'))",
                            func="PERFORM 1 FROM scenarios_carbonaccount WHERE citizen_id = NEW.id FOR NO KEY UPDATE; RETURN NEW;",
                            hash="9ee141a580de8b87daa125ca027beca56350d465",
                            operation="UPDATE",
                            pgid="pgtrigger_citizen_closes_between_credits_389a4",
                            table="scenarios_citizen",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ClaimBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=30, unique=True, verbose_name="编号")),
                        (
                            "scene",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="claims",
                                to="scenarios.scene",
                                verbose_name="场景",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="claims",
                                to="scenarios.partner",
                                verbose_name="合作方",
                            ),
                        ),
                        (
                            "method",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="methodologies.method",
                                verbose_name="方法学",
                            ),
                        ),
                        ("month", models.DateField(verbose_name="月份")),
                        ("acts", models.PositiveIntegerField(verbose_name="行为次数")),
                        ("citizens", models.PositiveIntegerField(verbose_name="人数")),
                        ("amount_millionths", models.BigIntegerField(verbose_name="数量合计（百万分之一）")),
                        ("saved_mg", models.BigIntegerField(verbose_name="减排量 mg")),
                        ("salt", models.CharField(editable=False, max_length=64)),
                        ("merkle_root", models.CharField(max_length=64, verbose_name="默克尔树根")),
                        ("consents", models.PositiveIntegerField(verbose_name="授权份数")),
                        ("consent_versions", models.JSONField(verbose_name="授权书版本和份数")),
                        ("consent_digest", models.CharField(max_length=64, verbose_name="授权快照摘要")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="归集人",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(default=kernel.clock.now, verbose_name="归集")),
                    ],
                    options={
                        "verbose_name": "归集批次",
                        "verbose_name_plural": "归集批次",
                        "ordering": ("-month", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="claim_of_a_month",
                                violation_error_code="bad_month",
                                violation_error_message="归集批次的月份记为当月 1 日",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acts__gte", 1),
                                    ("amount_millionths__gte", 0),
                                    ("citizens__gte", 1),
                                    ("citizens__lte", models.F("acts")),
                                    ("consents__gte", models.F("citizens")),
                                    ("saved_mg__gte", 0),
                                ),
                                name="claim_not_empty",
                                violation_error_code="nothing_to_claim",
                                violation_error_message="归集批次至少有一次行为，每个人都要有授权",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("consent_digest__regex", "^[0-9a-f]{64}$"),
                                    ("merkle_root__regex", "^[0-9a-f]{64}$"),
                                    ("salt__regex", "^[0-9a-f]{64}$"),
                                ),
                                name="claim_digest_shape",
                                violation_error_code="bad_digest",
                                violation_error_message="摘要是 64 位十六进制数",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="claimbatch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="claim_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by claim_append_only' USING ERRCODE = '23514', CONSTRAINT = 'claim_append_only';",
                            hash="cfa9ef0f7b53feed97fe9ddc5f6b236ab9c918b2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_claim_append_only_cefe5",
                            table="scenarios_claimbatch",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="claimbatch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="claim_holds_its_acts",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF (SELECT count(*) FROM scenarios_actuse WHERE claim_id = NEW.id) <> NEW.acts THEN RAISE EXCEPTION 'refused by claim_holds_its_acts' USING ERRCODE = '23514', CONSTRAINT = 'claim_holds_its_acts'; END IF;\n                    RETURN NULL;\n                ",
                            hash="a94f237c3a41a70e7fc5aec9ebf3c56163df612e",
                            operation="INSERT",
                            pgid="pgtrigger_claim_holds_its_acts_de99f",
                            table="scenarios_claimbatch",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Consent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "citizen",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        (
                            "scene",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="scenarios.scene", verbose_name="场景"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="scenarios.partner",
                                verbose_name="合作方",
                            ),
                        ),
                        ("version", models.CharField(max_length=20, verbose_name="授权书版本")),
                        ("text_digest", models.CharField(max_length=64, verbose_name="授权书摘要")),
                        ("granted_at", models.DateTimeField(default=kernel.clock.now, verbose_name="授权")),
                        ("covers_from", models.DateTimeField(verbose_name="覆盖自")),
                        ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤回")),
                    ],
                    options={
                        "verbose_name": "授权",
                        "verbose_name_plural": "授权",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("citizen", "scene", "partner"),
                                name="consent_one_open",
                                violation_error_code="consent_given",
                                violation_error_message="这个场景已经授权给这家平台",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("covers_from__lte", models.F("granted_at")),
                                    models.Q(
                                        ("withdrawn_at", None),
                                        ("withdrawn_at__gte", models.F("granted_at")),
                                        _connector="OR",
                                    ),
                                ),
                                name="consent_ends_after_start",
                                violation_error_code="consent_period",
                                violation_error_message="授权的时间前后颠倒",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="consent_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['withdrawn_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['withdrawn_at'] THEN\n                RAISE EXCEPTION 'refused by consent_stays' USING ERRCODE = '23514', CONSTRAINT = 'consent_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="64842a25df18d0c944cf6617547f67e674682ee7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_consent_stays_e9b8d",
                            table="scenarios_consent",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="consent_withdrawn_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.withdrawn_at IS NOT NULL AND OLD.withdrawn_at IS DISTINCT FROM NEW.withdrawn_at THEN\n                RAISE EXCEPTION 'refused by consent_withdrawn_once' USING ERRCODE = '23514', CONSTRAINT = 'consent_withdrawn_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="c63178c5d521c7f7f10ea5e85b1715d44306fb18",
                            operation="UPDATE",
                            pgid="pgtrigger_consent_withdrawn_once_86861",
                            table="scenarios_consent",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="consent_history_where_allowed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.covers_from < NEW.granted_at AND NOT (\n                        SELECT history_allowed FROM scenarios_scene WHERE id = NEW.scene_id) THEN RAISE EXCEPTION 'refused by consent_history_where_allowed' USING ERRCODE = '23514', CONSTRAINT = 'consent_history_where_allowed';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="60f7eb55a27d51583bf3abb6a2af14a51d657901",
                            operation="INSERT",
                            pgid="pgtrigger_consent_history_where_allowed_424ec",
                            table="scenarios_consent",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Identity",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "citizen",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="identity",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("phone", models.TextField(blank=True, verbose_name="手机号（密文）")),
                        ("name", models.TextField(blank=True, verbose_name="姓名（密文）")),
                        ("identity_no", models.TextField(blank=True, verbose_name="身份证号（密文）")),
                        ("identity_blind", models.CharField(blank=True, max_length=64, null=True)),
                        ("service", models.CharField(blank=True, max_length=60, verbose_name="核验服务")),
                        ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="清除")),
                    ],
                    options={
                        "verbose_name": "身份",
                        "verbose_name_plural": "身份",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("erased_at", None),
                                    models.Q(
                                        ("identity_blind", None), ("identity_no", ""), ("name", ""), ("phone", "")
                                    ),
                                    _connector="OR",
                                ),
                                name="identity_erased_is_empty",
                                violation_error_code="identity_erased",
                                violation_error_message="账户已注销，身份资料已清除，不能再填",
                            ),
                            models.UniqueConstraint(
                                fields=("identity_blind",),
                                name="identity_once",
                                violation_error_code="identity_known",
                                violation_error_message="这个证件号码已经开过账户，一人只能有一个账户",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="identity",
                    trigger=pgtrigger.compiler.Trigger(
                        name="identity_erased_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.erased_at IS NOT NULL AND OLD.erased_at IS DISTINCT FROM NEW.erased_at THEN\n                RAISE EXCEPTION 'refused by identity_erased_once' USING ERRCODE = '23514', CONSTRAINT = 'identity_erased_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="c16868dc81ac9331376d194ced8fd244ae0960c6",
                            operation="UPDATE",
                            pgid="pgtrigger_identity_erased_once_36ef4",
                            table="scenarios_identity",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Partner",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="partner",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="平台名称")),
                        ("zone", models.CharField(default="Asia/Shanghai", max_length=40, verbose_name="时区")),
                        ("active", models.BooleanField(default=True, verbose_name="启用")),
                        ("joined_at", models.DateTimeField(default=kernel.clock.now, verbose_name="接入")),
                        (
                            "scenes",
                            models.ManyToManyField(related_name="partners", to="scenarios.scene", verbose_name="场景"),
                        ),
                    ],
                    options={
                        "verbose_name": "合作方",
                        "verbose_name_plural": "合作方",
                        "ordering": ("name",),
                    },
                ),
                migrations.CreateModel(
                    name="PartnerLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="scenarios.partner",
                                verbose_name="合作方",
                            ),
                        ),
                        ("subject", models.CharField(max_length=80, verbose_name="合作方用户号")),
                        (
                            "citizen",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="links",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("linked_at", models.DateTimeField(default=kernel.clock.now, verbose_name="绑定")),
                    ],
                    options={
                        "verbose_name": "绑定",
                        "verbose_name_plural": "绑定",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "subject"),
                                name="partner_link_subject_once",
                                violation_error_code="subject_linked",
                                violation_error_message="这个用户号已经绑定了一个账户",
                            ),
                            models.UniqueConstraint(
                                fields=("partner", "citizen"),
                                name="partner_link_citizen_once",
                                violation_error_code="citizen_linked",
                                violation_error_message="这个账户在这家平台已经绑定了一个用户号",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="partnerlink",
                    trigger=pgtrigger.compiler.Trigger(
                        name="partner_link_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by partner_link_append_only' USING ERRCODE = '23514', CONSTRAINT = 'partner_link_append_only';",
                            hash="e1b621aaac878806b1647c7db620cd9beeb0fca6",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_partner_link_append_only_e1f9f",
                            table="scenarios_partnerlink",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PersonalStatement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "citizen",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="statements",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="起")),
                        ("ends_on", models.DateField(verbose_name="止")),
                        ("acts", models.PositiveIntegerField(verbose_name="行为")),
                        ("saved_mg", models.BigIntegerField(verbose_name="减排量 mg")),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="开具")),
                    ],
                    options={
                        "verbose_name": "个人减排记录",
                        "verbose_name_plural": "个人减排记录",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("acts__gt", 0), ("ends_on__gte", models.F("starts_on")), ("saved_mg__gt", 0)
                                ),
                                name="personal_statement_range",
                                violation_error_code="statement_empty",
                                violation_error_message="起止日期颠倒，或这段日期没有记入的减排",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="personalstatement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="personal_statement_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by personal_statement_append_only' USING ERRCODE = '23514', CONSTRAINT = 'personal_statement_append_only';",
                            hash="de717741a97569807fcf7423acf0bb8a294caef0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_personal_statement_append_only_7c34b",
                            table="scenarios_personalstatement",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Refusal",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        (
                            "upload",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refusals",
                                to="scenarios.upload",
                                verbose_name="上报文件",
                            ),
                        ),
                        ("row", models.PositiveIntegerField(verbose_name="行")),
                        (
                            "code",
                            models.CharField(
                                choices=[
                                    ("bad_row", "这一行的列数不对或有空格，读不出来"),
                                    ("bad_distance", "里程不是 0 到方法学上限之间、最多三位小数的数"),
                                    ("bad_date", "起止时间不对：早于 2010 年、在将来、没有时区，或结束早于开始"),
                                    ("unknown_subject", "这个用户号没有绑定本平台的账户"),
                                    ("before_consent", "骑行时您还没有授权这家平台上报这个场景，或已撤回授权"),
                                    ("stale", "上报太晚，超过了这个场景的补报期限"),
                                    ("zero_duration", "用时为零"),
                                    ("too_short", "里程不足 100 米"),
                                    ("too_fast", "平均时速超过这种出行方式的上限"),
                                    ("too_long", "用时超过 24 小时，多半是没有还车"),
                                    ("account_closed", "账户已注销"),
                                    ("duplicate", "这次骑行已经记过，同一次只记一次"),
                                    ("overlap", "与您已记入的另一次骑行时间重叠"),
                                ],
                                max_length=20,
                                verbose_name="原因",
                            ),
                        ),
                        (
                            "citizen",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refusals",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="开始")),
                    ],
                    options={
                        "verbose_name": "未记入的行为",
                        "verbose_name_plural": "未记入的行为",
                        "ordering": ("upload", "row"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "id",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("upload_id"), "*", models.Value(16777216)
                                            ),
                                            "+",
                                            models.F("row"),
                                        ),
                                    )
                                ),
                                name="refusal_is_of_its_upload",
                                violation_error_code="bad_act_number",
                                violation_error_message="未记入行的编号由上报文件和行号组成",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="refusal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="refusal_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by refusal_append_only' USING ERRCODE = '23514', CONSTRAINT = 'refusal_append_only';",
                            hash="7b714f726f97f83c9d8801ef9a22458409a62419",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_refusal_append_only_fdd8f",
                            table="scenarios_refusal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Scene",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.SlugField(max_length=20, unique=True, verbose_name="代码")),
                        ("title", models.CharField(max_length=40, verbose_name="场景")),
                        ("mode", models.CharField(max_length=12, verbose_name="出行方式")),
                        (
                            "method",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="methodologies.method",
                                verbose_name="方法学",
                            ),
                        ),
                        ("input_name", models.CharField(max_length=40, verbose_name="方法学输入")),
                        ("shortest_m", models.PositiveIntegerField(default=100, verbose_name="最短里程 m")),
                        ("fastest_kmh", models.PositiveSmallIntegerField(verbose_name="平均时速上限 km/h")),
                        (
                            "late_window_days",
                            models.PositiveSmallIntegerField(default=35, verbose_name="补报期限（天）"),
                        ),
                        ("history_allowed", models.BooleanField(default=False, verbose_name="授权可以追溯")),
                        ("consent_version", models.CharField(max_length=20, verbose_name="授权书版本")),
                        ("consent_text", models.TextField(verbose_name="授权书")),
                        ("active", models.BooleanField(default=True, verbose_name="启用")),
                    ],
                    options={
                        "verbose_name": "场景",
                        "verbose_name_plural": "场景",
                        "ordering": ("code",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="scene",
                    trigger=pgtrigger.compiler.Trigger(
                        name="scene_terms_stay",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (OLD.consent_version, OLD.consent_text) IS DISTINCT FROM (NEW.consent_version, NEW.consent_text)\n                        AND EXISTS (SELECT 1 FROM scenarios_consent WHERE scene_id = OLD.id) THEN RAISE EXCEPTION 'refused by scene_terms_stay' USING ERRCODE = '23514', CONSTRAINT = 'scene_terms_stay';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="8efef32a1725ed7a95f731f98f2595b1daeec39a",
                            operation="UPDATE",
                            pgid="pgtrigger_scene_terms_stay_856ca",
                            table="scenarios_scene",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Upload",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uploads",
                                to="scenarios.partner",
                                verbose_name="合作方",
                            ),
                        ),
                        (
                            "scene",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="scenarios.scene", verbose_name="场景"
                            ),
                        ),
                        (
                            "method",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="methodologies.method",
                                verbose_name="方法学",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="原始文件",
                            ),
                        ),
                        ("mapping", models.JSONField(verbose_name="列对应")),
                        ("received_at", models.DateTimeField(default=kernel.clock.now, verbose_name="收到")),
                        (
                            "received_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="上报人",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("RECEIVED", "待处理"), ("SETTLED", "已入账"), ("UNREADABLE", "无法读取")],
                                default="RECEIVED",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("sent", models.PositiveIntegerField(blank=True, null=True, verbose_name="上报")),
                        ("accepted", models.PositiveIntegerField(blank=True, null=True, verbose_name="记入")),
                        ("refused", models.PositiveIntegerField(blank=True, null=True, verbose_name="未记入")),
                        ("saved_mg", models.BigIntegerField(blank=True, null=True, verbose_name="减排量 mg")),
                        ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="入账")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                        ("next_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="下次处理")),
                        ("last_error", models.TextField(blank=True, verbose_name="上次出错")),
                    ],
                    options={
                        "verbose_name": "上报文件",
                        "verbose_name_plural": "上报文件",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "RECEIVED")), fields=["next_at"], name="upload_waiting"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "SETTLED"), _negated=True),
                                    models.Q(
                                        ("accepted__isnull", False),
                                        ("refused__isnull", False),
                                        ("saved_mg__gte", 0),
                                        (
                                            "sent",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("accepted"), "+", models.F("refused")
                                            ),
                                        ),
                                        ("sent__isnull", False),
                                        ("settled_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="upload_adds_up",
                                violation_error_code="does_not_add_up",
                                violation_error_message="上报条数应等于记入加未记入",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="upload",
                    trigger=pgtrigger.compiler.Trigger(
                        name="upload_method_in_use",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM methodologies_method WHERE id = NEW.method_id AND state = 'REPEALED')\n                    THEN RAISE EXCEPTION 'refused by upload_method_in_use' USING ERRCODE = '23514', CONSTRAINT = 'upload_method_in_use'; END IF;\n                    RETURN NEW;\n                ",
                            hash="6c0bccdfa76eb74ff556b05384f25a1ed160b47c",
                            operation="INSERT",
                            pgid="pgtrigger_upload_method_in_use_03f0b",
                            table="scenarios_upload",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="upload",
                    trigger=pgtrigger.compiler.Trigger(
                        name="upload_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('RECEIVED') THEN RAISE EXCEPTION 'refused by upload_moves' USING ERRCODE = '23514', CONSTRAINT = 'upload_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('RECEIVED', 'SETTLED'), ('RECEIVED', 'UNREADABLE')) THEN\n                RAISE EXCEPTION 'refused by upload_moves' USING ERRCODE = '23514', CONSTRAINT = 'upload_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="cdd8be5129804a4ec5df48ff9ae41fb2b1cafb6b",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_upload_moves_30c82",
                            table="scenarios_upload",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="upload",
                    trigger=pgtrigger.compiler.Trigger(
                        name="upload_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'sent', 'accepted', 'refused', 'saved_mg', 'settled_at', 'attempts', 'next_at', 'last_error'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'sent', 'accepted', 'refused', 'saved_mg', 'settled_at', 'attempts', 'next_at', 'last_error'] THEN\n                RAISE EXCEPTION 'refused by upload_stays' USING ERRCODE = '23514', CONSTRAINT = 'upload_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="bc8c4bc2817c0c1cfb598f097e929e81a6cf77c8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_upload_stays_af61f",
                            table="scenarios_upload",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="upload",
                    trigger=pgtrigger.compiler.Trigger(
                        name="upload_settled_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.state <> 'RECEIVED' AND (OLD.sent, OLD.accepted, OLD.refused, OLD.saved_mg, OLD.settled_at)\n                        IS DISTINCT FROM (NEW.sent, NEW.accepted, NEW.refused, NEW.saved_mg, NEW.settled_at) THEN RAISE EXCEPTION 'refused by upload_settled_once' USING ERRCODE = '23514', CONSTRAINT = 'upload_settled_once';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="8d8888626068984be8e20a0d74a6e873f802d936",
                            operation="UPDATE",
                            pgid="pgtrigger_upload_settled_once_82a11",
                            table="scenarios_upload",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CitizenDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "公众账户台",
                        "verbose_name_plural": "公众账户台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("scenarios.citizen",),
                ),
                migrations.CreateModel(
                    name="SceneDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "场景台",
                        "verbose_name_plural": "场景台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("scenarios.scene",),
                ),
                migrations.CreateModel(
                    name="ParkedUploadDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "上报文件出错台",
                        "verbose_name_plural": "上报文件出错台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("scenarios.upload",),
                ),
                migrations.SeparateDatabaseAndState(
                    database_operations=[
                        migrations.RunSQL(
                            sql=ACTS + KEYS,
                            reverse_sql="DROP TABLE scenarios_actkey, scenarios_act",
                        ),
                    ],
                    state_operations=[
                        migrations.CreateModel(
                            name="Act",
                            fields=[
                                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                                ("on_day", models.DateField(verbose_name="日期")),
                                (
                                    "citizen",
                                    models.ForeignKey(
                                        db_constraint=False,
                                        db_index=False,
                                        on_delete=django.db.models.deletion.DO_NOTHING,
                                        related_name="acts",
                                        to="scenarios.citizen",
                                        verbose_name="账户",
                                    ),
                                ),
                                (
                                    "upload",
                                    models.ForeignKey(
                                        db_constraint=False,
                                        db_index=False,
                                        on_delete=django.db.models.deletion.DO_NOTHING,
                                        related_name="acts",
                                        to="scenarios.upload",
                                        verbose_name="上报文件",
                                    ),
                                ),
                                ("started_at", models.DateTimeField(verbose_name="开始")),
                                ("ended_at", models.DateTimeField(verbose_name="结束")),
                                ("amount_millionths", models.BigIntegerField(verbose_name="数量（百万分之一）")),
                                ("saved_mg", models.BigIntegerField(verbose_name="减排量 mg")),
                            ],
                            options={
                                "verbose_name": "行为",
                                "verbose_name_plural": "行为",
                                "db_table": "scenarios_act",
                                "ordering": ("-started_at",),
                                "constraints": [
                                    models.CheckConstraint(
                                        condition=models.Q(
                                            ("amount_millionths__gte", 0),
                                            ("ended_at__gt", models.F("started_at")),
                                            ("saved_mg__gte", 0),
                                        ),
                                        name="act_amounts",
                                        violation_error_code="bad_act",
                                        violation_error_message="减排量和数量不能是负数，结束晚于开始",
                                    ),
                                    models.CheckConstraint(
                                        condition=models.Q(
                                            (
                                                "id__gte",
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("upload_id"), "*", models.Value(16777216)
                                                ),
                                            ),
                                            (
                                                "id__lt",
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("upload_id"), "+", models.Value(1)
                                                    ),
                                                    "*",
                                                    models.Value(16777216),
                                                ),
                                            ),
                                        ),
                                        name="act_is_of_its_upload",
                                        violation_error_code="bad_act_number",
                                        violation_error_message="行为的编号由上报文件和行号组成",
                                    ),
                                ],
                            },
                        ),
                        migrations.CreateModel(
                            name="ActKey",
                            fields=[
                                ("key", models.UUIDField(primary_key=True, serialize=False)),
                                ("act_id", models.BigIntegerField()),
                                ("on_day", models.DateField()),
                            ],
                            options={
                                "db_table": "scenarios_actkey",
                            },
                        ),
                    ],
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="act",
                    trigger=pgtrigger.compiler.Trigger(
                        name="act_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by act_append_only' USING ERRCODE = '23514', CONSTRAINT = 'act_append_only';",
                            hash="8657cf3ec13a5ce53b89c40d904f90c04f2beea5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_act_append_only_0200b",
                            table="scenarios_act",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="act",
                    trigger=pgtrigger.compiler.Trigger(
                        name="act_of_an_open_account",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM fresh f LEFT JOIN scenarios_citizen c ON c.id = f.citizen_id\n                            WHERE c.state IS NULL OR c.state = 'CLOSED')\n                        OR EXISTS (SELECT 1 FROM (SELECT DISTINCT upload_id AS id FROM fresh) f\n                            LEFT JOIN scenarios_upload u USING (id) WHERE u.state IS DISTINCT FROM 'RECEIVED') THEN RAISE EXCEPTION 'refused by act_of_an_open_account' USING ERRCODE = '23514', CONSTRAINT = 'act_of_an_open_account';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="1fc7aff0a217570c63b7c6b93dbee8150ff3b319",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_act_of_an_open_account_d8eb8",
                            referencing="REFERENCING NEW TABLE AS fresh ",
                            table="scenarios_act",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="actkey",
                    trigger=pgtrigger.compiler.Trigger(
                        name="act_key_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by act_key_append_only' USING ERRCODE = '23514', CONSTRAINT = 'act_key_append_only';",
                            hash="d222a1d1f72a4cd60e067bd4df6f9df2129658dd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_act_key_append_only_b8da3",
                            table="scenarios_actkey",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            # The primary key under a name of its own, so that its refusal has a sentence.
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE scenarios_actuse RENAME CONSTRAINT scenarios_actuse_pkey TO act_used_once",
                    "ALTER TABLE scenarios_actuse RENAME CONSTRAINT act_used_once TO scenarios_actuse_pkey",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="actuse",
                    constraint=models.UniqueConstraint(
                        fields=("act_id",),
                        name="act_used_once",
                        violation_error_code="act_used",
                        violation_error_message="这些行为刚被归集过，每一克只能用一次，请刷新后再看",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(MONTHS, "DROP FUNCTION scenarios_make_months(date, date)"),
        # Room for the next balance beside the old one.
        migrations.RunSQL(
            "ALTER TABLE scenarios_carbonaccount SET (fillfactor = 70)",
            "ALTER TABLE scenarios_carbonaccount RESET (fillfactor)",
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;REVOKE DELETE ON {NEVER_DELETED} FROM portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
