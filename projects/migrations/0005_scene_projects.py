import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock


class Migration(migrations.Migration):
    """A project may be of a citizens' scene; its periods come from claims, and claims are sampled before they are verified."""

    dependencies = [
        ("accounts", "0003_more_roles"),
        ("methodologies", "0001_initial"),
        ("office", "0001_initial"),
        ("projects", "0004_claims_verified_by_another"),
        ("scenarios", "0005_claims"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SampleCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.CharField(max_length=64, verbose_name="种子")),
                ("population", models.PositiveIntegerField(verbose_name="行为次数")),
                ("size", models.PositiveIntegerField(verbose_name="样本数")),
                ("rows", models.JSONField(verbose_name="样本")),
                ("booked_mg", models.BigIntegerField(verbose_name="样本入账 mg")),
                ("recomputed_mg", models.BigIntegerField(verbose_name="样本重算 mg")),
                ("wrong", models.PositiveIntegerField(verbose_name="不符")),
                ("over_mg", models.BigIntegerField(verbose_name="多计 mg")),
                ("suggested_mg", models.BigIntegerField(verbose_name="建议核减 mg")),
                ("drawn_at", models.DateTimeField(default=kernel.clock.now, verbose_name="抽样")),
            ],
            options={
                "verbose_name": "抽样核对",
                "verbose_name_plural": "抽样核对",
                "ordering": ("-pk",),
            },
        ),
        migrations.RemoveConstraint(
            model_name="monitoringperiod",
            name="period_no_overlap",
        ),
        migrations.AddField(
            model_name="monitoringperiod",
            name="claim",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="periods",
                to="scenarios.claimbatch",
                verbose_name="归集批次",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="scene",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="projects",
                to="scenarios.scene",
                verbose_name="场景",
            ),
        ),
        migrations.AlterField(
            model_name="project",
            name="capacity_kw",
            field=models.DecimalField(
                blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="装机容量 kW"
            ),
        ),
        migrations.AlterField(
            model_name="project",
            name="meter_no",
            field=models.CharField(blank=True, max_length=40, null=True, verbose_name="发电计量表号"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monitoringperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="period_claim_fits",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (NEW.claim_id IS NULL) IS DISTINCT FROM (SELECT scene_id IS NULL FROM projects_project WHERE id = NEW.project_id)\n        OR NEW.claim_id IS NOT NULL AND NOT EXISTS (\n            SELECT 1 FROM scenarios_claimbatch claim\n            JOIN scenarios_partner partner ON partner.id = claim.partner_id\n            JOIN projects_project project ON project.id = NEW.project_id AND project.scene_id = claim.scene_id\n                AND project.owner_id = partner.organisation_id AND project.method_id = claim.method_id\n            WHERE claim.id = NEW.claim_id AND NEW.claimed_mg = claim.saved_mg AND NEW.starts_on <= claim.month\n                AND NEW.ends_on >= (claim.month + interval '1 month - 1 day')::date)\n    THEN RAISE EXCEPTION 'refused by period_claim_fits' USING ERRCODE = '23514', CONSTRAINT = 'period_claim_fits'; END IF;\n    RETURN NEW;\n",
                    hash="c9dd1743b71af125f53f458e581c9610eef95acd",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_period_claim_fits_7a33d",
                    table="projects_monitoringperiod",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="monitoringperiod",
            trigger=pgtrigger.compiler.Trigger(
                name="period_claim_sampled",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF NEW.claim_id IS NOT NULL AND NEW.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY')\n                        AND NOT EXISTS (SELECT 1 FROM projects_samplecheck WHERE period_id = NEW.id) THEN RAISE EXCEPTION 'refused by period_claim_sampled' USING ERRCODE = '23514', CONSTRAINT = 'period_claim_sampled';\n                    END IF;\n                    RETURN NEW;\n                ",
                    hash="3615372c3068e09884217edf695f9c318b9babd8",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_period_claim_sampled_3baf4",
                    table="projects_monitoringperiod",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoringperiod",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("claim", None)),
                expressions=[
                    ("project", "="),
                    (
                        models.Func(
                            models.F("starts_on"), models.F("ends_on"), models.Value("[]"), function="daterange"
                        ),
                        "&&",
                    ),
                ],
                name="period_no_overlap",
                violation_error_code="period_overlap",
                violation_error_message="这段核算期与本项目已有的核算期重叠，同一段时间不能申报两次",
            ),
        ),
        migrations.AddConstraint(
            model_name="monitoringperiod",
            constraint=models.UniqueConstraint(
                fields=("claim",),
                name="period_claim_once",
                violation_error_code="claim_in_period",
                violation_error_message="这个归集批次已经申报过一个核算期，不能申报两次",
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("NOT_ACCEPTED", "REJECTED", "WITHDRAWN", "REVOKED")), _negated=True),
                fields=("owner", "scene"),
                name="project_scene_once_per_owner",
                violation_error_code="scene_taken",
                violation_error_message="本单位这个场景已有一个项目，同一批行为不能申报两次",
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("capacity_kw__isnull", False), ("meter_no__isnull", False), ("scene", None)),
                    models.Q(("capacity_kw", None), ("meter_no", None), ("scene__isnull", False)),
                    _connector="OR",
                ),
                name="project_of_one_kind",
                violation_error_code="kind_unclear",
                violation_error_message="项目要么有装机和计量表，要么属于一个场景，不能都有或都没有",
            ),
        ),
        migrations.AddField(
            model_name="samplecheck",
            name="drawn_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="抽样人",
            ),
        ),
        migrations.AddField(
            model_name="samplecheck",
            name="period",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="samples",
                to="projects.monitoringperiod",
                verbose_name="核算期",
            ),
        ),
        migrations.AddConstraint(
            model_name="samplecheck",
            constraint=models.UniqueConstraint(
                fields=("period",),
                name="sample_once",
                violation_error_code="sample_drawn",
                violation_error_message="这个核算期已抽过样，再抽也是同一批行为",
            ),
        ),
        migrations.AddConstraint(
            model_name="samplecheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("size__gte", 1),
                    ("size__lte", models.F("population")),
                    ("wrong__lte", models.F("size")),
                    ("over_mg__gte", 0),
                    ("over_mg__lte", models.F("booked_mg")),
                    ("recomputed_mg__gte", 0),
                    ("suggested_mg__gte", models.F("over_mg")),
                ),
                name="sample_adds_up",
                violation_error_code="bad_sample",
                violation_error_message="抽样的数字前后不一致",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplecheck",
            trigger=pgtrigger.compiler.Trigger(
                name="sample_append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'refused by sample_append_only' USING ERRCODE = '23514', CONSTRAINT = 'sample_append_only';",
                    hash="0c1e76950276ca83789a3426ae6fab06d33adcc0",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_sample_append_only_7ed37",
                    table="projects_samplecheck",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="samplecheck",
            trigger=pgtrigger.compiler.Trigger(
                name="sample_of_its_claim",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_monitoringperiod period\n                        JOIN scenarios_claimbatch claim ON claim.id = period.claim_id\n                        WHERE period.id = NEW.period_id AND period.state = 'VERIFYING'\n                            AND claim.merkle_root = NEW.seed AND claim.acts = NEW.population\n                            AND jsonb_array_length(NEW.rows) = NEW.size)\n                    THEN RAISE EXCEPTION 'refused by sample_of_its_claim' USING ERRCODE = '23514', CONSTRAINT = 'sample_of_its_claim'; END IF;\n                    RETURN NEW;\n                ",
                    hash="c226ced76e6172a7f07a8215d3a9212426f47c3f",
                    operation="INSERT",
                    pgid="pgtrigger_sample_of_its_claim_7c73b",
                    table="projects_samplecheck",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE ON projects_samplecheck FROM portal_app",
            "GRANT UPDATE, DELETE ON projects_samplecheck TO portal_app",
        ),
    ]
