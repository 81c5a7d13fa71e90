import django.contrib.postgres.constraints
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from accounts.migrating import AtOnce


class Migration(migrations.Migration):
    replaces = [
        ("methodologies", "0001_initial"),
        ("methodologies", "0002_factors"),
        ("methodologies", "0003_workshop"),
        ("methodologies", "0004_workshop_desks"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
        ("office", "0001_squashed_0009_materiality"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Method",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, verbose_name="编号")),
                        ("version", models.PositiveSmallIntegerField(verbose_name="版本")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("kind", models.CharField(max_length=12, verbose_name="类别")),
                        ("evidence", models.CharField(max_length=1, verbose_name="证据等级")),
                        ("document", models.TextField(verbose_name="文本（TOML）")),
                        ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                        (
                            "division",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounts.division",
                                verbose_name="备案地",
                            ),
                        ),
                        ("document_no", models.CharField(blank=True, max_length=60, verbose_name="备案文号")),
                        (
                            "state",
                            models.CharField(
                                choices=[("PUBLISHED", "已发布"), ("SUPERSEDED", "已修订"), ("REPEALED", "已废止")],
                                default="PUBLISHED",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="起草人",
                            ),
                        ),
                        (
                            "published_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发布人",
                            ),
                        ),
                        ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="发布时间")),
                        (
                            "ended_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="废止或修订经办人",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="废止或修订时间")),
                    ],
                    options={
                        "verbose_name": "方法学",
                        "verbose_name_plural": "方法学",
                        "ordering": ("code", "-version"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("code", "version"),
                                name="method_version_once",
                                violation_error_code="method_known",
                                violation_error_message="这个方法学已有这个版本号",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("published_by", None),
                                    ("drafted_by", None),
                                    models.Q(("drafted_by", models.F("published_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="method_published_by_another",
                                violation_error_code="same_person",
                                violation_error_message="起草人不能自己发布",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("state", "PUBLISHED")),
                                    models.Q(
                                        models.Q(("state", "PUBLISHED"), _negated=True), ("ended_at__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="method_ended_says_when",
                                violation_error_code="method_end",
                                violation_error_message="修订或废止要写明时间",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="method",
                    trigger=pgtrigger.compiler.Trigger(
                        name="method_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('PUBLISHED') THEN RAISE EXCEPTION 'refused by method_moves' USING ERRCODE = '23514', CONSTRAINT = 'method_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('PUBLISHED', 'REPEALED'), ('PUBLISHED', 'SUPERSEDED'), ('SUPERSEDED', 'REPEALED')) THEN\n                RAISE EXCEPTION 'refused by method_moves' USING ERRCODE = '23514', CONSTRAINT = 'method_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="37f717c398571dd42d510f37265756ef41061686",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_method_moves_5ba19",
                            table="methodologies_method",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="method",
                    trigger=pgtrigger.compiler.Trigger(
                        name="method_published_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'ended_by_id', 'ended_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'ended_by_id', 'ended_at'] THEN\n                RAISE EXCEPTION 'refused by method_published_stays' USING ERRCODE = '23514', CONSTRAINT = 'method_published_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="0a3ccf78b8655cc3d9ecba05feb0dba170110407",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_method_published_stays_85a21",
                            table="methodologies_method",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, verbose_name="编号")),
                        ("version", models.PositiveSmallIntegerField(default=1, verbose_name="版本")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("sheet", models.JSONField(default=dict, verbose_name="表单")),
                        ("document", models.TextField(blank=True, verbose_name="文本（TOML）")),
                        ("digest", models.CharField(blank=True, max_length=64, verbose_name="摘要")),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounts.division",
                                verbose_name="受理地",
                            ),
                        ),
                        (
                            "developer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="method_drafts",
                                to="accounts.organisation",
                                verbose_name="开发单位",
                            ),
                        ),
                        (
                            "derived_from",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="descendants",
                                to="methodologies.method",
                                verbose_name="由来",
                            ),
                        ),
                        (
                            "adopted_from",
                            models.CharField(
                                blank=True,
                                help_text="别处已经备案的文本，照原文载入时填写",
                                max_length=120,
                                verbose_name="原备案机关和文号",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("DRAFT", "草稿"),
                                    ("SUBMITTED", "已申报"),
                                    ("SCREENING", "地市遴选"),
                                    ("EVALUATION", "专家评估论证"),
                                    ("REVISION", "修改完善"),
                                    ("NOTICE", "公开征求意见"),
                                    ("FILED", "已备案发布"),
                                    ("REJECTED", "不予备案"),
                                ],
                                default="DRAFT",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField(default=0, verbose_name="第几轮评估")),
                        ("due_on", models.DateField(blank=True, null=True, verbose_name="办理期限")),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="起草人",
                            ),
                        ),
                        (
                            "edited_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="最后修改人",
                            ),
                        ),
                        ("edited_at", models.DateTimeField(default=kernel.clock.now, verbose_name="最后修改")),
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
                            "noticed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="公示经办人",
                            ),
                        ),
                        (
                            "notice",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="method_draft",
                                to="office.notice",
                                verbose_name="公开征求意见",
                            ),
                        ),
                        (
                            "filed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="备案人",
                            ),
                        ),
                        (
                            "method",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="draft",
                                to="methodologies.method",
                                verbose_name="发布的版本",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "方法学草案",
                        "verbose_name_plural": "方法学草案",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "REJECTED"), _negated=True),
                                fields=("code", "version"),
                                name="draft_version_once",
                                violation_error_code="method_known",
                                violation_error_message="这个编号的这一版已有草案",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("filed_by", None),
                                    models.Q(
                                        models.Q(("filed_by", models.F("drafted_by")), _negated=True),
                                        models.Q(("filed_by", models.F("edited_by")), _negated=True),
                                        models.Q(
                                            ("noticed_by", None),
                                            models.Q(("filed_by", models.F("noticed_by")), _negated=True),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="draft_filed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="起草、修改或公示经办的人不能自己发布，请另一位人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("state", "FILED"), _negated=True),
                                        ("filed_by", None),
                                        ("method", None),
                                    ),
                                    models.Q(
                                        ("filed_by__isnull", False), ("method__isnull", False), ("state", "FILED")
                                    ),
                                    _connector="OR",
                                ),
                                name="draft_filed_is_a_method",
                                violation_error_code="not_filed",
                                violation_error_message="备案发布要有发布的版本和备案人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("adopted_from", ""), ("developer", None), _connector="OR"),
                                name="draft_adopted_is_the_bureaus",
                                violation_error_code="not_adopted",
                                violation_error_message="照原文载入由主管部门办理，单位起草的要申报",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="draft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="draft_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('DRAFT') THEN RAISE EXCEPTION 'refused by draft_moves' USING ERRCODE = '23514', CONSTRAINT = 'draft_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('DRAFT', 'FILED'), ('DRAFT', 'SUBMITTED'), ('EVALUATION', 'NOTICE'), ('EVALUATION', 'REJECTED'), ('EVALUATION', 'REVISION'), ('NOTICE', 'FILED'), ('NOTICE', 'REJECTED'), ('NOTICE', 'REVISION'), ('REVISION', 'EVALUATION'), ('REVISION', 'REJECTED'), ('SCREENING', 'EVALUATION'), ('SCREENING', 'REJECTED'), ('SUBMITTED', 'REJECTED'), ('SUBMITTED', 'SCREENING')) THEN\n                RAISE EXCEPTION 'refused by draft_moves' USING ERRCODE = '23514', CONSTRAINT = 'draft_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="30d89933f3d32bde01d1801b95c2460f64eb6000",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_draft_moves_d0d52",
                            table="methodologies_draft",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="draft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="draft_text_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF OLD.state NOT IN ('DRAFT', 'REVISION') AND (OLD.code, OLD.version, OLD.title, OLD.sheet, OLD.digest, OLD.edited_by_id)\n        IS DISTINCT FROM (NEW.code, NEW.version, NEW.title, NEW.sheet, NEW.digest, NEW.edited_by_id) THEN RAISE EXCEPTION 'refused by draft_text_stays' USING ERRCODE = '23514', CONSTRAINT = 'draft_text_stays';\n    END IF;\n    RETURN NEW;\n",
                            hash="10b2f6e0251caac93e15dcb731c5f3db341fd5b7",
                            operation="UPDATE",
                            pgid="pgtrigger_draft_text_stays_39fb6",
                            table="methodologies_draft",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="draft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="draft_evaluated",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF NEW.state = 'NOTICE' AND OLD.state = 'EVALUATION' AND NOT (\n        SELECT count(*) >= 3 AND count(*) = count(given_at) AND 2 * count(*) FILTER (WHERE verdict = 'FIT') > count(*)\n        FROM methodologies_evaluation WHERE draft_id = NEW.id AND round = NEW.round) THEN RAISE EXCEPTION 'refused by draft_evaluated' USING ERRCODE = '23514', CONSTRAINT = 'draft_evaluated';\n    END IF;\n    RETURN NEW;\n",
                            hash="2417504b171fed02f7f987e6116059b051b51f49",
                            operation="UPDATE",
                            pgid="pgtrigger_draft_evaluated_013f3",
                            table="methodologies_draft",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="draft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="draft_waits_for_comments",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF NEW.state = 'FILED' AND OLD.state = 'NOTICE' THEN\n        PERFORM 1 FROM office_notice WHERE id = NEW.notice_id FOR NO KEY UPDATE;\n        IF NEW.notice_id IS NULL OR EXISTS (SELECT 1 FROM office_objection WHERE notice_id = NEW.notice_id\n            AND (outcome = 'UPHELD' OR state NOT IN ('DISMISSED', 'ANSWERED', 'CLOSED'))) THEN RAISE EXCEPTION 'refused by draft_waits_for_comments' USING ERRCODE = '23514', CONSTRAINT = 'draft_waits_for_comments'; END IF;\n    END IF;\n    RETURN NEW;\n",
                            hash="faf6427b36e4311243b41b909bac060a7134a8bc",
                            operation="UPDATE",
                            pgid="pgtrigger_draft_waits_for_comments_1d5ed",
                            table="methodologies_draft",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="draft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="draft_adopted_says_from",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.state = 'DRAFT' AND NEW.state = 'FILED' AND NEW.adopted_from = '' THEN RAISE EXCEPTION 'refused by draft_adopted_says_from' USING ERRCODE = '23514', CONSTRAINT = 'draft_adopted_says_from'; END IF;\n                    RETURN NEW;\n                ",
                            hash="e4fcab4196ec9a678e35036c612de21988e1d522",
                            operation="UPDATE",
                            pgid="pgtrigger_draft_adopted_says_from_cc1f6",
                            table="methodologies_draft",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="draft",
                    trigger=pgtrigger.compiler.Trigger(
                        name="draft_filed_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.edited_by_id IS NOT NULL AND NEW.filed_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.edited_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'methodologies.draft' AND object_id = NEW.id\n        AND verb IN ('methodologies.draft', 'methodologies.save_draft') AND outcome = 'DONE' AND actor_id = NEW.edited_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.filed_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'methodologies.draft' AND object_id = NEW.id\n        AND verb IN ('methodologies.file_draft', 'methodologies.adopt_draft') AND outcome = 'DONE' AND actor_id = NEW.filed_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by draft_filed_for_another' USING ERRCODE = '23514', CONSTRAINT = 'draft_filed_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="fce0c53ccf3a2bd3e5bcaf2f7ebb0c6dc9fec36b",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_draft_filed_for_another_512fb",
                            table="methodologies_draft",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="DraftDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "方法学备案台",
                        "verbose_name_plural": "方法学备案台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("methodologies.draft",),
                ),
                migrations.CreateModel(
                    name="Evaluation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "draft",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="evaluations",
                                to="methodologies.draft",
                                verbose_name="草案",
                            ),
                        ),
                        (
                            "expert",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="专家",
                            ),
                        ),
                        ("round", models.PositiveSmallIntegerField(verbose_name="轮次")),
                        ("digest", models.CharField(max_length=64, verbose_name="所评文本的摘要")),
                        ("asked_at", models.DateTimeField(default=kernel.clock.now, verbose_name="送出")),
                        (
                            "verdict",
                            models.CharField(
                                blank=True,
                                choices=[("FIT", "同意"), ("REVISE", "修改后同意"), ("UNFIT", "不同意")],
                                max_length=8,
                                verbose_name="结论",
                            ),
                        ),
                        ("text", models.TextField(blank=True, verbose_name="意见")),
                        ("given_at", models.DateTimeField(blank=True, null=True, verbose_name="意见时间")),
                    ],
                    options={
                        "verbose_name": "专家评估意见",
                        "verbose_name_plural": "专家评估意见",
                        "ordering": ("round", "pk"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("draft", "round", "expert"),
                                name="evaluation_once",
                                violation_error_code="already_asked",
                                violation_error_message="这位专家这一轮已经在评估",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("given_at", None), ("text", ""), ("verdict", "")),
                                    models.Q(
                                        ("given_at__isnull", False),
                                        models.Q(("verdict", ""), _negated=True),
                                        models.Q(("text", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="evaluation_says_what",
                                violation_error_code="no_opinion",
                                violation_error_message="评估要有结论和意见",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="evaluation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="evaluation_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['verdict', 'text', 'given_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['verdict', 'text', 'given_at'] THEN\n                RAISE EXCEPTION 'refused by evaluation_stays' USING ERRCODE = '23514', CONSTRAINT = 'evaluation_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="0a841fbbfc74e999840902aff708d326dfcdfb54",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_evaluation_stays_3beb8",
                            table="methodologies_evaluation",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="evaluation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="evaluation_given_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.given_at IS NOT NULL AND OLD.given_at IS DISTINCT FROM NEW.given_at THEN\n                RAISE EXCEPTION 'refused by evaluation_given_once' USING ERRCODE = '23514', CONSTRAINT = 'evaluation_given_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1e52b2aed1f9bca1fd1026eba102fa62dd812669",
                            operation="UPDATE",
                            pgid="pgtrigger_evaluation_given_once_58761",
                            table="methodologies_evaluation",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="evaluation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="evaluation_not_ones_own",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM methodologies_draft draft WHERE draft.id = NEW.draft_id\n                        AND (NEW.expert_id IN (draft.drafted_by_id, draft.edited_by_id)\n                            OR EXISTS (SELECT 1 FROM accounts_rolegrant held\n                                WHERE held.user_id = NEW.expert_id AND held.organisation_id = draft.developer_id)))\n                    THEN RAISE EXCEPTION 'refused by evaluation_not_ones_own' USING ERRCODE = '23514', CONSTRAINT = 'evaluation_not_ones_own'; END IF;\n                    RETURN NEW;\n                ",
                            hash="5547dfe43606a22add6ac7e27ef52a4777f0d14c",
                            operation="INSERT",
                            pgid="pgtrigger_evaluation_not_ones_own_6e489",
                            table="methodologies_evaluation",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Factor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("ELECTRICITY", "电力平均排放因子"),
                                    ("MARGIN", "区域电网基准线排放因子"),
                                    ("FUEL", "燃料与热力"),
                                    ("GWP", "全球变暖潜势"),
                                ],
                                max_length=12,
                                verbose_name="类别",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="名称")),
                        ("area", models.CharField(blank=True, max_length=20, verbose_name="地区或电网")),
                        ("region", models.CharField(blank=True, max_length=6, verbose_name="区划代码")),
                        ("year", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="数据年份")),
                        ("value", models.DecimalField(decimal_places=9, max_digits=18, verbose_name="数值")),
                        ("unit", models.CharField(max_length=20, verbose_name="单位")),
                        ("valid_from", models.DateField(blank=True, null=True, verbose_name="起")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="止")),
                        ("source", models.CharField(max_length=300, verbose_name="出处")),
                        ("evidence", models.CharField(max_length=1, verbose_name="证据等级")),
                    ],
                    options={
                        "verbose_name": "排放因子",
                        "verbose_name_plural": "排放因子",
                        "ordering": ("kind", "name", "region", "area", "valid_from"),
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("kind", "="),
                                    ("name", "="),
                                    ("area", "="),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_to"),
                                            models.Value("[]"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="factor_in_force_once",
                                violation_error_code="factor_overlap",
                                violation_error_message="同一个因子在同一天只能有一个数值",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="factor",
                    trigger=pgtrigger.compiler.Trigger(
                        name="factor_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['valid_to'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['valid_to'] THEN\n                RAISE EXCEPTION 'refused by factor_stays' USING ERRCODE = '23514', CONSTRAINT = 'factor_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="3bb1c7c1cb8b00d71a689312725c86379f9022d7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_factor_stays_29d4a",
                            table="methodologies_factor",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MethodDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "方法学废止台",
                        "verbose_name_plural": "方法学废止台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("methodologies.method",),
                ),
            ],
        ),
    ]
