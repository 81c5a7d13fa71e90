"""Acts and their keys: partitioned tables, which the framework cannot make, so they are made here by hand."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

TABLES = """
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
ALTER TABLE scenarios_carbonaccount SET (fillfactor = 70);  -- room for the next balance beside the old one
CREATE TABLE scenarios_actkey (key uuid NOT NULL PRIMARY KEY, act_id bigint NOT NULL, on_day date NOT NULL)
    PARTITION BY HASH (key);
"""
KEYS = "".join(
    f"CREATE TABLE scenarios_actkey_{part} PARTITION OF scenarios_actkey FOR VALUES WITH (MODULUS 8, REMAINDER {part});"
    f"REVOKE ALL ON scenarios_actkey_{part} FROM portal_app;"
    for part in range(8)
)
# The application makes no tables, so a month is made by a function of the owner, in a transaction of its own: attaching a
# partition locks the tables it refers to. Partitions are reached through the parent only, hence no rights on them.
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
        CONTINUE WHEN to_regclass(format('public.%I', part)) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I PARTITION OF scenarios_act FOR VALUES FROM (%L) TO (%L)',
                       part, month, (month + interval '1 month')::date);
        EXECUTE format('REVOKE ALL ON %I FROM portal_app', part);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION scenarios_make_months(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scenarios_make_months(date, date) TO portal_app;
"""
WRITTEN_ONCE = "scenarios_act, scenarios_actkey, scenarios_refusal, scenarios_partnerlink"
NEVER_DELETED = "scenarios_citizen, scenarios_identity, scenarios_consent, scenarios_binding, scenarios_upload, scenarios_carbonaccount"


class Migration(migrations.Migration):
    dependencies = [("scenarios", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(TABLES + KEYS, "DROP TABLE scenarios_actkey, scenarios_act"),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Act",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("on_day", models.DateField(verbose_name="日期")),
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
                migrations.AddField(
                    model_name="act",
                    name="citizen",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        db_constraint=False,
                        db_index=False,
                        related_name="acts",
                        to="scenarios.citizen",
                        verbose_name="账户",
                    ),
                ),
                migrations.AddField(
                    model_name="act",
                    name="upload",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        db_constraint=False,
                        db_index=False,
                        related_name="acts",
                        to="scenarios.upload",
                        verbose_name="上报文件",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="act",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("amount_millionths__gte", 0),
                            ("ended_at__gt", models.F("started_at")),
                            ("saved_mg__gte", 0),
                        ),
                        name="act_amounts",
                        violation_error_code="bad_act",
                        violation_error_message="减排量和数量不能是负数，结束晚于开始",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="act",
                    constraint=models.CheckConstraint(
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
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="act",
            trigger=pgtrigger.compiler.Trigger(
                name="act_of_an_open_account",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT citizen_id AS id FROM fresh) f\n                            LEFT JOIN scenarios_citizen c USING (id) WHERE c.state IS NULL OR c.state = 'CLOSED')\n                        OR EXISTS (SELECT 1 FROM (SELECT DISTINCT upload_id AS id FROM fresh) f\n                            LEFT JOIN scenarios_upload u USING (id) WHERE u.state IS DISTINCT FROM 'RECEIVED') THEN RAISE EXCEPTION 'refused by act_of_an_open_account' USING ERRCODE = '23514', CONSTRAINT = 'act_of_an_open_account';\n                    END IF;\n                    RETURN NULL;\n                ",
                    hash="422a339c4d96d1614c67ce763ac72f2e54e6b04b",
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
        migrations.RunSQL(MONTHS, "DROP FUNCTION scenarios_make_months(date, date)"),
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app; REVOKE DELETE ON {NEVER_DELETED} FROM portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app; GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
