import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from accounts.migrating import AtOnce

WRITTEN_ONCE = (
    "projects_quantification, "
    "projects_samplecheck, "
    "projects_decision, "
    "projects_counterentry, "
    "projects_visitphoto, "
    "projects_externalentry, "
    "projects_ownfigure"
)
NEVER_DELETED = (
    "projects_project, projects_monitoringperiod, projects_opinionletter, projects_sitevisit, projects_opening"
)


class Migration(migrations.Migration):
    replaces = [
        ("projects", "0001_initial"),
        ("projects", "0002_books"),
        ("projects", "0003_claims_say_how_much"),
        ("projects", "0004_claims_verified_by_another"),
        ("projects", "0005_scene_projects"),
        ("projects", "0006_claims_counted_once"),
        ("projects", "0007_notices_settled"),
        ("projects", "0008_waits_for_objections"),
        ("projects", "0009_opinion_letters"),
        ("projects", "0010_for_nobody_else"),
        ("projects", "0011_decisions"),
        ("projects", "0012_counter_entries"),
        ("projects", "0013_site_visits"),
        ("projects", "0014_desks_of_a_hundred_thousand"),
        ("projects", "0015_opening_balances"),
        ("projects", "0016_what_other_registries_publish"),
        ("projects", "0017_external_is_read_once"),
        ("projects", "0018_repealed_methods"),
        ("projects", "0019_own_figures"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
        ("methodologies", "0001_squashed_0004_workshop_desks"),
        ("office", "0001_squashed_0009_materiality"),
        ("scenarios", "0001_squashed_0009_repealed_methods"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="MonitoringPeriod",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="periods",
                                to="projects.project",
                                verbose_name="项目",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="核算期起")),
                        ("ends_on", models.DateField(verbose_name="核算期止")),
                        ("vintage", models.PositiveSmallIntegerField(verbose_name="年份")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "核算报告编制中"),
                                    ("VERIFYING", "核证中"),
                                    ("RECTIFY", "整改中"),
                                    ("VERIFIED", "已核证"),
                                    ("CONFIRMING", "待确认代表确认"),
                                    ("APPLIED", "签发审核中"),
                                    ("APPROVED", "待签发确认"),
                                    ("ISSUED", "已签发"),
                                ],
                                default="DRAFT",
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="原始数据",
                            ),
                        ),
                        (
                            "meter_offset_minutes",
                            models.SmallIntegerField(blank=True, null=True, verbose_name="电表时区（分钟）"),
                        ),
                        ("gaps", models.JSONField(blank=True, default=list, verbose_name="缺失时段")),
                        (
                            "claim",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="periods",
                                to="scenarios.claimbatch",
                                verbose_name="归集批次",
                            ),
                        ),
                        (
                            "verifier",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organisation",
                                verbose_name="核证机构",
                            ),
                        ),
                        (
                            "opening",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="periods",
                                to="projects.opening",
                                verbose_name="期初迁入",
                            ),
                        ),
                        ("claimed_mg", models.BigIntegerField(blank=True, null=True, verbose_name="申报减排量 mg")),
                        ("verified_mg", models.BigIntegerField(blank=True, null=True, verbose_name="核证减排量 mg")),
                        ("issued_t", models.BigIntegerField(blank=True, null=True, verbose_name="签发量 t")),
                        ("carry_mg", models.BigIntegerField(blank=True, null=True, verbose_name="结转 mg")),
                        (
                            "created_at",
                            models.DateTimeField(default=kernel.clock.now, editable=False, verbose_name="创建"),
                        ),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="报告提交人",
                            ),
                        ),
                        (
                            "verified_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="核证人",
                            ),
                        ),
                        ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="核证")),
                        (
                            "applied_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发申请人",
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发申请确认人",
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核人",
                            ),
                        ),
                        (
                            "issued_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发人",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="签发")),
                    ],
                    options={
                        "verbose_name": "核算期",
                        "verbose_name_plural": "核算期",
                        "ordering": ("project", "starts_on"),
                        "indexes": [models.Index(fields=["state", "id"], name="period_state")],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("claim", None)),
                                expressions=[
                                    ("project", "="),
                                    (
                                        models.Func(
                                            models.F("starts_on"),
                                            models.F("ends_on"),
                                            models.Value("[]"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="period_no_overlap",
                                violation_error_code="period_overlap",
                                violation_error_message="这段核算期与本项目已有的核算期重叠，同一段时间不能申报两次",
                            ),
                            models.UniqueConstraint(
                                fields=("claim",),
                                name="period_claim_once",
                                violation_error_code="claim_in_period",
                                violation_error_message="这个归集批次已经申报过一个核算期，不能申报两次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ends_on__gte", models.F("starts_on")),
                                    ("vintage", django.db.models.functions.datetime.ExtractYear("starts_on")),
                                    ("vintage", django.db.models.functions.datetime.ExtractYear("ends_on")),
                                ),
                                name="period_in_one_year",
                                violation_error_code="period_years",
                                violation_error_message="一段核算期要在同一个自然年内，止日不早于起日",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("applied_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("applied_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="period_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="申请签发的发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verified_by__isnull", True),
                                    ("issued_by__isnull", True),
                                    models.Q(("verified_by", models.F("issued_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="period_verifier_is_not_issuer",
                                violation_error_code="same_person",
                                violation_error_message="核证人不得签发",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by__isnull", True),
                                    ("issued_by__isnull", True),
                                    models.Q(("approved_by", models.F("issued_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="period_reviewer_is_not_issuer",
                                violation_error_code="same_person",
                                violation_error_message="审核人不得签发，请第二位人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("submitted_by__isnull", True),
                                    ("verified_by__isnull", True),
                                    models.Q(("submitted_by", models.F("verified_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="period_verified_by_another",
                                violation_error_code="same_person",
                                violation_error_message="提交报告的人不能核证",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verified_by__isnull", True),
                                    ("approved_by__isnull", True),
                                    models.Q(("verified_by", models.F("approved_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="period_verifier_is_not_reviewer",
                                violation_error_code="same_person",
                                violation_error_message="核证人不得审核自己核证的减排量",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verified_mg__isnull", True),
                                    models.Q(
                                        ("claimed_mg__isnull", False), ("verified_mg__lte", models.F("claimed_mg"))
                                    ),
                                    _connector="OR",
                                ),
                                name="period_verified_not_above_claim",
                                violation_error_code="above_claim",
                                violation_error_message="核证量不能高于申报量",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ("DRAFT", "VERIFYING", "RECTIFY")),
                                    models.Q(
                                        models.Q(
                                            ("verified_by__isnull", False), ("opening__isnull", False), _connector="OR"
                                        ),
                                        ("verified_mg__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="period_verified_says_how_much",
                                violation_error_code="no_verified_figure",
                                violation_error_message="核证过的核算期要有核证量和核证人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ISSUED"), _negated=True),
                                    models.Q(
                                        ("carry_mg__isnull", False),
                                        ("carry_mg__lt", 1000000000),
                                        ("issued_by__isnull", False),
                                        ("issued_t__gte", 0),
                                        ("issued_t__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="period_issued_is_whole",
                                violation_error_code="not_whole_tonnes",
                                violation_error_message="签发量是整吨，余数结转到下一期",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="monitoringperiod",
                    trigger=pgtrigger.compiler.Trigger(
                        name="period_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('DRAFT') AND NOT (NEW.opening_id IS NOT NULL AND NEW.state = 'ISSUED') THEN RAISE EXCEPTION 'refused by period_moves' USING ERRCODE = '23514', CONSTRAINT = 'period_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('APPLIED', 'APPROVED'), ('APPLIED', 'VERIFIED'), ('APPROVED', 'ISSUED'), ('CONFIRMING', 'APPLIED'), ('DRAFT', 'VERIFYING'), ('RECTIFY', 'VERIFYING'), ('VERIFIED', 'CONFIRMING'), ('VERIFYING', 'RECTIFY'), ('VERIFYING', 'VERIFIED')) THEN\n                RAISE EXCEPTION 'refused by period_moves' USING ERRCODE = '23514', CONSTRAINT = 'period_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="720c2a616030103f872ebaa1aca4c26cfaf61bbf",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_period_moves_3ab5e",
                            table="projects_monitoringperiod",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="monitoringperiod",
                    trigger=pgtrigger.compiler.Trigger(
                        name="period_moved_in_by_opening",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'UPDATE' THEN\n                IF NEW.opening_id IS DISTINCT FROM OLD.opening_id THEN RAISE EXCEPTION 'refused by period_moved_in_by_opening' USING ERRCODE = '23514', CONSTRAINT = 'period_moved_in_by_opening'; END IF;\n            ELSIF NEW.opening_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM projects_opening WHERE id = NEW.opening_id AND state = 'ACCEPTED'\n                    AND txid = pg_current_xact_id()::text::bigint) THEN RAISE EXCEPTION 'refused by period_moved_in_by_opening' USING ERRCODE = '23514', CONSTRAINT = 'period_moved_in_by_opening';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="229315369701d343cd0d7ee48ba1ba08b78db784",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_period_moved_in_by_opening_1368c",
                            table="projects_monitoringperiod",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="monitoringperiod",
                    trigger=pgtrigger.compiler.Trigger(
                        name="period_moved_in_whole",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.opening_id IS NOT NULL AND (NEW.state <> 'ISSUED' OR NEW.carry_mg <> 0\n                        OR NEW.verified_mg IS DISTINCT FROM NEW.issued_t * 1000000000) THEN RAISE EXCEPTION 'refused by period_moved_in_whole' USING ERRCODE = '23514', CONSTRAINT = 'period_moved_in_whole';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="b5c598bfb71107064dcce0ca9036034ead7a4ead",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_period_moved_in_whole_b3bbb",
                            table="projects_monitoringperiod",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="monitoringperiod",
                    trigger=pgtrigger.compiler.Trigger(
                        name="period_issued_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.approved_by_id IS NOT NULL AND NEW.issued_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.approved_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.monitoringperiod' AND object_id = NEW.id\n        AND verb IN ('projects.approve_issue') AND outcome = 'DONE' AND actor_id = NEW.approved_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.issued_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.monitoringperiod' AND object_id = NEW.id\n        AND verb IN ('registry.issue') AND outcome = 'DONE' AND actor_id = NEW.issued_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by period_issued_for_another' USING ERRCODE = '23514', CONSTRAINT = 'period_issued_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="8815c4a81f8e2f1af2b4e341e3b92eda22d8b5e0",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_period_issued_for_another_d3dfa",
                            table="projects_monitoringperiod",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="monitoringperiod",
                    trigger=pgtrigger.compiler.Trigger(
                        name="period_meter_counted_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF NEW.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY') THEN\n        PERFORM pg_advisory_xact_lock(hashtextextended('meter ' || meter_no, 0)) FROM projects_project\n            WHERE id = NEW.project_id AND meter_no IS NOT NULL;\n        IF EXISTS (\n            SELECT 1 FROM projects_project mine\n            JOIN projects_project other ON other.meter_no = mine.meter_no\n            JOIN projects_monitoringperiod counted ON counted.project_id = other.id\n            WHERE mine.id = NEW.project_id AND counted.id <> NEW.id AND counted.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY')\n                AND daterange(counted.starts_on, counted.ends_on, '[]') && daterange(NEW.starts_on, NEW.ends_on, '[]')\n        ) THEN RAISE EXCEPTION 'refused by period_meter_counted_once' USING ERRCODE = '23514', CONSTRAINT = 'period_meter_counted_once'; END IF;\n    END IF;\n    RETURN NEW;\n",
                            hash="c0f72d76a3fce98ba592911c6c74c3161edcc22d",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_period_meter_counted_once_31887",
                            table="projects_monitoringperiod",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="monitoringperiod",
                    trigger=pgtrigger.compiler.Trigger(
                        name="period_method_in_use",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.claim_id IS NULL AND EXISTS (SELECT 1 FROM projects_project project\n                        JOIN methodologies_method method ON method.id = project.method_id\n                        WHERE project.id = NEW.project_id AND project.opening_id IS NULL AND method.state = 'REPEALED')\n                    THEN RAISE EXCEPTION 'refused by period_method_in_use' USING ERRCODE = '23514', CONSTRAINT = 'period_method_in_use'; END IF;\n                    RETURN NEW;\n                ",
                            hash="561b6f5aef057ca78bb0a99a948d3592cdcb0282",
                            operation="INSERT",
                            pgid="pgtrigger_period_method_in_use_37f61",
                            table="projects_monitoringperiod",
                            when="BEFORE",
                        ),
                    ),
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
                        name="period_within_materiality",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF NEW.state NOT IN ('DRAFT', 'VERIFYING', 'RECTIFY') AND EXISTS (\n        SELECT 1 FROM (\n            SELECT figure_mg, limit_percent FROM projects_ownfigure WHERE period_id = NEW.id ORDER BY id DESC LIMIT 1\n        ) own WHERE abs(own.figure_mg - NEW.claimed_mg) * 100 > own.limit_percent * abs(NEW.claimed_mg)\n    ) THEN RAISE EXCEPTION 'refused by period_within_materiality' USING ERRCODE = '23514', CONSTRAINT = 'period_within_materiality'; END IF;\n    RETURN NEW;\n",
                            hash="ef5690355470ca2e8c3cb1df37acbc46ca97e1a3",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_period_within_materiality_59ff6",
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
                migrations.CreateModel(
                    name="Opening",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "table",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opening",
                                to="accounts.tablein",
                                verbose_name="文件",
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64, verbose_name="SHA-256")),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounts.division", verbose_name="辖区"
                            ),
                        ),
                        (
                            "profile",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="office.profile", verbose_name="机制"
                            ),
                        ),
                        ("source", models.CharField(max_length=100, verbose_name="原登记簿")),
                        ("as_of", models.DateField(verbose_name="期初日")),
                        ("projects_count", models.PositiveIntegerField(verbose_name="项目数")),
                        ("batches_count", models.PositiveIntegerField(verbose_name="批次数")),
                        ("issued_t", models.BigIntegerField(verbose_name="签发 t")),
                        ("held_t", models.BigIntegerField(verbose_name="持有 t")),
                        ("retired_t", models.BigIntegerField(verbose_name="注销 t")),
                        ("warnings", models.JSONField(default=list, verbose_name="提醒")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("SUBMITTED", "待第二人核对"),
                                    ("ACCEPTED", "已迁入"),
                                    ("REFUSED", "不予迁入"),
                                ],
                                default="SUBMITTED",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="提交人",
                            ),
                        ),
                        ("submitted_at", models.DateTimeField(default=kernel.clock.now, verbose_name="提交")),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="核对人",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(null=True, verbose_name="办结")),
                        ("txid", models.BigIntegerField(editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "期初迁入",
                        "verbose_name_plural": "期初迁入",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "REFUSED"), _negated=True),
                                fields=("sha256",),
                                name="opening_file_once",
                                violation_error_code="opening_known",
                                violation_error_message="这个文件已经提交过，什么都没有改动",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "issued_t",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("held_t"), "+", models.F("retired_t")
                                        ),
                                    )
                                ),
                                name="opening_adds_up",
                                violation_error_code="does_not_add_up",
                                violation_error_message="签发量不等于持有量加注销量",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted_by", None),
                                    models.Q(("accepted_by", models.F("submitted_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="opening_accepted_by_another",
                                violation_error_code="same_person",
                                violation_error_message="提交的人不能自己核对迁入，请另一位登记人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "ACCEPTED"), _negated=True),
                                    models.Q(
                                        ("accepted_by__isnull", False),
                                        ("answered_at__isnull", False),
                                        ("txid__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="opening_accepted_by_somebody",
                                violation_error_code="not_accepted",
                                violation_error_message="迁入要经第二位登记人员核对",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opening",
                    trigger=pgtrigger.compiler.Trigger(
                        name="opening_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('SUBMITTED') THEN RAISE EXCEPTION 'refused by opening_moves' USING ERRCODE = '23514', CONSTRAINT = 'opening_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('SUBMITTED', 'ACCEPTED'), ('SUBMITTED', 'REFUSED')) THEN\n                RAISE EXCEPTION 'refused by opening_moves' USING ERRCODE = '23514', CONSTRAINT = 'opening_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="215a17474cec5b730651d8b4fd2c3782ed9ad3fa",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_opening_moves_3dd11",
                            table="projects_opening",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opening",
                    trigger=pgtrigger.compiler.Trigger(
                        name="opening_as_sent",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'accepted_by_id', 'answered_at', 'txid'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'accepted_by_id', 'answered_at', 'txid'] THEN\n                RAISE EXCEPTION 'refused by opening_as_sent' USING ERRCODE = '23514', CONSTRAINT = 'opening_as_sent';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="e45b145b67659142c2b866b57c0d801df9005f82",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_opening_as_sent_c73ed",
                            table="projects_opening",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opening",
                    trigger=pgtrigger.compiler.Trigger(
                        name="opening_answered_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.state <> 'SUBMITTED' OR NEW.state = 'ACCEPTED' AND NEW.txid IS DISTINCT FROM\n                        pg_current_xact_id()::text::bigint THEN RAISE EXCEPTION 'refused by opening_answered_once' USING ERRCODE = '23514', CONSTRAINT = 'opening_answered_once';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="b2dfae5e7f67867790004f1945207db3cae4e228",
                            operation="UPDATE",
                            pgid="pgtrigger_opening_answered_once_8f06f",
                            table="projects_opening",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opening",
                    trigger=pgtrigger.compiler.Trigger(
                        name="opening_accepted_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.submitted_by_id IS NOT NULL AND NEW.accepted_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.submitted_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.opening' AND object_id = NEW.id\n        AND verb IN ('registry.submit_opening') AND outcome = 'DONE' AND actor_id = NEW.submitted_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.accepted_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.opening' AND object_id = NEW.id\n        AND verb IN ('registry.accept_opening') AND outcome = 'DONE' AND actor_id = NEW.accepted_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by opening_accepted_for_another' USING ERRCODE = '23514', CONSTRAINT = 'opening_accepted_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="a7720c451826e694e3bc9a9aeb52e9392bf80698",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_opening_accepted_for_another_dd116",
                            table="projects_opening",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OpinionLetter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="文号")),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="letters",
                                to="projects.project",
                                verbose_name="项目",
                            ),
                        ),
                        ("addressee", models.CharField(max_length=100, verbose_name="征求意见的单位")),
                        ("question", models.TextField(verbose_name="征求什么意见")),
                        ("sent_on", models.DateField(verbose_name="发函日期")),
                        ("due_on", models.DateField(verbose_name="复函期限")),
                        (
                            "sent_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发函人",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("WAITING", "待复函"), ("ANSWERED", "已复函"), ("LAPSED", "逾期未复")],
                                default="WAITING",
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        ("reply", models.TextField(blank=True, verbose_name="复函意见")),
                        (
                            "reply_file",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="复函原件",
                            ),
                        ),
                        ("ended_on", models.DateField(blank=True, null=True, verbose_name="复函日期")),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(default=kernel.clock.now, editable=False, verbose_name="创建"),
                        ),
                    ],
                    options={
                        "verbose_name": "征求意见函",
                        "verbose_name_plural": "征求意见函",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["state", "due_on"], name="letter_state_due")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "WAITING"),
                                    models.Q(
                                        ("ended_by__isnull", False),
                                        ("ended_on__isnull", False),
                                        models.Q(
                                            ("state", "LAPSED"), models.Q(("reply", ""), _negated=True), _connector="OR"
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="letter_ended_says_what",
                                violation_error_code="no_reply",
                                violation_error_message="复函要有意见、日期和登记人",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opinionletter",
                    trigger=pgtrigger.compiler.Trigger(
                        name="letter_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('WAITING') THEN RAISE EXCEPTION 'refused by letter_moves' USING ERRCODE = '23514', CONSTRAINT = 'letter_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('WAITING', 'ANSWERED'), ('WAITING', 'LAPSED')) THEN\n                RAISE EXCEPTION 'refused by letter_moves' USING ERRCODE = '23514', CONSTRAINT = 'letter_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="0925c970b41c16935891bf585cb860b1c10bee4e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_letter_moves_f24d5",
                            table="projects_opinionletter",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opinionletter",
                    trigger=pgtrigger.compiler.Trigger(
                        name="letter_as_sent",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'reply', 'reply_file_id', 'ended_on', 'ended_by_id'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'reply', 'reply_file_id', 'ended_on', 'ended_by_id'] THEN\n                RAISE EXCEPTION 'refused by letter_as_sent' USING ERRCODE = '23514', CONSTRAINT = 'letter_as_sent';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="9aa6d5c5d87cbda66294b020d252683ad147ca28",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_letter_as_sent_ecf47",
                            table="projects_opinionletter",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="opinionletter",
                    trigger=pgtrigger.compiler.Trigger(
                        name="letter_of_a_case_in_review",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    PERFORM 1 FROM projects_project WHERE id = NEW.project_id FOR SHARE;\n                    IF NOT EXISTS (SELECT 1 FROM projects_project WHERE id = NEW.project_id AND state = 'ACCEPTED')\n                    THEN RAISE EXCEPTION 'refused by letter_of_a_case_in_review' USING ERRCODE = '23514', CONSTRAINT = 'letter_of_a_case_in_review'; END IF;\n                    RETURN NEW;\n                ",
                            hash="e2b181804fa80f56d7e434da46695ed49df439de",
                            operation="INSERT",
                            pgid="pgtrigger_letter_of_a_case_in_review_eff40",
                            table="projects_opinionletter",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OwnFigure",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="own_figures",
                                to="projects.monitoringperiod",
                                verbose_name="核算期",
                            ),
                        ),
                        ("figure_mg", models.BigIntegerField(verbose_name="核证机构计算 mg")),
                        ("portal_mg", models.BigIntegerField(verbose_name="平台计算 mg")),
                        (
                            "limit_percent",
                            models.DecimalField(decimal_places=2, max_digits=5, verbose_name="重要性水平 %"),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="计算文件",
                            ),
                        ),
                        ("note", models.TextField(blank=True, verbose_name="说明")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="填报人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=kernel.clock.now, verbose_name="填报")),
                    ],
                    options={
                        "verbose_name": "核证机构的计算",
                        "verbose_name_plural": "核证机构的计算",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("limit_percent__gt", 0), ("limit_percent__lte", 100)),
                                name="own_figure_has_limit",
                                violation_error_code="bad_limit",
                                violation_error_message="重要性水平在 0 到 100 % 之间",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="ownfigure",
                    trigger=pgtrigger.compiler.Trigger(
                        name="own_figure_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by own_figure_append_only' USING ERRCODE = '23514', CONSTRAINT = 'own_figure_append_only';",
                            hash="5bc66799cf9e9bd71b2a15181ce3f522c0ae977f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_own_figure_append_only_206bd",
                            table="projects_ownfigure",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="ownfigure",
                    trigger=pgtrigger.compiler.Trigger(
                        name="own_figure_of_its_period",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    PERFORM 1 FROM projects_monitoringperiod WHERE id = NEW.period_id FOR SHARE;\n    IF NOT EXISTS (\n        SELECT 1 FROM projects_monitoringperiod period\n        JOIN projects_project project ON project.id = period.project_id\n        JOIN office_profile profile ON profile.id = project.profile_id\n        JOIN accounts_attachment file ON file.id = NEW.file_id\n        WHERE period.id = NEW.period_id AND period.state = 'VERIFYING' AND period.claimed_mg = NEW.portal_mg\n            AND profile.materiality_percent = NEW.limit_percent AND file.organisation_id = period.verifier_id)\n    THEN RAISE EXCEPTION 'refused by own_figure_of_its_period' USING ERRCODE = '23514', CONSTRAINT = 'own_figure_of_its_period'; END IF;\n    RETURN NEW;\n",
                            hash="db2bd3bd089e6e3b5d977bb5a2fc4788024e3a75",
                            operation="INSERT",
                            pgid="pgtrigger_own_figure_of_its_period_1bf9a",
                            table="projects_ownfigure",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="ownfigure",
                    trigger=pgtrigger.compiler.Trigger(
                        name="own_figure_by_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM projects_monitoringperiod WHERE id = NEW.period_id AND submitted_by_id = NEW.entered_by_id)\n                    THEN RAISE EXCEPTION 'refused by own_figure_by_another' USING ERRCODE = '23514', CONSTRAINT = 'own_figure_by_another'; END IF;\n                    RETURN NEW;\n                ",
                            hash="ea8b980ab53a29240f1b760dcc015dc326b5bd11",
                            operation="INSERT",
                            pgid="pgtrigger_own_figure_by_another_b4e43",
                            table="projects_ownfigure",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PowerMonth",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="months",
                                to="projects.monitoringperiod",
                                verbose_name="核算期",
                            ),
                        ),
                        ("month", models.DateField(verbose_name="月份")),
                        (
                            "energy_kwh",
                            models.DecimalField(decimal_places=10, max_digits=22, verbose_name="发电量 kWh"),
                        ),
                        ("samples", models.PositiveIntegerField(default=0, verbose_name="样本数")),
                        ("clipped", models.PositiveIntegerField(default=0, verbose_name="负值按 0 计")),
                        ("missing", models.PositiveIntegerField(default=0, verbose_name="缺样本")),
                        ("complete", models.BooleanField(default=True, verbose_name="完整")),
                    ],
                    options={
                        "verbose_name": "月发电量",
                        "verbose_name_plural": "月发电量",
                        "ordering": ("period", "month"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("period", "month"),
                                name="power_month_once",
                                violation_error_code="month_twice",
                                violation_error_message="同一个月有两条读数",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("energy_kwh__gte", 0)),
                                name="power_month_not_negative",
                                violation_error_code="negative_energy",
                                violation_error_message="月发电量不能是负数",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="powermonth",
                    trigger=pgtrigger.compiler.Trigger(
                        name="power_month_frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM projects_monitoringperiod WHERE id IN (OLD.period_id, NEW.period_id)\n                        AND state NOT IN ('DRAFT', 'RECTIFY')) THEN RAISE EXCEPTION 'refused by power_month_frozen' USING ERRCODE = '23514', CONSTRAINT = 'power_month_frozen';\n                    END IF;\n                    RETURN COALESCE(NEW, OLD);\n                ",
                            hash="75a31b99a296e58c42821b2650a0d1f99480fdf6",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_power_month_frozen_10014",
                            table="projects_powermonth",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Project",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=48, verbose_name="项目名称")),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="accounts.organisation",
                                verbose_name="项目业主",
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounts.division",
                                verbose_name="项目所在区划",
                            ),
                        ),
                        (
                            "profile",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="office.profile", verbose_name="机制"
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
                        ("location", models.CharField(max_length=200, verbose_name="项目地点")),
                        ("description", models.TextField(verbose_name="项目活动和边界")),
                        (
                            "scene",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="scenarios.scene",
                                verbose_name="场景",
                            ),
                        ),
                        (
                            "capacity_kw",
                            models.DecimalField(
                                blank=True, decimal_places=3, max_digits=12, null=True, verbose_name="装机容量 kW"
                            ),
                        ),
                        (
                            "meter_no",
                            models.CharField(blank=True, max_length=40, null=True, verbose_name="发电计量表号"),
                        ),
                        ("commissioned_on", models.DateField(verbose_name="投运日期")),
                        ("crediting_from", models.DateField(verbose_name="计入期起")),
                        ("crediting_to", models.DateField(verbose_name="计入期止")),
                        (
                            "unique_elsewhere",
                            models.BooleanField(
                                default=False,
                                verbose_name="未在其他机制登记（CDM、CCER、VCS、GS、绿证、绿电、其他碳普惠）",
                            ),
                        ),
                        ("truth_promised", models.BooleanField(default=False, verbose_name="承诺材料真实、完整、有效")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "草稿"),
                                    ("CONFIRMING", "待确认代表确认"),
                                    ("SUBMITTED", "待受理"),
                                    ("CORRECTION", "待补正"),
                                    ("NOT_ACCEPTED", "不予受理"),
                                    ("ACCEPTED", "已受理"),
                                    ("PUBLIC_NOTICE", "结果公示"),
                                    ("REGISTERED", "已登记"),
                                    ("REJECTED", "不通过"),
                                    ("WITHDRAWN", "已撤回"),
                                    ("REVOKED", "撤销登记"),
                                ],
                                default="DRAFT",
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "acceptance_no",
                            models.CharField(blank=True, max_length=30, null=True, unique=True, verbose_name="受理号"),
                        ),
                        (
                            "project_no",
                            models.CharField(
                                blank=True, max_length=30, null=True, unique=True, verbose_name="项目编号"
                            ),
                        ),
                        (
                            "notice",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="project",
                                to="office.notice",
                                verbose_name="公示",
                            ),
                        ),
                        (
                            "opening",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="projects",
                                to="projects.opening",
                                verbose_name="期初迁入",
                            ),
                        ),
                        ("old_no", models.CharField(blank=True, max_length=60, verbose_name="原项目编号")),
                        (
                            "created_at",
                            models.DateTimeField(default=kernel.clock.now, editable=False, verbose_name="创建"),
                        ),
                        ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="提交")),
                        ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="受理")),
                        ("registered_at", models.DateTimeField(blank=True, null=True, verbose_name="登记")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="办结期限")),
                        ("paused_on", models.DateField(blank=True, null=True, verbose_name="暂停计时")),
                        ("paused_workdays", models.PositiveSmallIntegerField(default=0, verbose_name="已暂停工作日")),
                        (
                            "submitted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发起代表",
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="确认代表",
                            ),
                        ),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="受理人",
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核人",
                            ),
                        ),
                        (
                            "registered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "减排项目",
                        "verbose_name_plural": "减排项目",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(fields=["state", "due_on"], name="project_state_due"),
                            models.Index(fields=["due_on", "id"], name="project_due"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("submitted_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("submitted_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="project_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted_by__isnull", True),
                                    ("approved_by__isnull", True),
                                    models.Q(("accepted_by", models.F("approved_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="project_approved_by_another",
                                violation_error_code="same_person",
                                violation_error_message="受理人和审核人要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by__isnull", True),
                                    ("registered_by__isnull", True),
                                    models.Q(("approved_by", models.F("registered_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="project_registered_by_another",
                                violation_error_code="same_person",
                                violation_error_message="审核人和登记人要是两个人",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("NOT_ACCEPTED", "REJECTED", "WITHDRAWN", "REVOKED")), _negated=True
                                ),
                                fields=("owner", "name"),
                                name="project_name_once_per_owner",
                                violation_error_code="project_known",
                                violation_error_message="本单位已有同名项目，请换一个名称",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("NOT_ACCEPTED", "REJECTED", "WITHDRAWN", "REVOKED")), _negated=True
                                ),
                                fields=("meter_no",),
                                name="project_meter_once",
                                violation_error_code="meter_taken",
                                violation_error_message="这只发电计量表已在另一个项目里，同一度电不能申报两次",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("state__in", ("NOT_ACCEPTED", "REJECTED", "WITHDRAWN", "REVOKED")), _negated=True
                                ),
                                fields=("owner", "scene"),
                                name="project_scene_once_per_owner",
                                violation_error_code="scene_taken",
                                violation_error_message="本单位这个场景已有一个项目，同一批行为不能申报两次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("capacity_kw__isnull", False), ("meter_no__isnull", False), ("scene", None)
                                    ),
                                    models.Q(("capacity_kw", None), ("meter_no", None), ("scene__isnull", False)),
                                    models.Q(
                                        ("capacity_kw", None),
                                        ("meter_no", None),
                                        ("opening__isnull", False),
                                        ("scene", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="project_of_one_kind",
                                violation_error_code="kind_unclear",
                                violation_error_message="项目要么有装机和计量表，要么属于一个场景，不能都有或都没有",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("capacity_kw__gt", 0)),
                                name="project_capacity_positive",
                                violation_error_code="bad_capacity",
                                violation_error_message="装机容量要大于 0 kW",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("crediting_from__gte", models.F("commissioned_on")),
                                    ("crediting_to__gt", models.F("crediting_from")),
                                ),
                                name="project_crediting_period",
                                violation_error_code="bad_crediting_period",
                                violation_error_message="计入期要从投运之后开始，止期晚于起期",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "REGISTERED"), _negated=True),
                                    models.Q(("project_no__isnull", False), ("registered_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="project_registered_has_number",
                                violation_error_code="no_project_number",
                                violation_error_message="登记的项目要有项目编号和登记人",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('DRAFT') AND NOT (NEW.opening_id IS NOT NULL AND NEW.state = 'REGISTERED') THEN RAISE EXCEPTION 'refused by project_moves' USING ERRCODE = '23514', CONSTRAINT = 'project_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ACCEPTED', 'PUBLIC_NOTICE'), ('ACCEPTED', 'REJECTED'), ('ACCEPTED', 'WITHDRAWN'), ('CONFIRMING', 'DRAFT'), ('CONFIRMING', 'SUBMITTED'), ('CONFIRMING', 'WITHDRAWN'), ('CORRECTION', 'CONFIRMING'), ('CORRECTION', 'SUBMITTED'), ('CORRECTION', 'WITHDRAWN'), ('DRAFT', 'CONFIRMING'), ('DRAFT', 'SUBMITTED'), ('DRAFT', 'WITHDRAWN'), ('PUBLIC_NOTICE', 'REGISTERED'), ('PUBLIC_NOTICE', 'REJECTED'), ('REGISTERED', 'REVOKED'), ('SUBMITTED', 'ACCEPTED'), ('SUBMITTED', 'CORRECTION'), ('SUBMITTED', 'NOT_ACCEPTED'), ('SUBMITTED', 'WITHDRAWN')) THEN\n                RAISE EXCEPTION 'refused by project_moves' USING ERRCODE = '23514', CONSTRAINT = 'project_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="a8aa08df473807b982434a4847de0d9ce632822f",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_project_moves_af1a0",
                            table="projects_project",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_moved_in_by_opening",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'UPDATE' THEN\n                IF NEW.opening_id IS DISTINCT FROM OLD.opening_id THEN RAISE EXCEPTION 'refused by project_moved_in_by_opening' USING ERRCODE = '23514', CONSTRAINT = 'project_moved_in_by_opening'; END IF;\n            ELSIF NEW.opening_id IS NOT NULL AND NOT EXISTS (\n                SELECT 1 FROM projects_opening WHERE id = NEW.opening_id AND state = 'ACCEPTED'\n                    AND txid = pg_current_xact_id()::text::bigint) THEN RAISE EXCEPTION 'refused by project_moved_in_by_opening' USING ERRCODE = '23514', CONSTRAINT = 'project_moved_in_by_opening';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="2d936b17367a46a79baff100a3eb46dc056274e2",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_project_moved_in_by_opening_a4059",
                            table="projects_project",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_waits_for_objections",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF OLD.state = 'PUBLIC_NOTICE' AND NEW.state IN ('REGISTERED', 'REJECTED') AND OLD.notice_id IS NOT NULL THEN\n        PERFORM 1 FROM office_notice WHERE id = OLD.notice_id FOR NO KEY UPDATE;\n        IF EXISTS (SELECT 1 FROM office_objection WHERE notice_id = OLD.notice_id\n                AND state NOT IN ('DISMISSED', 'ANSWERED', 'CLOSED'))\n            OR (NEW.state = 'REGISTERED') = EXISTS (SELECT 1 FROM office_objection\n                WHERE notice_id = OLD.notice_id AND outcome = 'UPHELD')\n        THEN RAISE EXCEPTION 'refused by project_waits_for_objections' USING ERRCODE = '23514', CONSTRAINT = 'project_waits_for_objections'; END IF;\n    END IF;\n    RETURN NEW;\n",
                            hash="8fc399931bd5cba2ef28a558af5e111c2be044c4",
                            operation="UPDATE",
                            pgid="pgtrigger_project_waits_for_objections_16b72",
                            table="projects_project",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_refused_has_decision",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.state IN ('NOT_ACCEPTED', 'REJECTED', 'REVOKED') AND NEW.state <> OLD.state AND NOT EXISTS (\n                        SELECT 1 FROM projects_decision WHERE project_id = NEW.id AND kind = NEW.state) THEN RAISE EXCEPTION 'refused by project_refused_has_decision' USING ERRCODE = '23514', CONSTRAINT = 'project_refused_has_decision';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="14421ae1738387c1c30a3f7011c9c2010bf85aaa",
                            operation="UPDATE",
                            pgid="pgtrigger_project_refused_has_decision_d5f31",
                            table="projects_project",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_waits_for_letters",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.state = 'ACCEPTED' AND NEW.state IN ('PUBLIC_NOTICE', 'REJECTED') AND EXISTS (\n                        SELECT 1 FROM projects_opinionletter WHERE project_id = NEW.id AND state = 'WAITING') THEN RAISE EXCEPTION 'refused by project_waits_for_letters' USING ERRCODE = '23514', CONSTRAINT = 'project_waits_for_letters';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="5f91552fabfff2b5c3c6c701b4d0c36f1990fa1d",
                            operation="UPDATE",
                            pgid="pgtrigger_project_waits_for_letters_5b5f3",
                            table="projects_project",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_paper_has_entry",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF OLD.state IN ('DRAFT', 'CORRECTION') AND NEW.state = 'SUBMITTED' AND NOT EXISTS (\n        SELECT 1 FROM projects_counterentry WHERE project_id = NEW.id AND txid = pg_current_xact_id()::text::bigint)\n    THEN RAISE EXCEPTION 'refused by project_paper_has_entry' USING ERRCODE = '23514', CONSTRAINT = 'project_paper_has_entry'; END IF;\n    RETURN NEW;\n",
                            hash="dfe4d559f3631eaa7db6c0d67f66f9a16105ccf2",
                            operation="UPDATE",
                            pgid="pgtrigger_project_paper_has_entry_1850c",
                            table="projects_project",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_entered_by_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF EXISTS (\n        SELECT 1 FROM projects_counterentry entry WHERE entry.project_id = NEW.id AND (\n            ARRAY[NEW.accepted_by_id, NEW.approved_by_id, NEW.registered_by_id] && ARRAY[entry.entered_by_id, entry.entered_for_id]\n            OR EXISTS (SELECT 1 FROM accounts_event event\n                WHERE event.object_type = 'projects.project' AND event.object_id = NEW.id AND event.outcome = 'DONE'\n                    AND event.verb IN ('projects.accept', 'projects.ask_correction', 'projects.refuse_acceptance',\n                        'projects.approve', 'projects.reject', 'projects.register', 'projects.revoke')\n                    AND ARRAY[event.actor_id, event.acted_for_id] && ARRAY[entry.entered_by_id, entry.entered_for_id])\n            OR EXISTS (SELECT 1 FROM office_signoff chain\n                WHERE chain.object_type = 'projects.project' AND chain.object_id = NEW.id AND chain.state = 'SIGNED'\n                    AND ARRAY[chain.drafted_by_id, chain.drafted_for_id, chain.reviewed_by_id, chain.reviewed_for_id,\n                        chain.signed_by_id, chain.signed_for_id] && ARRAY[entry.entered_by_id, entry.entered_for_id])))\n    THEN RAISE EXCEPTION 'refused by project_entered_by_another' USING ERRCODE = '23514', CONSTRAINT = 'project_entered_by_another'; END IF;\n    RETURN NULL;\n",
                            hash="01e416d6329a74b1c68e79e550bf337e36a18dc7",
                            operation="UPDATE",
                            pgid="pgtrigger_project_entered_by_another_0ffaa",
                            table="projects_project",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_approved_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.accepted_by_id IS NOT NULL AND NEW.approved_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.accepted_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.project' AND object_id = NEW.id\n        AND verb IN ('projects.accept') AND outcome = 'DONE' AND actor_id = NEW.accepted_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.approved_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.project' AND object_id = NEW.id\n        AND verb IN ('projects.approve') AND outcome = 'DONE' AND actor_id = NEW.approved_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by project_approved_for_another' USING ERRCODE = '23514', CONSTRAINT = 'project_approved_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="f107612c2a589e47db5f1b656cc80b9ea7e0facd",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_project_approved_for_another_b238a",
                            table="projects_project",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="project",
                    trigger=pgtrigger.compiler.Trigger(
                        name="project_registered_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.approved_by_id IS NOT NULL AND NEW.registered_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.approved_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.project' AND object_id = NEW.id\n        AND verb IN ('projects.approve') AND outcome = 'DONE' AND actor_id = NEW.approved_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.registered_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.project' AND object_id = NEW.id\n        AND verb IN ('projects.register') AND outcome = 'DONE' AND actor_id = NEW.registered_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by project_registered_for_another' USING ERRCODE = '23514', CONSTRAINT = 'project_registered_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="f5640a9dad50e1a148840915fdf3349fbe0a87a5",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_project_registered_for_another_2177a",
                            table="projects_project",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Quantification",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="quantifications",
                                to="projects.monitoringperiod",
                                verbose_name="核算期",
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
                        ("inputs", models.JSONField(verbose_name="输入")),
                        ("parameters", models.JSONField(verbose_name="参数")),
                        ("results", models.JSONField(verbose_name="结果")),
                        ("reduction_mg", models.BigIntegerField(verbose_name="减排量 mg")),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="计算时间")),
                    ],
                    options={
                        "verbose_name": "量化记录",
                        "verbose_name_plural": "量化记录",
                        "ordering": ("-pk",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="quantification",
                    trigger=pgtrigger.compiler.Trigger(
                        name="quantification_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by quantification_append_only' USING ERRCODE = '23514', CONSTRAINT = 'quantification_append_only';",
                            hash="dc2a17b4c19d1be704d5093bcb7346846786ad52",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_quantification_append_only_f411d",
                            table="projects_quantification",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SampleCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="samples",
                                to="projects.monitoringperiod",
                                verbose_name="核算期",
                            ),
                        ),
                        ("seed", models.CharField(max_length=64, verbose_name="种子")),
                        ("population", models.PositiveIntegerField(verbose_name="行为次数")),
                        ("size", models.PositiveIntegerField(verbose_name="样本数")),
                        ("rows", models.JSONField(verbose_name="样本")),
                        ("booked_mg", models.BigIntegerField(verbose_name="样本入账 mg")),
                        ("recomputed_mg", models.BigIntegerField(verbose_name="样本重算 mg")),
                        ("wrong", models.PositiveIntegerField(verbose_name="不符")),
                        ("over_mg", models.BigIntegerField(verbose_name="多计 mg")),
                        ("suggested_mg", models.BigIntegerField(verbose_name="建议核减 mg")),
                        (
                            "drawn_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="抽样人",
                            ),
                        ),
                        ("drawn_at", models.DateTimeField(default=kernel.clock.now, verbose_name="抽样")),
                    ],
                    options={
                        "verbose_name": "抽样核对",
                        "verbose_name_plural": "抽样核对",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("period",),
                                name="sample_once",
                                violation_error_code="sample_drawn",
                                violation_error_message="这个核算期已抽过样，再抽也是同一批行为",
                            ),
                            models.CheckConstraint(
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
                        ],
                    },
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
                migrations.CreateModel(
                    name="SiteVisit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="visits",
                                to="projects.project",
                                verbose_name="项目",
                            ),
                        ),
                        ("visited_at", models.DateTimeField(verbose_name="核实时间")),
                        (
                            "visited_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="记录人",
                            ),
                        ),
                        (
                            "second",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="另一名核实人员",
                            ),
                        ),
                        ("latitude", models.DecimalField(decimal_places=6, max_digits=9, verbose_name="纬度")),
                        ("longitude", models.DecimalField(decimal_places=6, max_digits=9, verbose_name="经度")),
                        ("accuracy_m", models.PositiveIntegerField(null=True, verbose_name="误差 m")),
                        (
                            "place_source",
                            models.CharField(
                                choices=[("EXIF", "照片自带"), ("PHONE", "手机当时"), ("TYPED", "手工填写")],
                                max_length=5,
                                verbose_name="位置来源",
                            ),
                        ),
                        ("findings", models.TextField(verbose_name="核实情况")),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("AGREES", "与申请一致"),
                                    ("DIFFERS", "与申请不一致"),
                                    ("UNCLEAR", "现场无法核实"),
                                ],
                                max_length=8,
                                verbose_name="核实结论",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("WAITING", "待第二人确认"),
                                    ("CONFIRMED", "两人已确认"),
                                    ("DISPUTED", "第二人不同意"),
                                ],
                                default="WAITING",
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="确认人",
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(null=True, verbose_name="确认时间")),
                        ("disagreement", models.TextField(blank=True, verbose_name="不同意的理由")),
                        ("received_at", models.DateTimeField(default=kernel.clock.now, verbose_name="收到")),
                        (
                            "txid",
                            models.BigIntegerField(
                                db_default=django.db.models.functions.comparison.Cast(
                                    django.db.models.functions.comparison.Cast(
                                        models.Func(function="pg_current_xact_id"), models.TextField()
                                    ),
                                    models.BigIntegerField(),
                                ),
                                editable=False,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "现场核实",
                        "verbose_name_plural": "现场核实",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("visited_by", models.F("second")), _negated=True),
                                name="visit_by_two_people",
                                violation_error_code="same_person",
                                violation_error_message="现场核实要两名人员，另一名不能是本人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("latitude__gte", -90),
                                    ("latitude__lte", 90),
                                    ("longitude__gte", -180),
                                    ("longitude__lte", 180),
                                    models.Q(("place_source", "EXIF"), _negated=True),
                                    models.Q(("findings", ""), _negated=True),
                                ),
                                name="visit_says_where_and_what",
                                violation_error_code="visit_incomplete",
                                violation_error_message="现场核实要写明位置和核实情况",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("confirmed_at", None),
                                        ("confirmed_by", None),
                                        ("disagreement", ""),
                                        ("state", "WAITING"),
                                    ),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("confirmed_by", models.F("second")),
                                        ("confirmed_by__isnull", False),
                                        models.Q(
                                            models.Q(("disagreement", ""), ("state", "CONFIRMED")),
                                            models.Q(
                                                ("state", "DISPUTED"), models.Q(("disagreement", ""), _negated=True)
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="visit_ended_by_the_second",
                                violation_error_code="not_the_second",
                                violation_error_message="现场核实由同去的另一名人员确认，不同意要写明理由",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sitevisit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('WAITING') THEN RAISE EXCEPTION 'refused by visit_moves' USING ERRCODE = '23514', CONSTRAINT = 'visit_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('WAITING', 'CONFIRMED'), ('WAITING', 'DISPUTED')) THEN\n                RAISE EXCEPTION 'refused by visit_moves' USING ERRCODE = '23514', CONSTRAINT = 'visit_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="15cea1b58044b95b9cf9e64a41c2c8da0b0636be",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_visit_moves_63ea8",
                            table="projects_sitevisit",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sitevisit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_as_recorded",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'confirmed_by_id', 'confirmed_at', 'disagreement'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'confirmed_by_id', 'confirmed_at', 'disagreement'] THEN\n                RAISE EXCEPTION 'refused by visit_as_recorded' USING ERRCODE = '23514', CONSTRAINT = 'visit_as_recorded';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="c1249a9c6b57e288d648c250968d143fdb1170b2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_visit_as_recorded_9aa5f",
                            table="projects_sitevisit",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sitevisit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF OLD.state <> 'WAITING' THEN RAISE EXCEPTION 'refused by visit_stays' USING ERRCODE = '23514', CONSTRAINT = 'visit_stays'; END IF; RETURN NEW;",
                            hash="026d5770ad21a45840eed29c1e8ddbcbbd240e3d",
                            operation="UPDATE",
                            pgid="pgtrigger_visit_stays_2ce4d",
                            table="projects_sitevisit",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sitevisit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_of_a_case_in_review",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    PERFORM 1 FROM projects_project WHERE id = NEW.project_id FOR SHARE;\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_project WHERE id = NEW.project_id AND state IN ('ACCEPTED', 'PUBLIC_NOTICE'))\n                    THEN RAISE EXCEPTION 'refused by visit_of_a_case_in_review' USING ERRCODE = '23514', CONSTRAINT = 'visit_of_a_case_in_review'; END IF;\n                    RETURN NEW;\n                ",
                            hash="d8147952c67de6223d727561fd36f9d38cdbaa62",
                            operation="INSERT",
                            pgid="pgtrigger_visit_of_a_case_in_review_f8958",
                            table="projects_sitevisit",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sitevisit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_has_photos",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NOT EXISTS (SELECT 1 FROM projects_visitphoto WHERE visit_id = NEW.id) THEN RAISE EXCEPTION 'refused by visit_has_photos' USING ERRCODE = '23514', CONSTRAINT = 'visit_has_photos'; END IF;\n                    RETURN NULL;\n                ",
                            hash="f58d8d34ccf1954f51773d7625b6f730b26f7745",
                            operation="INSERT",
                            pgid="pgtrigger_visit_has_photos_f488a",
                            table="projects_sitevisit",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sitevisit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_confirmed_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.visited_by_id IS NOT NULL AND NEW.confirmed_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.visited_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.sitevisit' AND object_id = NEW.id\n        AND verb IN ('projects.record_visit') AND outcome = 'DONE' AND actor_id = NEW.visited_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.confirmed_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'projects.sitevisit' AND object_id = NEW.id\n        AND verb IN ('projects.confirm_visit', 'projects.dispute_visit') AND outcome = 'DONE' AND actor_id = NEW.confirmed_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by visit_confirmed_for_another' USING ERRCODE = '23514', CONSTRAINT = 'visit_confirmed_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="83dd8a3addc92068f36deff342318fc3ec604dce",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_visit_confirmed_for_another_2dca9",
                            table="projects_sitevisit",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="VisitPhoto",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "visit",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="photos",
                                to="projects.sitevisit",
                                verbose_name="现场核实",
                            ),
                        ),
                        (
                            "kept",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="照片",
                            ),
                        ),
                        ("sent_sha256", models.CharField(max_length=64, verbose_name="原照片 SHA-256")),
                        ("latitude", models.DecimalField(decimal_places=6, max_digits=9, verbose_name="纬度")),
                        ("longitude", models.DecimalField(decimal_places=6, max_digits=9, verbose_name="经度")),
                        ("accuracy_m", models.PositiveIntegerField(null=True, verbose_name="误差 m")),
                        (
                            "position_source",
                            models.CharField(
                                choices=[("EXIF", "照片自带"), ("PHONE", "手机当时"), ("TYPED", "手工填写")],
                                max_length=5,
                                verbose_name="位置来源",
                            ),
                        ),
                        ("taken_at", models.DateTimeField(verbose_name="拍摄时间")),
                        (
                            "taken_source",
                            models.CharField(
                                choices=[("EXIF", "照片自带"), ("PHONE", "手机当时"), ("TYPED", "手工填写")],
                                max_length=5,
                                verbose_name="时间来源",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "现场照片",
                        "verbose_name_plural": "现场照片",
                        "ordering": ("pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("visit", "sent_sha256"),
                                name="visit_photo_once",
                                violation_error_code="same_photo",
                                violation_error_message="同一张照片传了两次，请删去一张",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("latitude__gte", -90),
                                    ("latitude__lte", 90),
                                    ("longitude__gte", -180),
                                    ("longitude__lte", 180),
                                    models.Q(("position_source", "TYPED"), _negated=True),
                                    models.Q(("taken_source", "TYPED"), _negated=True),
                                ),
                                name="visit_photo_has_place",
                                violation_error_code="no_position",
                                violation_error_message="照片的位置和时间要来自照片或手机，不能手工填写",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="visitphoto",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_photo_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by visit_photo_append_only' USING ERRCODE = '23514', CONSTRAINT = 'visit_photo_append_only';",
                            hash="e3cccb67a6d742d2387e1b096cc97fad24b78f4a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_visit_photo_append_only_d6e73",
                            table="projects_visitphoto",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="visitphoto",
                    trigger=pgtrigger.compiler.Trigger(
                        name="visit_photo_of_its_visit",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_sitevisit\n                        WHERE id = NEW.visit_id AND txid = pg_current_xact_id()::text::bigint) THEN RAISE EXCEPTION 'refused by visit_photo_of_its_visit' USING ERRCODE = '23514', CONSTRAINT = 'visit_photo_of_its_visit';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="e2d5cd33f256dd6953caa053aa695f0cfc8ccbd6",
                            operation="INSERT",
                            pgid="pgtrigger_visit_photo_of_its_visit_0a46a",
                            table="projects_visitphoto",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CounterEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "project",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="counter_entries",
                                to="projects.project",
                                verbose_name="项目",
                            ),
                        ),
                        (
                            "scan",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="签字原件扫描件",
                            ),
                        ),
                        ("signed_by", models.CharField(max_length=60, verbose_name="签字人")),
                        ("signed_on", models.DateField(verbose_name="签字日期")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="代录人",
                            ),
                        ),
                        (
                            "entered_for",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="代谁办理",
                            ),
                        ),
                        ("entered_on", models.DateField(verbose_name="代录日期")),
                        ("entered_at", models.DateTimeField(default=kernel.clock.now, verbose_name="代录时间")),
                        (
                            "txid",
                            models.BigIntegerField(
                                db_default=django.db.models.functions.comparison.Cast(
                                    django.db.models.functions.comparison.Cast(
                                        models.Func(function="pg_current_xact_id"), models.TextField()
                                    ),
                                    models.BigIntegerField(),
                                ),
                                editable=False,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "代录",
                        "verbose_name_plural": "代录",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("scan__isnull", False)),
                                name="entry_has_scan",
                                violation_error_code="no_scan",
                                violation_error_message="没有申请人签字的原件扫描件，不能代录",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_by", ""), _negated=True),
                                    ("signed_on__lte", models.F("entered_on")),
                                ),
                                name="entry_is_signed",
                                violation_error_code="not_signed",
                                violation_error_message="代录要写明签字人和签字日期，签字日期不能晚于今天",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="counterentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="entry_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by entry_append_only' USING ERRCODE = '23514', CONSTRAINT = 'entry_append_only';",
                            hash="6c2741c96d52fb53d368afc5592157c707b0b524",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_entry_append_only_a1f73",
                            table="projects_counterentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="counterentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="entry_of_an_open_application",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    PERFORM 1 FROM projects_project WHERE id = NEW.project_id FOR SHARE;\n                    IF NOT EXISTS (\n                        SELECT 1 FROM projects_project WHERE id = NEW.project_id AND state IN ('DRAFT', 'CORRECTION'))\n                    THEN RAISE EXCEPTION 'refused by entry_of_an_open_application' USING ERRCODE = '23514', CONSTRAINT = 'entry_of_an_open_application'; END IF;\n                    RETURN NEW;\n                ",
                            hash="bff2a521c38130f91a1551d807095ac3b7d8b555",
                            operation="INSERT",
                            pgid="pgtrigger_entry_of_an_open_application_c4f58",
                            table="projects_counterentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CounterDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "代录台",
                        "verbose_name_plural": "代录台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.counterentry",),
                ),
                migrations.CreateModel(
                    name="Decision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="文号")),
                        ("facts", models.TextField(verbose_name="事实和理由")),
                        ("article", models.TextField(verbose_name="依据的条款")),
                        ("review_body", models.CharField(max_length=100, verbose_name="复议机关")),
                        ("review_days", models.PositiveSmallIntegerField(verbose_name="复议期限（日）")),
                        ("court", models.CharField(max_length=100, verbose_name="法院")),
                        ("suit_months", models.PositiveSmallIntegerField(verbose_name="起诉期限（月）")),
                        (
                            "service_method",
                            models.CharField(
                                choices=[
                                    ("ELECTRONIC", "电子送达（申请人同意）"),
                                    ("IN_PERSON", "直接送达"),
                                    ("POST", "邮寄送达"),
                                    ("LEFT", "留置送达"),
                                    ("PUBLISHED", "公告送达"),
                                ],
                                max_length=12,
                                verbose_name="送达方式",
                            ),
                        ),
                        ("served_to", models.CharField(max_length=100, verbose_name="受送达人")),
                        ("served_on", models.DateField(verbose_name="送达日期")),
                        ("issuer", models.CharField(max_length=100, verbose_name="决定机关")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="决定人",
                            ),
                        ),
                        ("decided_on", models.DateField(verbose_name="决定日期")),
                        ("decided_at", models.DateTimeField(default=kernel.clock.now, verbose_name="决定时间")),
                        (
                            "project",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decision",
                                to="projects.project",
                                verbose_name="项目",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("NOT_ACCEPTED", "不予受理决定书"),
                                    ("REJECTED", "不予登记决定书"),
                                    ("REVOKED", "撤销登记决定书"),
                                ],
                                max_length=16,
                                verbose_name="决定",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "决定书",
                        "verbose_name_plural": "决定书",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("facts", ""), _negated=True),
                                    models.Q(("article", ""), _negated=True),
                                    models.Q(("review_body", ""), _negated=True),
                                    models.Q(("court", ""), _negated=True),
                                    models.Q(("served_to", ""), _negated=True),
                                    models.Q(("issuer", ""), _negated=True),
                                    ("review_days__gt", 0),
                                    ("suit_months__gt", 0),
                                    ("served_on__gte", models.F("decided_on")),
                                ),
                                name="decision_is_whole",
                                violation_error_code="decision_incomplete",
                                violation_error_message="决定书要写全事实、依据、救济途径和送达记录",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="decision",
                    trigger=pgtrigger.compiler.Trigger(
                        name="decision_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by decision_append_only' USING ERRCODE = '23514', CONSTRAINT = 'decision_append_only';",
                            hash="64b17f9fa6d4663d52414d59f86fe20e3d2ee149",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_decision_append_only_9f725",
                            table="projects_decision",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ExternalEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "registry",
                            models.CharField(
                                choices=[
                                    ("VERRA", "Verra（VCS）"),
                                    ("GOLD_STANDARD", "Gold Standard"),
                                    ("ACR", "American Carbon Registry"),
                                    ("ARB", "California ARB"),
                                ],
                                max_length=16,
                                verbose_name="登记簿",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("PROJECT", "项目"),
                                    ("ISSUANCE", "签发"),
                                    ("RETIREMENT", "注销"),
                                    ("CANCELLATION", "取消"),
                                ],
                                max_length=12,
                                verbose_name="种类",
                            ),
                        ),
                        ("number", models.CharField(blank=True, max_length=60, verbose_name="记录编号")),
                        ("project_id", models.CharField(max_length=60, verbose_name="项目编号")),
                        ("name", models.CharField(max_length=300, verbose_name="项目名称")),
                        ("vintage", models.PositiveSmallIntegerField(null=True, verbose_name="年份")),
                        ("quantity", models.BigIntegerField(null=True, verbose_name="数量")),
                        ("on_day", models.DateField(null=True, verbose_name="日期")),
                        ("serial", models.CharField(blank=True, max_length=300, verbose_name="编号")),
                        ("serial_prefix", models.CharField(blank=True, max_length=200, verbose_name="编号前段")),
                        ("serial_from", models.BigIntegerField(null=True, verbose_name="起号")),
                        ("serial_to", models.BigIntegerField(null=True, verbose_name="止号")),
                        (
                            "findings",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("NOT_NUMERIC", "数量不是数字"),
                                        ("NO_DAY", "没有日期"),
                                        ("BAD_DAY", "日期读不出来"),
                                        ("SERIAL_UNREAD", "编号不是这个登记簿现在的写法，没有拆开"),
                                        ("RUN_DIFFERS", "止号－起号＋1 不等于数量"),
                                        ("NUMBER_AGAIN", "编号在同一文件里已有一行"),
                                    ],
                                    max_length=16,
                                ),
                                default=list,
                                size=None,
                                verbose_name="读出的问题",
                            ),
                        ),
                        ("source", models.CharField(max_length=80, verbose_name="来源文件")),
                        ("row", models.PositiveIntegerField(verbose_name="行")),
                        ("raw", models.JSONField(verbose_name="原文")),
                    ],
                    options={
                        "verbose_name": "外部登记簿",
                        "verbose_name_plural": "外部登记簿",
                        "ordering": ("registry", "source", "row"),
                        "indexes": [models.Index(fields=["registry", "project_id"], name="external_project")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("source", "row"),
                                name="external_row_once",
                                violation_error_code="row_known",
                                violation_error_message="这个文件的这一行已经读入",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="externalentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="external_as_read",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by external_as_read' USING ERRCODE = '23514', CONSTRAINT = 'external_as_read';",
                            hash="ecefd5e909bd60f092e16bdbf5fb235bc9eabcea",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_external_as_read_78f2f",
                            table="projects_externalentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ClaimDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "签发审核台",
                        "verbose_name_plural": "签发审核台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.monitoringperiod",),
                ),
                migrations.CreateModel(
                    name="LetterDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "征求意见台",
                        "verbose_name_plural": "征求意见台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.opinionletter",),
                ),
                migrations.CreateModel(
                    name="AcceptanceDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "受理台",
                        "verbose_name_plural": "受理台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.project",),
                ),
                migrations.CreateModel(
                    name="ObjectedDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "异议成立待处理",
                        "verbose_name_plural": "异议成立待处理",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.project",),
                ),
                migrations.CreateModel(
                    name="RegistrationDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "登记台",
                        "verbose_name_plural": "登记台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.project",),
                ),
                migrations.CreateModel(
                    name="ReviewDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "审核台",
                        "verbose_name_plural": "审核台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.project",),
                ),
                migrations.CreateModel(
                    name="VisitDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "现场核实台",
                        "verbose_name_plural": "现场核实台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.sitevisit",),
                ),
            ],
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;REVOKE DELETE ON {NEVER_DELETED} FROM portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
