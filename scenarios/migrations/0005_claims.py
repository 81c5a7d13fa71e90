import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock


class Migration(migrations.Migration):
    """Claims and the acts they hold, both written once."""

    dependencies = [
        ("methodologies", "0001_initial"),
        ("scenarios", "0004_citizen_desks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClaimBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="编号")),
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
                ("closed_at", models.DateTimeField(default=kernel.clock.now, verbose_name="归集")),
                (
                    "closed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="归集人",
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
                    "scene",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="scenarios.scene",
                        verbose_name="场景",
                    ),
                ),
            ],
            options={
                "verbose_name": "归集批次",
                "verbose_name_plural": "归集批次",
                "ordering": ("-month", "-pk"),
            },
        ),
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
        migrations.AddConstraint(
            model_name="claimbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("month__day", 1)),
                name="claim_of_a_month",
                violation_error_code="bad_month",
                violation_error_message="归集批次的月份记为当月 1 日",
            ),
        ),
        migrations.AddConstraint(
            model_name="claimbatch",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="claimbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consent_digest__regex", "^[0-9a-f]{64}$"),
                    ("merkle_root__regex", "^[0-9a-f]{64}$"),
                    ("salt__regex", "^[0-9a-f]{64}$"),
                ),
                name="claim_digest_shape",
                violation_error_code="bad_digest",
                violation_error_message="摘要是 64 位十六进制数",
            ),
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
        # The key of the table and the rule that an act is used once are one index; it only gets the rule's name.
        migrations.SeparateDatabaseAndState(
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
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON scenarios_claimbatch, scenarios_actuse FROM portal_app",
            "GRANT UPDATE, DELETE ON scenarios_claimbatch, scenarios_actuse TO portal_app",
        ),
    ]
