import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from accounts.migrating import AtOnce

WRITTEN_ONCE = (
    "registry_series, "
    "registry_journal, "
    "registry_batch, "
    "registry_block, "
    "registry_loggedjournal, "
    "registry_bookcheck, "
    "registry_holdentry, "
    "registry_movedbatch, "
    "registry_movedretirement, "
    "registry_frauddecision, "
    "registry_venue, "
    "registry_trade"
)
NEVER_DELETED = (
    "registry_transfer, "
    "registry_retirement, "
    "registry_holdingaccount, "
    "registry_deed, "
    "registry_freeze, "
    "registry_fraudcase, "
    "registry_pledge, "
    "registry_seat, "
    "registry_venueorder, "
    "registry_venuereport"
)


class Migration(migrations.Migration):
    replaces = [
        ("registry", "0001_initial"),
        ("registry", "0002_books"),
        ("registry", "0003_blocks_are_closed_later"),
        ("registry", "0004_retirements_approved_by_another"),
        ("registry", "0005_event_retirements"),
        ("registry", "0006_units_held_back"),
        ("registry", "0007_deeds_and_freezes"),
        ("registry", "0008_two_officers_and_a_time_limit"),
        ("registry", "0009_opening_balances"),
        ("registry", "0010_moved_in_is_written_once"),
        ("registry", "0011_fraud_cases"),
        ("registry", "0012_pledges_and_non_trade_transfers"),
        ("registry", "0013_desks_of_holds"),
        ("registry", "0014_corrections"),
        ("registry", "0015_desk_of_corrections"),
        ("registry", "0016_venues"),
        ("registry", "0017_life_of_an_account"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
        ("certificates", "0001_squashed_0005_neutral"),
        ("projects", "0001_squashed_0019_own_figures"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="BookCheck",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="时间")),
                        ("batches", models.PositiveIntegerField(verbose_name="批次数")),
                        ("issued_t", models.BigIntegerField(verbose_name="签发 t")),
                        ("held_t", models.BigIntegerField(verbose_name="持有 t")),
                        ("retired_t", models.BigIntegerField(verbose_name="注销 t")),
                        ("cancelled_t", models.BigIntegerField(db_default=0, default=0, verbose_name="强制注销 t")),
                        ("differences", models.JSONField(default=list, verbose_name="差异")),
                    ],
                    options={
                        "verbose_name": "核账",
                        "verbose_name_plural": "核账",
                        "ordering": ("-pk",),
                        "get_latest_by": "pk",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="bookcheck",
                    trigger=pgtrigger.compiler.Trigger(
                        name="book_check_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by book_check_append_only' USING ERRCODE = '23514', CONSTRAINT = 'book_check_append_only';",
                            hash="bf2c4bb950b7b81c772df815e50f9bd60d1210c5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_book_check_append_only_72ef9",
                            table="registry_bookcheck",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Deed",
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
                                    ("FREEZE", "司法冻结"),
                                    ("RENEW", "续行冻结"),
                                    ("RELEASE", "解除冻结"),
                                    ("ENFORCE", "强制执行过户"),
                                    ("DISPOSE", "质押处置"),
                                    ("MERGER", "合并分立过户"),
                                    ("INHERIT", "继承过户"),
                                    ("RULING", "裁判文书过户"),
                                    ("CORRECT", "更正转移"),
                                    ("VOID", "更正签发"),
                                ],
                                max_length=8,
                                verbose_name="事项",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deeds",
                                to="registry.holdingaccount",
                                verbose_name="账户",
                            ),
                        ),
                        ("authority", models.CharField(max_length=100, verbose_name="出具文书的单位")),
                        ("document_no", models.CharField(max_length=100, verbose_name="文书号")),
                        (
                            "paper",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="文书",
                            ),
                        ),
                        ("quantity_t", models.BigIntegerField(null=True, verbose_name="数量 t")),
                        (
                            "batch",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        ("until", models.DateField(null=True, verbose_name="冻结至（含当日）")),
                        (
                            "freeze",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deeds",
                                to="registry.freeze",
                                verbose_name="冻结",
                            ),
                        ),
                        (
                            "pledge",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deeds",
                                to="registry.pledge",
                                verbose_name="质押",
                            ),
                        ),
                        (
                            "corrects",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="corrections",
                                to="registry.journal",
                                verbose_name="更正的流水",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deeds_in_favour",
                                to="registry.holdingaccount",
                                verbose_name="转入账户",
                            ),
                        ),
                        ("stops_orders", models.BooleanField(default=False, verbose_name="同时停办在途申请")),
                        ("reason", models.TextField(blank=True, verbose_name="说明")),
                        (
                            "state",
                            models.CharField(
                                choices=[("ENTERED", "待第二人复核"), ("DONE", "已办理"), ("WITHDRAWN", "不予办理")],
                                default="ENTERED",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经办人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=kernel.clock.now, verbose_name="录入")),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="复核人",
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(null=True, verbose_name="复核")),
                        (
                            "journal",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deed",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "文书办理",
                        "verbose_name_plural": "文书办理",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("entered_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("entered_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="deed_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="经办人和复核人要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(
                                            ("kind", "FREEZE"),
                                            ("quantity_t__gt", 0),
                                            ("quantity_t__isnull", False),
                                            ("target", None),
                                            ("until__isnull", False),
                                        ),
                                        models.Q(
                                            ("freeze__isnull", False),
                                            ("kind", "RENEW"),
                                            ("quantity_t", None),
                                            ("target", None),
                                            ("until__isnull", False),
                                        ),
                                        models.Q(
                                            ("freeze__isnull", False),
                                            ("kind", "RELEASE"),
                                            ("quantity_t", None),
                                            ("target", None),
                                        ),
                                        models.Q(
                                            ("kind", "DISPOSE"),
                                            ("pledge__isnull", False),
                                            ("quantity_t__gt", 0),
                                            ("quantity_t__isnull", False),
                                            ("target__isnull", False),
                                        ),
                                        models.Q(
                                            ("freeze", None),
                                            ("kind__in", ("MERGER", "INHERIT", "RULING")),
                                            ("pledge", None),
                                            ("target__isnull", False),
                                            models.Q(("quantity_t", None), ("quantity_t__gt", 0), _connector="OR"),
                                        ),
                                        models.Q(
                                            ("corrects__isnull", False),
                                            ("kind", "CORRECT"),
                                            ("quantity_t", None),
                                            ("target__isnull", False),
                                        ),
                                        models.Q(
                                            ("batch__isnull", False),
                                            ("kind", "VOID"),
                                            ("quantity_t__gt", 0),
                                            ("quantity_t__isnull", False),
                                            ("target", None),
                                        ),
                                        models.Q(
                                            ("freeze__isnull", False),
                                            ("kind", "ENFORCE"),
                                            ("quantity_t__gt", 0),
                                            ("quantity_t__isnull", False),
                                            ("target__isnull", False),
                                        ),
                                        _connector="OR",
                                    ),
                                    models.Q(("authority", ""), _negated=True),
                                    models.Q(("document_no", ""), _negated=True),
                                ),
                                name="deed_says_what",
                                violation_error_code="deed_incomplete",
                                violation_error_message="文书要写明单位、文书号和办什么：数量、期限、对方账户",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("target", None),
                                    models.Q(("target", models.F("account")), _negated=True),
                                    _connector="OR",
                                ),
                                name="deed_to_another_account",
                                violation_error_code="same_account",
                                violation_error_message="转入和转出不能是同一个账户",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        ("state", "DONE"),
                                    ),
                                    models.Q(
                                        models.Q(("state", "DONE"), _negated=True),
                                        ("confirmed_at", None),
                                        ("confirmed_by", None),
                                        ("journal", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="deed_done_by_two",
                                violation_error_code="not_confirmed",
                                violation_error_message="依文书办理要由第二位人员复核",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "WITHDRAWN"), _negated=True),
                                fields=("kind", "account", "document_no", "batch", "freeze", "pledge", "target"),
                                name="deed_once",
                                nulls_distinct=False,
                                violation_error_code="deed_twice",
                                violation_error_message="这份文书对这个账户已经录入过，请不要重复办理",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "WITHDRAWN"), _negated=True),
                                fields=("corrects", "account"),
                                name="deed_corrects_once",
                                violation_error_code="deed_twice",
                                violation_error_message="这笔流水已经更正过，或者更正正在办",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deed",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deed_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('ENTERED') THEN RAISE EXCEPTION 'refused by deed_moves' USING ERRCODE = '23514', CONSTRAINT = 'deed_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ENTERED', 'DONE'), ('ENTERED', 'WITHDRAWN')) THEN\n                RAISE EXCEPTION 'refused by deed_moves' USING ERRCODE = '23514', CONSTRAINT = 'deed_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="dfeda1d1946568782305940a2c14a8159b5506be",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_deed_moves_a0100",
                            table="registry_deed",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deed",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deed_as_entered",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'confirmed_by_id', 'confirmed_at', 'journal_id'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'confirmed_by_id', 'confirmed_at', 'journal_id'] THEN\n                RAISE EXCEPTION 'refused by deed_as_entered' USING ERRCODE = '23514', CONSTRAINT = 'deed_as_entered';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="7b1954c5ec08e0c0e06e4a8f6af5a2cd638a1218",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_deed_as_entered_773be",
                            table="registry_deed",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deed",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deed_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF OLD.state <> 'ENTERED' THEN RAISE EXCEPTION 'refused by deed_stays' USING ERRCODE = '23514', CONSTRAINT = 'deed_stays'; END IF; RETURN NEW;",
                            hash="899f2d186ff1206f3f94562b3b5e5ce5918bbfec",
                            operation="UPDATE",
                            pgid="pgtrigger_deed_stays_b002f",
                            table="registry_deed",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deed",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deed_confirmed_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.entered_by_id IS NOT NULL AND NEW.confirmed_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.entered_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.deed' AND object_id = NEW.id\n        AND verb IN ('registry.enter_freeze', 'registry.enter_renewal', 'registry.enter_release', 'registry.enter_enforcement', 'registry.enter_disposal', 'registry.enter_nontrade', 'registry.enter_correction', 'registry.enter_overissue') AND outcome = 'DONE' AND actor_id = NEW.entered_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.confirmed_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.deed' AND object_id = NEW.id\n        AND verb IN ('registry.confirm_deed') AND outcome = 'DONE' AND actor_id = NEW.confirmed_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by deed_confirmed_for_another' USING ERRCODE = '23514', CONSTRAINT = 'deed_confirmed_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="5ec02af20a7211c01ec67a64a3f4f0f7b6d16168",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_deed_confirmed_for_another_2157c",
                            table="registry_deed",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="FraudCase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="案号")),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fraud_cases",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="fraud_cases",
                                to="registry.holdingaccount",
                                verbose_name="项目业主账户",
                            ),
                        ),
                        ("facts", models.TextField(verbose_name="立案事实")),
                        (
                            "paper",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="立案材料",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("OPEN", "调查中，已暂停交易"),
                                    ("REPLACING", "已认定虚假，等业主补足"),
                                    ("CLEARED", "没有发现虚假"),
                                    ("SETTLED", "已处理完毕"),
                                ],
                                default="OPEN",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        ("held_t", models.BigIntegerField(default=0, verbose_name="暂停交易 t")),
                        ("false_t", models.BigIntegerField(null=True, verbose_name="认定虚假 t")),
                        ("cancelled_t", models.BigIntegerField(default=0, verbose_name="业主已强制注销 t")),
                        ("replaced_t", models.BigIntegerField(default=0, verbose_name="业主已等量注销 t")),
                        ("charged_t", models.BigIntegerField(default=0, verbose_name="后手已强制注销 t")),
                        ("replace_by", models.DateField(null=True, verbose_name="补足期限（含当日）")),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="立案人",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=kernel.clock.now, verbose_name="立案")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="决定人",
                            ),
                        ),
                        (
                            "charged_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="追究后手的决定人",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="结案")),
                    ],
                    options={
                        "verbose_name": "弄虚作假案件",
                        "verbose_name_plural": "弄虚作假案件",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("opened_by__isnull", True),
                                    ("decided_by__isnull", True),
                                    models.Q(("opened_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_decided_by_another",
                                violation_error_code="same_person",
                                violation_error_message="立案的人不能作决定，请第二位人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by__isnull", True),
                                    ("charged_by__isnull", True),
                                    models.Q(("decided_by", models.F("charged_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_charged_by_another",
                                violation_error_code="same_person",
                                violation_error_message="认定虚假的人不能再决定追究后手",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("OPEN", "REPLACING"))),
                                fields=("batch",),
                                name="case_one_open",
                                violation_error_code="case_open",
                                violation_error_message="这个批次已有一件没有办结的案件",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled_t__gte", 0),
                                    ("charged_t__gte", 0),
                                    ("held_t__gte", 0),
                                    ("replaced_t__gte", 0),
                                    models.Q(
                                        models.Q(
                                            ("cancelled_t", 0),
                                            ("charged_t", 0),
                                            ("false_t", None),
                                            ("replaced_t", 0),
                                            ("state__in", ["OPEN", "CLEARED"]),
                                        ),
                                        models.Q(
                                            (
                                                "false_t__gt",
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("cancelled_t"), "+", models.F("replaced_t")
                                                    ),
                                                    "+",
                                                    models.F("charged_t"),
                                                ),
                                            ),
                                            ("false_t__isnull", False),
                                            ("replace_by__isnull", False),
                                            ("state", "REPLACING"),
                                        ),
                                        models.Q(
                                            (
                                                "false_t",
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("cancelled_t"), "+", models.F("replaced_t")
                                                    ),
                                                    "+",
                                                    models.F("charged_t"),
                                                ),
                                            ),
                                            ("false_t__gt", 0),
                                            ("false_t__isnull", False),
                                            ("state", "SETTLED"),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="case_adds_up",
                                violation_error_code="case_does_not_add_up",
                                violation_error_message="强制注销、等量注销加起来要等于认定虚假的吨数，案件才能办结",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state__in", ("OPEN", "REPLACING"))),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("held_t", 0),
                                        ("state__in", ["CLEARED", "SETTLED"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_closed_holds_nothing",
                                violation_error_code="case_not_empty",
                                violation_error_message="案件办结要由第二位人员决定，并恢复所有暂停交易的减排量",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('OPEN') THEN RAISE EXCEPTION 'refused by case_moves' USING ERRCODE = '23514', CONSTRAINT = 'case_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('OPEN', 'CLEARED'), ('OPEN', 'REPLACING'), ('OPEN', 'SETTLED'), ('REPLACING', 'SETTLED')) THEN\n                RAISE EXCEPTION 'refused by case_moves' USING ERRCODE = '23514', CONSTRAINT = 'case_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1daec9a18fac31598d43e3821db0d51f97e785d4",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_case_moves_1d326",
                            table="registry_fraudcase",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_as_opened",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'held_t', 'false_t', 'cancelled_t', 'replaced_t', 'charged_t', 'replace_by', 'decided_by_id', 'charged_by_id', 'closed_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'held_t', 'false_t', 'cancelled_t', 'replaced_t', 'charged_t', 'replace_by', 'decided_by_id', 'charged_by_id', 'closed_at'] THEN\n                RAISE EXCEPTION 'refused by case_as_opened' USING ERRCODE = '23514', CONSTRAINT = 'case_as_opened';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="ab2703ba28080ac3d2c1f499db7bef626ef2b400",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_case_as_opened_867e3",
                            table="registry_fraudcase",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_has_decision",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.false_t IS NOT NULL AND NOT EXISTS (\n                        SELECT 1 FROM registry_frauddecision d WHERE d.case_id = NEW.id AND d.false_t = NEW.false_t\n                            AND d.decided_by_id = NEW.decided_by_id) THEN RAISE EXCEPTION 'refused by case_has_decision' USING ERRCODE = '23514', CONSTRAINT = 'case_has_decision';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="18ead5304fd6d0acb76f2861942d59e2d36487c1",
                            operation="UPDATE",
                            pgid="pgtrigger_case_has_decision_82891",
                            table="registry_fraudcase",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_charged_by_article",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.charged_t > 0 AND NOT EXISTS (\n                        SELECT 1 FROM registry_batch b JOIN registry_series s ON s.id = b.series_id\n                        JOIN projects_project p ON p.id = s.project_id JOIN office_profile f ON f.id = p.profile_id\n                        WHERE b.id = NEW.batch_id AND f.second_liability <> '') THEN RAISE EXCEPTION 'refused by case_charged_by_article' USING ERRCODE = '23514', CONSTRAINT = 'case_charged_by_article';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="7350fb7ea88f1f735a42ee34c290abbf03a1ca41",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_case_charged_by_article_522d4",
                            table="registry_fraudcase",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_suspends_all",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF EXISTS (SELECT 1 FROM registry_fraudcase c WHERE c.id = NEW.id AND c.state IN ('OPEN', 'REPLACING')) AND EXISTS (\n        SELECT 1 FROM registry_block k WHERE k.batch_id = NEW.batch_id AND k.closed_by_id IS NULL AND k.state IN ('AVAILABLE', 'TRANSFER_PENDING', 'RETIRE_PENDING', 'TRADING'))\n    THEN RAISE EXCEPTION 'refused by case_suspends_all' USING ERRCODE = '23514', CONSTRAINT = 'case_suspends_all'; END IF;\n    RETURN NULL;\n",
                            hash="e2fae7a06a561efa4547f4365a2f2fd55ff8fd81",
                            operation="INSERT",
                            pgid="pgtrigger_case_suspends_all_96082",
                            table="registry_fraudcase",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_made_good",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF EXISTS (SELECT 1 FROM registry_fraudcase c WHERE c.id = NEW.id AND (\n        c.cancelled_t + c.charged_t IS DISTINCT FROM (\n            SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n            WHERE e.fraudcase_id = c.id AND k.state = 'CANCELLED')\n        OR c.replaced_t IS DISTINCT FROM (\n            SELECT coalesce(sum(r.quantity_t), 0) FROM registry_retirement r WHERE r.case_id = c.id AND r.state = 'RETIRED')))\n    THEN RAISE EXCEPTION 'refused by case_made_good' USING ERRCODE = '23514', CONSTRAINT = 'case_made_good'; END IF;\n    RETURN NULL;\n",
                            hash="50eb0568bc28aa4299ec1ff33a7cfb3ab4f2abdc",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_case_made_good_221a6",
                            table="registry_fraudcase",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_has_its_units",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="IF (SELECT h.held_t FROM registry_fraudcase h WHERE h.id = NEW.id) IS DISTINCT FROM (\n        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k\n        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n        WHERE e.fraudcase_id = NEW.id AND k.state = 'SUSPENDED' AND k.closed_by_id IS NULL\n    ) THEN RAISE EXCEPTION 'refused by case_has_its_units' USING ERRCODE = '23514', CONSTRAINT = 'case_has_its_units'; END IF; RETURN NULL;",
                            hash="44f41767e16e2011cba679fb033c35c85fde1cca",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_case_has_its_units_cd788",
                            table="registry_fraudcase",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="fraudcase",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_decided_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.opened_by_id IS NOT NULL AND NEW.decided_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.opened_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.fraudcase' AND object_id = NEW.id\n        AND verb IN ('registry.open_fraud_case') AND outcome = 'DONE' AND actor_id = NEW.opened_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.decided_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.fraudcase' AND object_id = NEW.id\n        AND verb IN ('registry.decide_fraud_case', 'registry.clear_fraud_case') AND outcome = 'DONE' AND actor_id = NEW.decided_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by case_decided_for_another' USING ERRCODE = '23514', CONSTRAINT = 'case_decided_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="25e17d020e51ff98050e7a285bf13a0ff73f26a6",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_case_decided_for_another_f34c6",
                            table="registry_fraudcase",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="FraudDecision",
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
                            "case",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decision",
                                to="registry.fraudcase",
                                verbose_name="案件",
                            ),
                        ),
                        ("false_t", models.BigIntegerField(verbose_name="认定虚假 t")),
                    ],
                    options={
                        "verbose_name": "弄虚作假处理决定书",
                        "verbose_name_plural": "弄虚作假处理决定书",
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
                                    ("false_t__gt", 0),
                                ),
                                name="fraud_decision_is_whole",
                                violation_error_code="decision_incomplete",
                                violation_error_message="决定书要写全事实、依据、救济途径和送达记录",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="frauddecision",
                    trigger=pgtrigger.compiler.Trigger(
                        name="fraud_decision_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by fraud_decision_append_only' USING ERRCODE = '23514', CONSTRAINT = 'fraud_decision_append_only';",
                            hash="4408f2ecee22dd4256107e4eada59b0778b36b9c",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_fraud_decision_append_only_16f1f",
                            table="registry_frauddecision",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Freeze",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "deed",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="made_freeze",
                                to="registry.deed",
                                verbose_name="文书",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="freezes",
                                to="registry.holdingaccount",
                                verbose_name="账户",
                            ),
                        ),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        (
                            "batch",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        ("until", models.DateField(verbose_name="冻结至（含当日）")),
                        (
                            "behind",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="followed_by",
                                to="registry.freeze",
                                verbose_name="轮候在后",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("IN_FORCE", "冻结中"),
                                    ("RELEASED", "已解除"),
                                    ("EXPIRED", "已到期"),
                                    ("ENFORCED", "已执行完"),
                                ],
                                default="IN_FORCE",
                                max_length=9,
                                verbose_name="状态",
                            ),
                        ),
                        ("held_t", models.BigIntegerField(default=0, verbose_name="已冻结 t")),
                        ("enforced_t", models.BigIntegerField(default=0, verbose_name="已执行 t")),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="冻结")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="结束")),
                    ],
                    options={
                        "verbose_name": "司法冻结",
                        "verbose_name_plural": "司法冻结",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "IN_FORCE")), fields=["account"], name="freeze_in_force"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("enforced_t__gte", 0),
                                    ("held_t__gte", 0),
                                    (
                                        "quantity_t__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("held_t"), "+", models.F("enforced_t")
                                        ),
                                    ),
                                ),
                                name="freeze_within_its_quantity",
                                violation_error_code="bad_quantity",
                                violation_error_message="冻结和执行的吨数不能超过文书写的数量",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("state", "IN_FORCE")),
                                    models.Q(
                                        models.Q(("state", "IN_FORCE"), _negated=True),
                                        ("ended_at__isnull", False),
                                        ("held_t", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="freeze_ended_holds_nothing",
                                violation_error_code="freeze_not_empty",
                                violation_error_message="冻结结束时不能再占着减排量",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="freeze",
                    trigger=pgtrigger.compiler.Trigger(
                        name="freeze_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('IN_FORCE') THEN RAISE EXCEPTION 'refused by freeze_moves' USING ERRCODE = '23514', CONSTRAINT = 'freeze_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('IN_FORCE', 'ENFORCED'), ('IN_FORCE', 'EXPIRED'), ('IN_FORCE', 'RELEASED')) THEN\n                RAISE EXCEPTION 'refused by freeze_moves' USING ERRCODE = '23514', CONSTRAINT = 'freeze_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="e5d5123e6b6f667890f8aad144b613d15d5da075",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_freeze_moves_1b5d5",
                            table="registry_freeze",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="freeze",
                    trigger=pgtrigger.compiler.Trigger(
                        name="freeze_as_ordered",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'until', 'held_t', 'enforced_t', 'ended_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'until', 'held_t', 'enforced_t', 'ended_at'] THEN\n                RAISE EXCEPTION 'refused by freeze_as_ordered' USING ERRCODE = '23514', CONSTRAINT = 'freeze_as_ordered';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="afc4b83fc7618a9ac6aa597cc8694f1811b8efc6",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_freeze_as_ordered_85040",
                            table="registry_freeze",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="freeze",
                    trigger=pgtrigger.compiler.Trigger(
                        name="freeze_by_deed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM registry_deed d WHERE d.id = NEW.deed_id AND d.kind = 'FREEZE' AND d.state = 'DONE'\n                            AND d.account_id = NEW.account_id AND d.quantity_t = NEW.quantity_t\n                            AND d.batch_id IS NOT DISTINCT FROM NEW.batch_id AND d.until = NEW.until\n                            AND d.freeze_id IS NOT DISTINCT FROM NEW.behind_id)\n                    THEN RAISE EXCEPTION 'refused by freeze_by_deed' USING ERRCODE = '23514', CONSTRAINT = 'freeze_by_deed'; END IF;\n                    RETURN NULL;\n                ",
                            hash="950cb52e5edb0f74266dae66d574654104e1d0dc",
                            operation="INSERT",
                            pgid="pgtrigger_freeze_by_deed_4f937",
                            table="registry_freeze",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="freeze",
                    trigger=pgtrigger.compiler.Trigger(
                        name="freeze_changed_by_deed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.until < OLD.until\n                        OR (NEW.until > OLD.until AND NOT EXISTS (\n                            SELECT 1 FROM registry_deed d WHERE d.freeze_id = NEW.id AND d.kind = 'RENEW'\n                                AND d.state = 'DONE' AND d.until = NEW.until))\n                        OR (NEW.state = 'RELEASED' AND NOT EXISTS (\n                            SELECT 1 FROM registry_deed d WHERE d.freeze_id = NEW.id AND d.kind = 'RELEASE' AND d.state = 'DONE'))\n                        OR NEW.enforced_t IS DISTINCT FROM coalesce((\n                            SELECT sum(d.quantity_t) FROM registry_deed d\n                            WHERE d.freeze_id = NEW.id AND d.kind = 'ENFORCE' AND d.state = 'DONE'), 0)\n                    THEN RAISE EXCEPTION 'refused by freeze_changed_by_deed' USING ERRCODE = '23514', CONSTRAINT = 'freeze_changed_by_deed'; END IF;\n                    RETURN NULL;\n                ",
                            hash="0936e68e609807b10fd3d9c1ce4b59df68bab347",
                            operation="UPDATE",
                            pgid="pgtrigger_freeze_changed_by_deed_add71",
                            table="registry_freeze",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="freeze",
                    trigger=pgtrigger.compiler.Trigger(
                        name="freeze_has_its_units",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="IF (SELECT h.held_t FROM registry_freeze h WHERE h.id = NEW.id) IS DISTINCT FROM (\n        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k\n        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n        WHERE e.freeze_id = NEW.id AND k.state = 'JUDICIAL_FROZEN' AND k.closed_by_id IS NULL\n    ) THEN RAISE EXCEPTION 'refused by freeze_has_its_units' USING ERRCODE = '23514', CONSTRAINT = 'freeze_has_its_units'; END IF; RETURN NULL;",
                            hash="0198c162e9fd68d208eda1de8c2e7ef46abef5e8",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_freeze_has_its_units_90577",
                            table="registry_freeze",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="HoldEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "journal",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hold",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        (
                            "freeze",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="registry.freeze",
                                verbose_name="冻结",
                            ),
                        ),
                        (
                            "fraudcase",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="registry.fraudcase",
                                verbose_name="弄虚作假案件",
                            ),
                        ),
                        (
                            "pledge",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="registry.pledge",
                                verbose_name="质押",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "占用流水",
                        "verbose_name_plural": "占用流水",
                        "ordering": ("pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("fraudcase", None), ("freeze__isnull", False), ("pledge", None)),
                                    models.Q(("fraudcase__isnull", False), ("freeze", None), ("pledge", None)),
                                    models.Q(("fraudcase", None), ("freeze", None), ("pledge__isnull", False)),
                                    _connector="OR",
                                ),
                                name="hold_entry_of_one",
                                violation_error_code="hold_of_one",
                                violation_error_message="一笔占用流水只属于一笔冻结、质押或案件",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holdentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="hold_entry_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by hold_entry_append_only' USING ERRCODE = '23514', CONSTRAINT = 'hold_entry_append_only';",
                            hash="c616ff64ee6a9468f88fb851f733c88fae299431",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_hold_entry_append_only_1989d",
                            table="registry_holdentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="HoldingAccount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=20, unique=True, verbose_name="账户号")),
                        (
                            "organisation",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="holding_account",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("OWNER", "项目业主"),
                                    ("EMITTER", "重点排放单位"),
                                    ("TRADER", "其他交易主体"),
                                    ("VERIFIER", "审定与核查机构"),
                                    ("AUTHORITY", "生态环境主管部门"),
                                    ("SCENE_OPERATOR", "场景运营方"),
                                ],
                                default="TRADER",
                                max_length=16,
                                verbose_name="账户类型",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("OPEN", "正常"),
                                    ("RESTRICTED", "限制使用"),
                                    ("FROZEN", "司法冻结"),
                                    ("CLOSED", "已销户"),
                                ],
                                default="OPEN",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=kernel.clock.now, verbose_name="开户")),
                        ("licence_valid_until", models.DateField(blank=True, null=True, verbose_name="执照有效期至")),
                        ("checked_on", models.DateField(default=kernel.clock.today, verbose_name="最近核查")),
                    ],
                    options={
                        "verbose_name": "持有账户",
                        "verbose_name_plural": "持有账户",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holdingaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="account_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('OPEN') THEN RAISE EXCEPTION 'refused by account_moves' USING ERRCODE = '23514', CONSTRAINT = 'account_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('FROZEN', 'OPEN'), ('OPEN', 'CLOSED'), ('OPEN', 'FROZEN'), ('OPEN', 'RESTRICTED'), ('RESTRICTED', 'CLOSED'), ('RESTRICTED', 'FROZEN'), ('RESTRICTED', 'OPEN')) THEN\n                RAISE EXCEPTION 'refused by account_moves' USING ERRCODE = '23514', CONSTRAINT = 'account_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="dc828baff9ed505b86e88fa4d558bdabe39fbb58",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_account_moves_f3983",
                            table="registry_holdingaccount",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holdingaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="account_closed_is_empty",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    IF NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED' AND (\n        EXISTS (SELECT 1 FROM registry_block WHERE holder_id = NEW.id AND closed_by_id IS NULL\n            AND state NOT IN ('RETIRED', 'CANCELLED'))\n        OR EXISTS (SELECT 1 FROM registry_transfer WHERE NEW.id IN (source_id, target_id) AND state IN ('CONFIRMING', 'OFFERED'))\n        OR EXISTS (SELECT 1 FROM registry_retirement WHERE account_id = NEW.id AND state IN ('CONFIRMING', 'PENDING', 'REVIEWED'))\n        OR EXISTS (SELECT 1 FROM registry_freeze WHERE account_id = NEW.id AND state = 'IN_FORCE'))\n    THEN RAISE EXCEPTION 'refused by account_closed_is_empty' USING ERRCODE = '23514', CONSTRAINT = 'account_closed_is_empty'; END IF;\n    RETURN NEW;\n",
                            hash="e95d2deb981183be3f904ad198b8c8f730fc8fe0",
                            operation="UPDATE",
                            pgid="pgtrigger_account_closed_is_empty_44bf7",
                            table="registry_holdingaccount",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holdingaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="account_moved_by_request",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF NEW.state <> OLD.state AND NEW.state <> 'RESTRICTED' AND NOT EXISTS (\n        SELECT 1 FROM registry_accountrequest r WHERE r.account_id = NEW.id AND r.state = 'APPROVED'\n            AND r.txid = pg_current_xact_id()::text::bigint AND r.kind = CASE\n                WHEN NEW.state = 'FROZEN' THEN 'FREEZE' WHEN NEW.state = 'CLOSED' THEN 'CLOSE'\n                WHEN OLD.state = 'FROZEN' THEN 'UNFREEZE' ELSE 'RESTORE' END)\n    THEN RAISE EXCEPTION 'refused by account_moved_by_request' USING ERRCODE = '23514', CONSTRAINT = 'account_moved_by_request'; END IF;\n    RETURN NULL;\n",
                            hash="3cef81c0959e4a4b936f42a97917a90177812139",
                            operation="UPDATE",
                            pgid="pgtrigger_account_moved_by_request_95fd9",
                            table="registry_holdingaccount",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Journal",
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
                                    ("ISSUE", "签发"),
                                    ("MOVE_IN", "迁入"),
                                    ("RESERVE", "预留"),
                                    ("RELEASE", "退回"),
                                    ("TRANSFER", "转移"),
                                    ("NONTRADE", "非交易过户"),
                                    ("TO_VENUE", "划转至交易账户"),
                                    ("FROM_VENUE", "从交易账户转出"),
                                    ("SETTLE", "成交交收"),
                                    ("PLEDGE", "质押"),
                                    ("UNPLEDGE", "解押"),
                                    ("FREEZE", "冻结"),
                                    ("UNFREEZE", "解冻"),
                                    ("ENFORCE", "强制执行"),
                                    ("SUSPEND", "暂停交易"),
                                    ("RESUME", "恢复交易"),
                                    ("RETIRE", "注销"),
                                    ("CANCEL", "强制注销"),
                                    ("CORRECT", "更正"),
                                ],
                                max_length=12,
                                verbose_name="种类",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="办理人",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="事由")),
                        ("business_at", models.DateTimeField(default=kernel.clock.now, verbose_name="业务时间")),
                        ("real_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="实际时间")),
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
                        "verbose_name": "流水",
                        "verbose_name_plural": "流水",
                        "ordering": ("-pk",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by journal_append_only' USING ERRCODE = '23514', CONSTRAINT = 'journal_append_only';",
                            hash="285fd152cf617369d31731bb537ff7db47b39b51",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_journal_append_only_e3c8f",
                            table="registry_journal",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_balances",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n        IF NOT EXISTS (SELECT 1 FROM registry_block WHERE opened_by_id = NEW.id) THEN RAISE EXCEPTION 'refused by journal_balances' USING ERRCODE = '23514', CONSTRAINT = 'journal_balances'; END IF;\n        IF NEW.kind IN ('ISSUE', 'MOVE_IN') THEN\n            IF EXISTS (SELECT 1 FROM registry_block WHERE closed_by_id = NEW.id)\n                OR (SELECT range_agg(serials) FROM registry_block WHERE opened_by_id = NEW.id) IS DISTINCT FROM\n                   (SELECT range_agg(int8range(serial_from, serial_to, '[]')) FROM registry_batch WHERE journal_id = NEW.id)\n                OR EXISTS (SELECT 1 FROM registry_block k JOIN registry_batch b ON b.id = k.batch_id\n                           WHERE k.opened_by_id = NEW.id AND (b.journal_id <> NEW.id OR b.series_id <> k.series_id))\n            THEN RAISE EXCEPTION 'refused by journal_balances' USING ERRCODE = '23514', CONSTRAINT = 'journal_balances'; END IF;\n        ELSIF EXISTS (\n            SELECT 1 FROM (\n                SELECT series_id, batch_id, serials, holder_id, true AS opened FROM registry_block WHERE opened_by_id = NEW.id\n                UNION ALL\n                SELECT series_id, batch_id, serials, holder_id, false FROM registry_block WHERE closed_by_id = NEW.id\n            ) AS legs\n            GROUP BY series_id, batch_id, CASE WHEN NEW.kind IN ('CORRECT', 'ENFORCE', 'NONTRADE', 'SETTLE', 'TRANSFER') THEN 0 ELSE holder_id END\n            HAVING range_agg(serials) FILTER (WHERE opened) IS DISTINCT FROM range_agg(serials) FILTER (WHERE NOT opened)\n        ) THEN RAISE EXCEPTION 'refused by journal_balances' USING ERRCODE = '23514', CONSTRAINT = 'journal_balances'; END IF;\n        RETURN NULL;\n    ",
                            hash="14424acd3907f5b1dbc1cd0f50215ad3536cb459",
                            operation="INSERT",
                            pgid="pgtrigger_journal_balances_6c0c9",
                            table="registry_journal",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_corrects_by_deed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"kind\" = 'CORRECT')",
                            constraint="CONSTRAINT",
                            func="\n                    IF NOT EXISTS (SELECT 1 FROM registry_deed WHERE journal_id = NEW.id AND kind IN ('CORRECT', 'VOID')) THEN RAISE EXCEPTION 'refused by journal_corrects_by_deed' USING ERRCODE = '23514', CONSTRAINT = 'journal_corrects_by_deed';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="a071993fb6f3aa878c28e5cbdb6c36985d46a832",
                            operation="INSERT",
                            pgid="pgtrigger_journal_corrects_by_deed_85a57",
                            table="registry_journal",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_has_its_deed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.kind IN ('ENFORCE', 'NONTRADE') AND NOT EXISTS (\n                        SELECT 1 FROM registry_deed d WHERE d.journal_id = NEW.id AND d.state = 'DONE') THEN RAISE EXCEPTION 'refused by journal_has_its_deed' USING ERRCODE = '23514', CONSTRAINT = 'journal_has_its_deed';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="a940b9ecbbcbedf9e10f852a69b708ec879ac944",
                            operation="INSERT",
                            pgid="pgtrigger_journal_has_its_deed_3e70b",
                            table="registry_journal",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_moved_in_by_opening",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"kind\" IN ('ISSUE', 'MOVE_IN'))",
                            constraint="CONSTRAINT",
                            func="\n                    IF EXISTS (\n                        SELECT 1 FROM registry_batch b JOIN projects_monitoringperiod p ON p.id = b.period_id\n                        LEFT JOIN registry_movedbatch m ON m.batch_id = b.id\n                        WHERE b.journal_id = NEW.id AND ((NEW.kind = 'MOVE_IN') <> (p.opening_id IS NOT NULL)\n                            OR (NEW.kind = 'MOVE_IN') <> (m.id IS NOT NULL))) THEN RAISE EXCEPTION 'refused by journal_moved_in_by_opening' USING ERRCODE = '23514', CONSTRAINT = 'journal_moved_in_by_opening';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="f2f6265a6bd3112e9dd19401c277570fe79c0003",
                            operation="INSERT",
                            pgid="pgtrigger_journal_moved_in_by_opening_2e8ae",
                            table="registry_journal",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="LoggedJournal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "journal",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="logged",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        (
                            "leaf",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="certificates.logleaf",
                                verbose_name="日志页",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "已入日志的流水",
                        "verbose_name_plural": "已入日志的流水",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="loggedjournal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="logged_journal_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by logged_journal_append_only' USING ERRCODE = '23514', CONSTRAINT = 'logged_journal_append_only';",
                            hash="5488e830f880fd91ca95dd122629a35ed314d56d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_logged_journal_append_only_92584",
                            table="registry_loggedjournal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MovedBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "batch",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moved",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        (
                            "opening",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batches",
                                to="projects.opening",
                                verbose_name="期初迁入",
                            ),
                        ),
                        ("row", models.PositiveIntegerField(verbose_name="行")),
                        ("old_serial", models.CharField(blank=True, max_length=200, verbose_name="原编号")),
                        ("document", models.CharField(max_length=100, verbose_name="批准文号")),
                        ("issued_on", models.DateField(verbose_name="原签发日期")),
                        ("issued_t", models.BigIntegerField(verbose_name="签发 t")),
                        ("held_t", models.BigIntegerField(verbose_name="持有 t")),
                        ("retired_t", models.BigIntegerField(verbose_name="注销 t")),
                    ],
                    options={
                        "verbose_name": "迁入的批次",
                        "verbose_name_plural": "迁入的批次",
                        "ordering": ("pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("held_t__gte", 0),
                                    (
                                        "issued_t",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("held_t"), "+", models.F("retired_t")
                                        ),
                                    ),
                                    ("retired_t__gte", 0),
                                ),
                                name="moved_batch_whole",
                                violation_error_code="does_not_add_up",
                                violation_error_message="迁入的批次，签发量等于持有量加注销量",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="movedbatch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moved_batch_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by moved_batch_append_only' USING ERRCODE = '23514', CONSTRAINT = 'moved_batch_append_only';",
                            hash="6fcd0fcd0bc1d93e7fd0e45ba6b416aa9160ca0a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_moved_batch_append_only_9ce06",
                            table="registry_movedbatch",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="movedbatch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moved_batch_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF NOT EXISTS (\n        SELECT 1 FROM registry_batch b\n        JOIN projects_monitoringperiod p ON p.id = b.period_id AND p.opening_id = NEW.opening_id AND p.issued_t = NEW.issued_t\n        JOIN registry_journal j ON j.id = b.journal_id AND j.kind = 'MOVE_IN'\n        WHERE b.id = NEW.batch_id AND b.serial_to - b.serial_from + 1 = NEW.issued_t)\n        OR NEW.held_t IS DISTINCT FROM (SELECT coalesce(sum(k.quantity_t) FILTER (WHERE k.state = 'AVAILABLE'), 0)\n            FROM registry_block k JOIN registry_batch b ON b.journal_id = k.opened_by_id WHERE b.id = NEW.batch_id)\n        OR NEW.retired_t IS DISTINCT FROM (SELECT coalesce(sum(k.quantity_t), 0) FROM registry_movedretirement r\n            JOIN registry_block k ON k.id = r.block_id JOIN registry_batch b ON b.journal_id = k.opened_by_id\n            WHERE b.id = NEW.batch_id)\n    THEN RAISE EXCEPTION 'refused by moved_batch_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'moved_batch_adds_up'; END IF;\n    RETURN NULL;\n",
                            hash="6d1dc6dc7359fd63765ba19a808306c5435ec673",
                            operation="INSERT",
                            pgid="pgtrigger_moved_batch_adds_up_89366",
                            table="registry_movedbatch",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MovedRetirement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "block",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="moved_retirement",
                                to="registry.block",
                                verbose_name="减排量",
                            ),
                        ),
                        (
                            "opening",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="retirements",
                                to="projects.opening",
                                verbose_name="期初迁入",
                            ),
                        ),
                        ("row", models.PositiveIntegerField(verbose_name="行")),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        ("beneficiary", models.CharField(max_length=48, verbose_name="受益方")),
                        ("purpose", models.CharField(max_length=100, verbose_name="用途")),
                        ("retired_on", models.DateField(verbose_name="注销日期")),
                        ("certificate_no", models.CharField(blank=True, max_length=60, verbose_name="原证书号")),
                    ],
                    options={
                        "verbose_name": "迁入的注销",
                        "verbose_name_plural": "迁入的注销",
                        "ordering": ("-retired_on", "-pk"),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="movedretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moved_retirement_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by moved_retirement_append_only' USING ERRCODE = '23514', CONSTRAINT = 'moved_retirement_append_only';",
                            hash="50580cb621c481ab3fa9e37925f80de54ac613b0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_moved_retirement_append_only_a033c",
                            table="registry_movedretirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="movedretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="moved_retirement_of_its_block",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM registry_block k JOIN registry_batch b ON b.id = k.batch_id AND b.journal_id = k.opened_by_id\n                        JOIN projects_monitoringperiod p ON p.id = b.period_id AND p.opening_id = NEW.opening_id\n                        WHERE k.id = NEW.block_id AND k.state = 'RETIRED' AND k.quantity_t = NEW.quantity_t) THEN RAISE EXCEPTION 'refused by moved_retirement_of_its_block' USING ERRCODE = '23514', CONSTRAINT = 'moved_retirement_of_its_block';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="ba6b1bb8c8246a8b717c1861e4316960c35568a7",
                            operation="INSERT",
                            pgid="pgtrigger_moved_retirement_of_its_block_edb72",
                            table="registry_movedretirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Pledge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pledges",
                                to="registry.holdingaccount",
                                verbose_name="出质账户",
                            ),
                        ),
                        (
                            "creditor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pledges_held",
                                to="registry.holdingaccount",
                                verbose_name="质权人账户",
                            ),
                        ),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        (
                            "batch",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        ("contract_no", models.CharField(max_length=100, verbose_name="质押合同号")),
                        ("reason", models.TextField(blank=True, verbose_name="事由")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("CONFIRMING", "待确认代表确认"),
                                    ("OFFERED", "待质权人接受"),
                                    ("IN_FORCE", "质押中"),
                                    ("RELEASED", "已解押"),
                                    ("ENFORCED", "已处置"),
                                    ("REFUSED", "质权人不接受"),
                                    ("CANCELLED", "已取消"),
                                ],
                                default="CONFIRMING",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("held_t", models.BigIntegerField(default=0, verbose_name="质押中 t")),
                        ("enforced_t", models.BigIntegerField(default=0, verbose_name="已处置 t")),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发起代表",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发起")),
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
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="质权人代表",
                            ),
                        ),
                        ("accepted_at", models.DateTimeField(null=True, verbose_name="质权人接受")),
                        (
                            "requested_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="申请处置人",
                            ),
                        ),
                        ("requested_at", models.DateTimeField(null=True, verbose_name="申请处置")),
                        (
                            "released_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="解押人",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="结束")),
                    ],
                    options={
                        "verbose_name": "质押",
                        "verbose_name_plural": "质押",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("made_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="pledge_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account", models.F("creditor")), _negated=True),
                                    models.Q(("contract_no", ""), _negated=True),
                                ),
                                name="pledge_to_another",
                                violation_error_code="same_account",
                                violation_error_message="质权人要是另一个账户，并写明合同号",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("enforced_t__gte", 0),
                                    ("held_t__gte", 0),
                                    ("quantity_t__gt", 0),
                                    models.Q(
                                        models.Q(
                                            ("accepted_at__isnull", False),
                                            ("answered_by__isnull", False),
                                            ("confirmed_by__isnull", False),
                                            ("held_t__gt", 0),
                                            (
                                                "quantity_t",
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("held_t"), "+", models.F("enforced_t")
                                                ),
                                            ),
                                            ("state", "IN_FORCE"),
                                        ),
                                        models.Q(
                                            ("ended_at__isnull", False),
                                            ("held_t", 0),
                                            ("state__in", ["RELEASED", "ENFORCED"]),
                                        ),
                                        models.Q(
                                            ("enforced_t", 0),
                                            ("held_t", 0),
                                            ("state__in", ["CONFIRMING", "OFFERED", "REFUSED", "CANCELLED"]),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="pledge_holds_what_it_says",
                                violation_error_code="bad_quantity",
                                violation_error_message="质押中的吨数要等于合同的数量，由双方三个人办成；结束后不再占着减排量",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pledge",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pledge_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('CONFIRMING') THEN RAISE EXCEPTION 'refused by pledge_moves' USING ERRCODE = '23514', CONSTRAINT = 'pledge_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('CONFIRMING', 'CANCELLED'), ('CONFIRMING', 'OFFERED'), ('IN_FORCE', 'ENFORCED'), ('IN_FORCE', 'RELEASED'), ('OFFERED', 'CANCELLED'), ('OFFERED', 'IN_FORCE'), ('OFFERED', 'REFUSED')) THEN\n                RAISE EXCEPTION 'refused by pledge_moves' USING ERRCODE = '23514', CONSTRAINT = 'pledge_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="7cd3fdd1729f14f5dfce50cdc3ff7fff48e40e4e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_pledge_moves_89bb1",
                            table="registry_pledge",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pledge",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pledge_as_made",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'held_t', 'enforced_t', 'confirmed_by_id', 'answered_by_id', 'accepted_at', 'requested_by_id', 'requested_at', 'released_by_id', 'ended_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'held_t', 'enforced_t', 'confirmed_by_id', 'answered_by_id', 'accepted_at', 'requested_by_id', 'requested_at', 'released_by_id', 'ended_at'] THEN\n                RAISE EXCEPTION 'refused by pledge_as_made' USING ERRCODE = '23514', CONSTRAINT = 'pledge_as_made';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="c0d7a430b6fa3b4aa952ddce7d00032fc633addd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_pledge_as_made_c4447",
                            table="registry_pledge",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pledge",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pledge_enforced_by_deed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.enforced_t IS DISTINCT FROM coalesce((\n                        SELECT sum(d.quantity_t) FROM registry_deed d\n                        WHERE d.pledge_id = NEW.id AND d.kind = 'DISPOSE' AND d.state = 'DONE'), 0)\n                    THEN RAISE EXCEPTION 'refused by pledge_enforced_by_deed' USING ERRCODE = '23514', CONSTRAINT = 'pledge_enforced_by_deed'; END IF;\n                    RETURN NULL;\n                ",
                            hash="f4e3b8a123db09c25dbb7351f8bb0b87809bce9e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_pledge_enforced_by_deed_6ef6c",
                            table="registry_pledge",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pledge",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pledge_has_its_units",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="IF (SELECT h.held_t FROM registry_pledge h WHERE h.id = NEW.id) IS DISTINCT FROM (\n        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k\n        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n        WHERE e.pledge_id = NEW.id AND k.state = 'PLEDGED' AND k.closed_by_id IS NULL\n    ) THEN RAISE EXCEPTION 'refused by pledge_has_its_units' USING ERRCODE = '23514', CONSTRAINT = 'pledge_has_its_units'; END IF; RETURN NULL;",
                            hash="a25c605e70e14ce692b80e309a9bcc7168475402",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_pledge_has_its_units_c570d",
                            table="registry_pledge",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Retirement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="retirements",
                                to="registry.holdingaccount",
                                verbose_name="账户",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("COMPLIANCE", "履约抵销"),
                                    ("EVENT", "大型活动碳中和"),
                                    ("CORP", "企业碳中和"),
                                    ("PERSONAL", "个人碳中和"),
                                    ("CHARITY", "公益自愿注销"),
                                    ("ECO_DAMAGE", "生态环境损害赔偿"),
                                    ("POINTS", "碳积分兑换消耗"),
                                    ("SUBSTITUTE", "等量注销"),
                                ],
                                max_length=12,
                                verbose_name="用途类别",
                            ),
                        ),
                        ("beneficiary", models.CharField(max_length=48, verbose_name="受益方")),
                        ("purpose", models.CharField(max_length=100, verbose_name="用途")),
                        ("basis", models.CharField(blank=True, max_length=100, verbose_name="依据")),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("CONFIRMING", "待确认代表确认"),
                                    ("PENDING", "注销待审"),
                                    ("REVIEWED", "待第二人复核"),
                                    ("RETIRED", "已注销"),
                                    ("REFUSED", "不予注销"),
                                    ("CANCELLED", "已取消"),
                                ],
                                default="CONFIRMING",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "reserved",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.journal",
                                verbose_name="预留流水",
                            ),
                        ),
                        (
                            "journal",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="retirement",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replacements",
                                to="registry.fraudcase",
                                verbose_name="补足的案件",
                            ),
                        ),
                        (
                            "made_by",
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
                            "reviewed_by",
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
                            "approved_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="复核人",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发起")),
                        ("retired_at", models.DateTimeField(null=True, verbose_name="注销")),
                    ],
                    options={
                        "verbose_name": "注销",
                        "verbose_name_plural": "注销",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("made_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("approved_by__isnull", True),
                                    models.Q(("made_by", models.F("approved_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_not_approved_by_maker",
                                violation_error_code="same_person",
                                violation_error_message="发起的人不能审批",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    ("approved_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("approved_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_approved_by_another",
                                violation_error_code="same_person",
                                violation_error_message="确认的人不能审批",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("reviewed_by__isnull", True),
                                    models.Q(("made_by", models.F("reviewed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_not_reviewed_by_maker",
                                violation_error_code="same_person",
                                violation_error_message="发起的人不能审核",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    ("reviewed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("reviewed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_not_reviewed_by_checker",
                                violation_error_code="same_person",
                                violation_error_message="确认的人不能审核",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reviewed_by__isnull", True),
                                    ("approved_by__isnull", True),
                                    models.Q(("reviewed_by", models.F("approved_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_second_officer",
                                violation_error_code="same_person",
                                violation_error_message="审核的人不能复核，请第二位人员办理；代办视同本人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ["CORP", "ECO_DAMAGE", "POINTS", "COMPLIANCE", "SUBSTITUTE"]),
                                        _negated=True,
                                    ),
                                    models.Q(("basis", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="retirement_has_basis",
                                violation_error_code="no_basis",
                                violation_error_message="这一类注销要写明依据",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity_t__gt", 0)),
                                name="retirement_positive",
                                violation_error_code="bad_quantity",
                                violation_error_message="数量是大于 0 的整吨",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("case__isnull", False), ("kind", "SUBSTITUTE")),
                                    models.Q(models.Q(("kind", "SUBSTITUTE"), _negated=True), ("case", None)),
                                    _connector="OR",
                                ),
                                name="retirement_replaces_for_a_case",
                                violation_error_code="no_case",
                                violation_error_message="等量注销要对应一件认定虚假的案件",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "RETIRED"), _negated=True),
                                    models.Q(
                                        ("approved_by__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        ("journal__isnull", False),
                                        ("retired_at__isnull", False),
                                        ("reviewed_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="retirement_done_by_four",
                                violation_error_code="not_confirmed",
                                violation_error_message="注销要经确认代表确认、登记机构两名人员审核和复核",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="retirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="retirement_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('CONFIRMING') THEN RAISE EXCEPTION 'refused by retirement_moves' USING ERRCODE = '23514', CONSTRAINT = 'retirement_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('CONFIRMING', 'CANCELLED'), ('CONFIRMING', 'PENDING'), ('PENDING', 'CANCELLED'), ('PENDING', 'REFUSED'), ('PENDING', 'REVIEWED'), ('REVIEWED', 'CANCELLED'), ('REVIEWED', 'REFUSED'), ('REVIEWED', 'RETIRED')) THEN\n                RAISE EXCEPTION 'refused by retirement_moves' USING ERRCODE = '23514', CONSTRAINT = 'retirement_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="938f181a59c785f8afbe4db883340b81685845bc",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_retirement_moves_70eb1",
                            table="registry_retirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="retirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="retirement_second_officer_no_deputy",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.reviewed_by_id IS NOT NULL AND NEW.approved_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.reviewed_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.retirement' AND object_id = NEW.id\n        AND verb IN ('registry.review_retirement') AND outcome = 'DONE' AND actor_id = NEW.reviewed_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.approved_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.retirement' AND object_id = NEW.id\n        AND verb IN ('registry.approve_retirement') AND outcome = 'DONE' AND actor_id = NEW.approved_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by retirement_second_officer_no_deputy' USING ERRCODE = '23514', CONSTRAINT = 'retirement_second_officer_no_deputy'; END IF;\n            RETURN NULL;\n        ",
                            hash="103fea3ef2ccc526b9ef3520c6454a63141527b6",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_retirement_second_officer_no_deputy_e4987",
                            table="registry_retirement",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="retirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="retirement_counts_to_case",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF NEW.state = 'RETIRED' AND NEW.case_id IS NOT NULL AND (\n        SELECT c.replaced_t FROM registry_fraudcase c WHERE c.id = NEW.case_id) IS DISTINCT FROM (\n        SELECT sum(r.quantity_t) FROM registry_retirement r WHERE r.case_id = NEW.case_id AND r.state = 'RETIRED')\n    THEN RAISE EXCEPTION 'refused by retirement_counts_to_case' USING ERRCODE = '23514', CONSTRAINT = 'retirement_counts_to_case'; END IF;\n    RETURN NULL;\n",
                            hash="b2d5a33ad4420829cb1614e8a2a4ea5e9bc734f9",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_retirement_counts_to_case_13ead",
                            table="registry_retirement",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Seat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "venue",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="registry.venue",
                                verbose_name="交易机构",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="seats",
                                to="registry.holdingaccount",
                                verbose_name="账户",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=kernel.clock.now, verbose_name="起")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="止")),
                    ],
                    options={
                        "verbose_name": "交易账户",
                        "verbose_name_plural": "交易账户",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("account",),
                                name="seat_at_one_venue",
                                violation_error_code="at_another_venue",
                                violation_error_message="这个账户已在另一家交易机构，全部转出以后才能换",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="seat",
                    trigger=pgtrigger.compiler.Trigger(
                        name="seat_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['closed_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['closed_at'] THEN\n                RAISE EXCEPTION 'refused by seat_append_only' USING ERRCODE = '23514', CONSTRAINT = 'seat_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="eb2b77716cda863c7a394c2f3435161894f42311",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_seat_append_only_eb32a",
                            table="registry_seat",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="seat",
                    trigger=pgtrigger.compiler.Trigger(
                        name="seat_left_empty",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.closed_at IS NOT NULL OR EXISTS (\n                        SELECT 1 FROM registry_block WHERE holder_id = OLD.account_id AND closed_by_id IS NULL\n                            AND state IN ('TRADING', 'JUDICIAL_FROZEN', 'SUSPENDED')\n                    ) THEN RAISE EXCEPTION 'refused by seat_left_empty' USING ERRCODE = '23514', CONSTRAINT = 'seat_left_empty'; END IF;\n                    RETURN NEW;\n                ",
                            hash="8fadd0ad19c657aa74a3592464a33eefea874654",
                            operation="UPDATE",
                            pgid="pgtrigger_seat_left_empty_4d3db",
                            table="registry_seat",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Series",
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
                                related_name="series",
                                to="projects.project",
                                verbose_name="项目",
                            ),
                        ),
                        ("vintage", models.PositiveSmallIntegerField(verbose_name="年份")),
                        ("adm6", models.CharField(max_length=6, verbose_name="区划")),
                        ("meth7", models.CharField(max_length=7, verbose_name="方法学")),
                        ("proj6", models.CharField(max_length=6, verbose_name="项目")),
                    ],
                    options={
                        "verbose_name": "编号序列",
                        "verbose_name_plural": "编号序列",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("project", "vintage"),
                                name="series_once",
                                violation_error_code="series_once",
                                violation_error_message="这个项目这一年份的编号序列已存在",
                            ),
                            models.UniqueConstraint(
                                fields=("adm6", "meth7", "proj6", "vintage"),
                                name="series_parts_once",
                                violation_error_code="series_once",
                                violation_error_message="另一个项目已使用相同的编号前缀",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Trade",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "venue",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trades",
                                to="registry.venue",
                                verbose_name="交易机构",
                            ),
                        ),
                        ("number", models.CharField(max_length=64, verbose_name="成交号")),
                        (
                            "seller",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="venue_sales",
                                to="registry.holdingaccount",
                                verbose_name="卖方",
                            ),
                        ),
                        (
                            "buyer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="venue_purchases",
                                to="registry.holdingaccount",
                                verbose_name="买方",
                            ),
                        ),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        ("price_fen", models.BigIntegerField(verbose_name="单价 分/t")),
                        (
                            "batch",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        (
                            "to_state",
                            models.CharField(
                                choices=[
                                    ("AVAILABLE", "可用"),
                                    ("TRANSFER_PENDING", "转移待确认"),
                                    ("RETIRE_PENDING", "注销待审"),
                                    ("TRADING", "交易账户持有"),
                                    ("PLEDGED", "质押"),
                                    ("JUDICIAL_FROZEN", "司法冻结"),
                                    ("SUSPENDED", "暂停交易"),
                                    ("RETIRED", "已注销"),
                                    ("CANCELLED", "已强制注销"),
                                ],
                                max_length=16,
                                verbose_name="交收至",
                            ),
                        ),
                        ("traded_at", models.DateTimeField(verbose_name="成交时间")),
                        (
                            "journal",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="trade",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        (
                            "reported_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="报送人",
                            ),
                        ),
                        ("reported_at", models.DateTimeField(default=kernel.clock.now, verbose_name="报送")),
                    ],
                    options={
                        "verbose_name": "成交",
                        "verbose_name_plural": "成交",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("venue", "number"),
                                name="trade_once",
                                violation_error_code="trade_known",
                                violation_error_message="这个成交号已经交收过，内容不同；没有再办",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("price_fen__gte", 0),
                                    ("quantity_t__gt", 0),
                                    models.Q(("number", ""), _negated=True),
                                    ("to_state__in", ["TRADING", "AVAILABLE"]),
                                ),
                                name="trade_in_whole_figures",
                                violation_error_code="bad_trade",
                                violation_error_message="成交要有成交号、大于 0 的整吨和不小于 0 的整分单价，交收到交易账户或可用",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seller", models.F("buyer")), _negated=True),
                                name="trade_between_two",
                                violation_error_code="same_account",
                                violation_error_message="买方和卖方不能是同一个账户",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="trade",
                    trigger=pgtrigger.compiler.Trigger(
                        name="trade_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by trade_append_only' USING ERRCODE = '23514', CONSTRAINT = 'trade_append_only';",
                            hash="71623db93e4208e50e2db70692fd7cb504059566",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_trade_append_only_71386",
                            table="registry_trade",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="trade",
                    trigger=pgtrigger.compiler.Trigger(
                        name="trade_is_its_journal",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF (SELECT kind FROM registry_journal WHERE id = NEW.journal_id) <> 'SETTLE'\n                        OR (SELECT sum(quantity_t) FROM registry_block\n                            WHERE opened_by_id = NEW.journal_id AND holder_id = NEW.buyer_id AND state = NEW.to_state)\n                            IS DISTINCT FROM NEW.quantity_t\n                        OR EXISTS (SELECT 1 FROM registry_block WHERE closed_by_id = NEW.journal_id\n                            AND (holder_id <> NEW.seller_id OR state <> 'TRADING'))\n                        OR EXISTS (SELECT 1 FROM registry_block WHERE opened_by_id = NEW.journal_id\n                            AND holder_id NOT IN (NEW.seller_id, NEW.buyer_id))\n                    THEN RAISE EXCEPTION 'refused by trade_is_its_journal' USING ERRCODE = '23514', CONSTRAINT = 'trade_is_its_journal'; END IF;\n                    RETURN NULL;\n                ",
                            hash="bc3c7f8e3a7419a812b93d0eff317ce2101ed0b8",
                            operation="INSERT",
                            pgid="pgtrigger_trade_is_its_journal_ea601",
                            table="registry_trade",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Transfer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outgoing",
                                to="registry.holdingaccount",
                                verbose_name="转出账户",
                            ),
                        ),
                        (
                            "target",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incoming",
                                to="registry.holdingaccount",
                                verbose_name="转入账户",
                            ),
                        ),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("CONFIRMING", "待确认代表确认"),
                                    ("OFFERED", "待受让方接收"),
                                    ("COMPLETED", "已转移"),
                                    ("REFUSED", "受让方拒收"),
                                    ("CANCELLED", "已取消"),
                                    ("EXPIRED", "逾期退回"),
                                ],
                                default="CONFIRMING",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="事由")),
                        (
                            "reserved",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.journal",
                                verbose_name="预留流水",
                            ),
                        ),
                        (
                            "journal",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfer",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        (
                            "made_by",
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
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="受让方代表",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发起")),
                        ("answer_by", models.DateField(verbose_name="接收期限")),
                    ],
                    options={
                        "verbose_name": "转移",
                        "verbose_name_plural": "转移",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("made_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="transfer_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", models.F("target")), _negated=True),
                                name="transfer_to_another_account",
                                violation_error_code="same_account",
                                violation_error_message="转入和转出不能是同一个账户",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity_t__gt", 0)),
                                name="transfer_positive",
                                violation_error_code="bad_quantity",
                                violation_error_message="数量是大于 0 的整吨",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "COMPLETED"), _negated=True),
                                    models.Q(
                                        ("answered_by__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        ("journal__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_completed_by_two",
                                violation_error_code="not_confirmed",
                                violation_error_message="转移要经确认代表确认、受让方接收",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="transfer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="transfer_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('CONFIRMING') THEN RAISE EXCEPTION 'refused by transfer_moves' USING ERRCODE = '23514', CONSTRAINT = 'transfer_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('CONFIRMING', 'CANCELLED'), ('CONFIRMING', 'EXPIRED'), ('CONFIRMING', 'OFFERED'), ('OFFERED', 'CANCELLED'), ('OFFERED', 'COMPLETED'), ('OFFERED', 'EXPIRED'), ('OFFERED', 'REFUSED')) THEN\n                RAISE EXCEPTION 'refused by transfer_moves' USING ERRCODE = '23514', CONSTRAINT = 'transfer_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="60fef30dec3a26c8b344412d78fae41bac15af32",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_transfer_moves_bc9fa",
                            table="registry_transfer",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="transfer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="transfer_answered_in_time",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.state = 'COMPLETED' AND (SELECT (business_at AT TIME ZONE 'Asia/Shanghai')::date FROM registry_journal\n                        WHERE id = NEW.journal_id) > NEW.answer_by THEN RAISE EXCEPTION 'refused by transfer_answered_in_time' USING ERRCODE = '23514', CONSTRAINT = 'transfer_answered_in_time';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="0ab527a696486a8581b33040953edd4f1f8677c6",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_transfer_answered_in_time_ec00e",
                            table="registry_transfer",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Venue",
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
                                related_name="venue",
                                to="accounts.organisation",
                                verbose_name="交易机构",
                            ),
                        ),
                        ("approved_by", models.CharField(max_length=100, verbose_name="批准单位")),
                        ("approval_no", models.CharField(max_length=100, verbose_name="批准文号")),
                        ("approved_on", models.DateField(verbose_name="批准日期")),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="登记人员",
                            ),
                        ),
                        ("opened_at", models.DateTimeField(default=kernel.clock.now, verbose_name="接入")),
                    ],
                    options={
                        "verbose_name": "交易机构",
                        "verbose_name_plural": "交易机构",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="venue",
                    trigger=pgtrigger.compiler.Trigger(
                        name="venue_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by venue_append_only' USING ERRCODE = '23514', CONSTRAINT = 'venue_append_only';",
                            hash="f66ad1f91614a43de0078c3ef7f861bd34b1f01d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_venue_append_only_89144",
                            table="registry_venue",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="VenueOrder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "venue",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="registry.venue",
                                verbose_name="交易机构",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="venue_orders",
                                to="registry.holdingaccount",
                                verbose_name="账户",
                            ),
                        ),
                        (
                            "way",
                            models.CharField(
                                choices=[("IN", "划转至交易账户"), ("OUT", "从交易账户转出")],
                                max_length=3,
                                verbose_name="方向",
                            ),
                        ),
                        ("number", models.CharField(blank=True, max_length=64, verbose_name="交易机构单号")),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        (
                            "batch",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="事由")),
                        (
                            "state",
                            models.CharField(
                                choices=[("CONFIRMING", "待确认代表确认"), ("DONE", "已划转"), ("CANCELLED", "已取消")],
                                default="CONFIRMING",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "journal",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="venue_order",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发起人",
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
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发起")),
                    ],
                    options={
                        "verbose_name": "划转",
                        "verbose_name_plural": "划转",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("made_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="venue_order_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("number", ""), _negated=True),
                                fields=("venue", "number"),
                                name="venue_order_number_once",
                                violation_error_code="number_used",
                                violation_error_message="这个交易机构单号已用过",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("quantity_t__gt", 0)),
                                name="venue_order_positive",
                                violation_error_code="bad_quantity",
                                violation_error_message="数量是大于 0 的整吨",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("confirmed_by__isnull", False),
                                        ("journal__isnull", False),
                                        ("state", "DONE"),
                                        ("way", "IN"),
                                    ),
                                    models.Q(
                                        ("journal__isnull", False),
                                        ("state", "DONE"),
                                        ("way", "OUT"),
                                        models.Q(("number", ""), _negated=True),
                                    ),
                                    models.Q(models.Q(("state", "DONE"), _negated=True), ("journal", None)),
                                    _connector="OR",
                                ),
                                name="venue_order_done_with_journal",
                                violation_error_code="not_confirmed",
                                violation_error_message="划转至交易账户要经确认代表确认；转出要有交易机构的单号",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="venueorder",
                    trigger=pgtrigger.compiler.Trigger(
                        name="venue_order_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('CONFIRMING', 'DONE') THEN RAISE EXCEPTION 'refused by venue_order_moves' USING ERRCODE = '23514', CONSTRAINT = 'venue_order_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('CONFIRMING', 'CANCELLED'), ('CONFIRMING', 'DONE')) THEN\n                RAISE EXCEPTION 'refused by venue_order_moves' USING ERRCODE = '23514', CONSTRAINT = 'venue_order_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="6f183da42933931061065810d436489fb1012f43",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_venue_order_moves_8c615",
                            table="registry_venueorder",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="VenueReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "venue",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reports",
                                to="registry.venue",
                                verbose_name="交易机构",
                            ),
                        ),
                        ("on", models.DateField(verbose_name="对账日")),
                        ("rows", models.JSONField(verbose_name="对方余额")),
                        ("differences", models.JSONField(default=list, verbose_name="差异")),
                        ("accounts", models.PositiveIntegerField(verbose_name="账户数")),
                        ("ours_t", models.BigIntegerField(verbose_name="登记簿 t")),
                        ("theirs_t", models.BigIntegerField(verbose_name="交易机构 t")),
                        (
                            "state",
                            models.CharField(
                                choices=[("RECEIVED", "待签字"), ("SIGNED", "已签字"), ("RETURNED", "已退回")],
                                default="RECEIVED",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "reported_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="报送人",
                            ),
                        ),
                        ("reported_at", models.DateTimeField(default=kernel.clock.now, verbose_name="报送")),
                        (
                            "signed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签字人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "交易机构对账",
                        "verbose_name_plural": "交易机构对账",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "RETURNED"), _negated=True),
                                fields=("venue", "on"),
                                name="venue_report_once_a_day",
                                violation_error_code="day_reported",
                                violation_error_message="这一天的余额已经报送过；有错请先由登记人员退回",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("signed_by", None), ("state", "RECEIVED")),
                                    models.Q(
                                        models.Q(("state", "RECEIVED"), _negated=True), ("signed_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="venue_report_signed_by_somebody",
                                violation_error_code="not_signed",
                                violation_error_message="对账要有人签字或退回",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="venuereport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="venue_report_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('RECEIVED') THEN RAISE EXCEPTION 'refused by venue_report_moves' USING ERRCODE = '23514', CONSTRAINT = 'venue_report_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('RECEIVED', 'RETURNED'), ('RECEIVED', 'SIGNED')) THEN\n                RAISE EXCEPTION 'refused by venue_report_moves' USING ERRCODE = '23514', CONSTRAINT = 'venue_report_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="21c3e54e64ff89cb68c96351f3d8d9e79fcd50fa",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_venue_report_moves_b7a60",
                            table="registry_venuereport",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="venuereport",
                    trigger=pgtrigger.compiler.Trigger(
                        name="venue_report_as_sent",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'signed_by_id'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'signed_by_id'] THEN\n                RAISE EXCEPTION 'refused by venue_report_as_sent' USING ERRCODE = '23514', CONSTRAINT = 'venue_report_as_sent';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="ba9eead5f3d346af8c89a637fd8d5abc324fafb1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_venue_report_as_sent_51f58",
                            table="registry_venuereport",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="IssueDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "签发台",
                        "verbose_name_plural": "签发台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.monitoringperiod",),
                ),
                migrations.CreateModel(
                    name="OpeningDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "期初迁入核对台",
                        "verbose_name_plural": "期初迁入核对台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("projects.opening",),
                ),
                migrations.CreateModel(
                    name="AccountRequest",
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
                                    ("OPEN", "开户"),
                                    ("CHANGE", "信息变更"),
                                    ("RESTORE", "恢复使用"),
                                    ("CLOSE", "销户"),
                                    ("FREEZE", "整户冻结"),
                                    ("UNFREEZE", "整户解冻"),
                                ],
                                max_length=8,
                                verbose_name="事项",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="account_requests",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="requests",
                                to="registry.holdingaccount",
                                verbose_name="账户",
                            ),
                        ),
                        (
                            "account_kind",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("OWNER", "项目业主"),
                                    ("EMITTER", "重点排放单位"),
                                    ("TRADER", "其他交易主体"),
                                    ("VERIFIER", "审定与核查机构"),
                                    ("AUTHORITY", "生态环境主管部门"),
                                    ("SCENE_OPERATOR", "场景运营方"),
                                ],
                                max_length=16,
                                verbose_name="账户类型",
                            ),
                        ),
                        ("name", models.CharField(blank=True, max_length=200, verbose_name="单位名称")),
                        (
                            "legal_representative",
                            models.CharField(blank=True, max_length=60, verbose_name="法定代表人"),
                        ),
                        ("contact_phone", models.CharField(blank=True, max_length=20, verbose_name="单位联系电话")),
                        ("licence_valid_until", models.DateField(null=True, verbose_name="执照有效期至")),
                        ("changed_on", models.DateField(null=True, verbose_name="变更发生日")),
                        ("filed_late", models.BooleanField(default=False, verbose_name="超过 15 个工作日才申报")),
                        ("authority", models.CharField(blank=True, max_length=100, verbose_name="出具文书的单位")),
                        ("document_no", models.CharField(blank=True, max_length=100, verbose_name="文书号")),
                        (
                            "paper",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="附件",
                            ),
                        ),
                        ("reason", models.TextField(blank=True, verbose_name="说明")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("CONFIRMING", "待确认代表确认"),
                                    ("APPLIED", "审核中"),
                                    ("APPROVED", "审核通过"),
                                    ("REFUSED", "审核不通过"),
                                    ("CANCELLED", "已取消"),
                                ],
                                default="CONFIRMING",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发起人",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发起")),
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
                        ("due_on", models.DateField(null=True, verbose_name="办结期限")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核人",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="审核")),
                        ("txid", models.BigIntegerField(editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "账户事项",
                        "verbose_name_plural": "账户事项",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("made_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="request_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("decided_by__isnull", True),
                                    models.Q(("made_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="request_not_decided_by_maker",
                                violation_error_code="same_person",
                                violation_error_message="发起的人不能审核，请另一位人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    ("decided_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="request_decided_by_another",
                                violation_error_code="same_person",
                                violation_error_message="确认的人不能审核",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "APPROVED"), _negated=True),
                                    models.Q(
                                        models.Q(
                                            ("confirmed_by__isnull", False),
                                            ("kind__in", ("FREEZE", "UNFREEZE")),
                                            _connector="OR",
                                        ),
                                        ("account__isnull", False),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("txid__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="request_approved_whole",
                                violation_error_code="not_confirmed",
                                violation_error_message="账户事项要经确认代表确认、登记人员审核",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind", "CLOSE"),
                                    models.Q(
                                        ("paper__isnull", False),
                                        models.Q(
                                            models.Q(("kind__in", ("FREEZE", "UNFREEZE")), _negated=True),
                                            models.Q(
                                                models.Q(("authority", ""), _negated=True),
                                                models.Q(("document_no", ""), _negated=True),
                                            ),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="request_has_its_paper",
                                violation_error_code="no_document",
                                violation_error_message="请附上执照、证明或法律文书，文书要有单位和文书号",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("CONFIRMING", "APPLIED"))),
                                fields=("organisation", "kind"),
                                name="request_one_open",
                                violation_error_code="request_open",
                                violation_error_message="同一事项已有一件在办，请等它办结",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accountrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="request_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('CONFIRMING') AND NOT (NEW.kind IN ('FREEZE', 'UNFREEZE') AND NEW.state = 'APPLIED') THEN RAISE EXCEPTION 'refused by request_moves' USING ERRCODE = '23514', CONSTRAINT = 'request_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('APPLIED', 'APPROVED'), ('APPLIED', 'CANCELLED'), ('APPLIED', 'REFUSED'), ('CONFIRMING', 'APPLIED'), ('CONFIRMING', 'CANCELLED')) THEN\n                RAISE EXCEPTION 'refused by request_moves' USING ERRCODE = '23514', CONSTRAINT = 'request_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="fbd2601f7683e6625190cd3c926de4fa0adaa3e9",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_request_moves_b86d0",
                            table="registry_accountrequest",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accountrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="request_as_made",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'account_id', 'confirmed_by_id', 'due_on', 'decided_by_id', 'decided_at', 'txid'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'account_id', 'confirmed_by_id', 'due_on', 'decided_by_id', 'decided_at', 'txid'] THEN\n                RAISE EXCEPTION 'refused by request_as_made' USING ERRCODE = '23514', CONSTRAINT = 'request_as_made';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="4a550a183833ddd0a75395ccea3f8bf46adf10b1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_request_as_made_6f366",
                            table="registry_accountrequest",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accountrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="request_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.state IN ('APPROVED', 'REFUSED', 'CANCELLED') OR NEW.state = 'APPROVED'\n                        AND NEW.txid IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN RAISE EXCEPTION 'refused by request_decided_once' USING ERRCODE = '23514', CONSTRAINT = 'request_decided_once';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="6c8efda57d4819883d4a5ed35dbb3936d4624194",
                            operation="UPDATE",
                            pgid="pgtrigger_request_decided_once_0f4d4",
                            table="registry_accountrequest",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="accountrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="request_decided_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.made_by_id IS NOT NULL AND NEW.decided_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.made_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.accountrequest' AND object_id = NEW.id\n        AND verb IN ('registry.enter_account_order') AND outcome = 'DONE' AND actor_id = NEW.made_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.decided_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'registry.accountrequest' AND object_id = NEW.id\n        AND verb IN ('registry.approve_request') AND outcome = 'DONE' AND actor_id = NEW.decided_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by request_decided_for_another' USING ERRCODE = '23514', CONSTRAINT = 'request_decided_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="6dc2a420b8001668b396fb8caf6f23996a45a7ca",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_request_decided_for_another_4519e",
                            table="registry_accountrequest",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AccountRequestDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "账户事项台",
                        "verbose_name_plural": "账户事项台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.accountrequest",),
                ),
                migrations.CreateModel(
                    name="Batch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batches",
                                to="registry.series",
                                verbose_name="编号序列",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField(verbose_name="批次")),
                        (
                            "period",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batch",
                                to="projects.monitoringperiod",
                                verbose_name="核算期",
                            ),
                        ),
                        (
                            "journal",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="batch",
                                to="registry.journal",
                                verbose_name="流水",
                            ),
                        ),
                        ("serial_from", models.BigIntegerField(verbose_name="起号")),
                        ("serial_to", models.BigIntegerField(verbose_name="止号")),
                    ],
                    options={
                        "verbose_name": "签发批次",
                        "verbose_name_plural": "签发批次",
                        "ordering": ("series", "number"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("series", "number"),
                                name="batch_number_once",
                                violation_error_code="batch_twice",
                                violation_error_message="这个批次号已用过",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("number__lte", 99),
                                    ("serial_from__gte", 1),
                                    ("serial_to__gte", models.F("serial_from")),
                                    ("serial_to__lte", 999999999),
                                ),
                                name="batch_not_empty",
                                violation_error_code="batch_empty",
                                violation_error_message="一个批次至少 1 吨，编号不超过九位",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("series", "="),
                                    (
                                        models.Func(
                                            models.F("serial_from"),
                                            models.F("serial_to"),
                                            models.Value("[]"),
                                            function="int8range",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="batch_serials_once",
                                violation_error_code="serials_reused",
                                violation_error_message="这些编号已签发过，编号永不重用",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="batch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="batch_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by batch_append_only' USING ERRCODE = '23514', CONSTRAINT = 'batch_append_only';",
                            hash="040b04f82f0f3599b0725fe1a2b360b15f137c15",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_batch_append_only_597bc",
                            table="registry_batch",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Block",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "series",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.series",
                                verbose_name="编号序列",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="registry.batch",
                                verbose_name="批次",
                            ),
                        ),
                        (
                            "serials",
                            django.contrib.postgres.fields.ranges.BigIntegerRangeField(verbose_name="编号区间"),
                        ),
                        (
                            "quantity_t",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.Func(models.F("serials"), function="upper"),
                                    "-",
                                    models.Func(models.F("serials"), function="lower"),
                                ),
                                output_field=models.BigIntegerField(verbose_name="数量 t"),
                            ),
                        ),
                        (
                            "holder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="registry.holdingaccount",
                                verbose_name="持有账户",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("AVAILABLE", "可用"),
                                    ("TRANSFER_PENDING", "转移待确认"),
                                    ("RETIRE_PENDING", "注销待审"),
                                    ("TRADING", "交易账户持有"),
                                    ("PLEDGED", "质押"),
                                    ("JUDICIAL_FROZEN", "司法冻结"),
                                    ("SUSPENDED", "暂停交易"),
                                    ("RETIRED", "已注销"),
                                    ("CANCELLED", "已强制注销"),
                                ],
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="opened",
                                to="registry.journal",
                                verbose_name="起于",
                            ),
                        ),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="closed",
                                to="registry.journal",
                                verbose_name="止于",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "减排量",
                        "verbose_name_plural": "减排量",
                        "ordering": ("series", "serials"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("closed_by", None)),
                                fields=["holder", "state", "series", "serials"],
                                name="block_held",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("serials__isempty", False),
                                    ("serials__lower_inc", True),
                                    ("serials__startswith__gte", 1),
                                    ("serials__upper_inc", False),
                                    ("serials__upper_inf", False),
                                ),
                                name="block_whole_run",
                                violation_error_code="empty_block",
                                violation_error_message="一段编号至少 1 吨",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("closed_by", None)),
                                expressions=[("series", "="), ("serials", "&&")],
                                name="block_serials_held_once",
                                violation_error_code="units_taken",
                                violation_error_message="这些减排量刚被另一笔办理占用，请刷新后再试",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_by__isnull", True),
                                    ("closed_by__gt", models.F("opened_by")),
                                    _connector="OR",
                                ),
                                name="block_closed_later",
                                violation_error_code="journal_order",
                                violation_error_message="一段编号只能由后来的流水关掉",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="block_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['closed_by_id', 'quantity_t'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['closed_by_id', 'quantity_t'] THEN\n                RAISE EXCEPTION 'refused by block_append_only' USING ERRCODE = '23514', CONSTRAINT = 'block_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="bb92be491148f5112bba409d916efecbe2275e85",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_block_append_only_768b4",
                            table="registry_block",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="block_closed_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.closed_by_id IS NOT NULL AND OLD.closed_by_id IS DISTINCT FROM NEW.closed_by_id THEN\n                RAISE EXCEPTION 'refused by block_closed_once' USING ERRCODE = '23514', CONSTRAINT = 'block_closed_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="e92837ce974ddff0162dbbf98ebffc673d4c38e4",
                            operation="UPDATE",
                            pgid="pgtrigger_block_closed_once_e8ba6",
                            table="registry_block",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="block_retired_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF OLD.state IN ('CANCELLED', 'RETIRED') THEN RAISE EXCEPTION 'refused by block_retired_stays' USING ERRCODE = '23514', CONSTRAINT = 'block_retired_stays'; END IF; RETURN NEW;",
                            hash="f9712d253afcff33c41bb8dc5bf46137030067c5",
                            operation="UPDATE",
                            pgid="pgtrigger_block_retired_stays_4e7cd",
                            table="registry_block",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="block_state_follows_journal",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE journal_kind text;",
                            func="\n        IF TG_OP = 'INSERT' THEN\n            SELECT kind INTO journal_kind FROM registry_journal WHERE id = NEW.opened_by_id;\n            IF ((NEW.state = 'AVAILABLE' AND journal_kind IN ('CORRECT', 'ENFORCE', 'FROM_VENUE', 'ISSUE', 'MOVE_IN', 'NONTRADE', 'RELEASE', 'RESUME', 'SETTLE', 'TRANSFER', 'UNFREEZE', 'UNPLEDGE')) OR (NEW.state = 'TRANSFER_PENDING' AND journal_kind IN ('RESERVE')) OR (NEW.state = 'RETIRE_PENDING' AND journal_kind IN ('RESERVE')) OR (NEW.state = 'TRADING' AND journal_kind IN ('RESUME', 'SETTLE', 'TO_VENUE', 'UNFREEZE')) OR (NEW.state = 'PLEDGED' AND journal_kind IN ('PLEDGE', 'RESUME', 'UNFREEZE')) OR (NEW.state = 'JUDICIAL_FROZEN' AND journal_kind IN ('FREEZE')) OR (NEW.state = 'SUSPENDED' AND journal_kind IN ('SUSPEND')) OR (NEW.state = 'RETIRED' AND journal_kind IN ('MOVE_IN', 'RETIRE')) OR (NEW.state = 'CANCELLED' AND journal_kind IN ('CANCEL', 'CORRECT', 'MOVE_IN'))) IS NOT TRUE AND NOT EXISTS (\n                SELECT 1 FROM registry_block k WHERE k.closed_by_id = NEW.opened_by_id AND k.batch_id = NEW.batch_id\n                    AND k.state = NEW.state AND k.holder_id = NEW.holder_id AND k.serials @> NEW.serials\n            ) THEN RAISE EXCEPTION 'refused by block_state_follows_journal' USING ERRCODE = '23514', CONSTRAINT = 'block_state_follows_journal'; END IF;\n        ELSE\n            SELECT kind INTO journal_kind FROM registry_journal WHERE id = NEW.closed_by_id;\n            IF ((OLD.state = 'AVAILABLE' AND journal_kind IN ('CANCEL', 'CORRECT', 'FREEZE', 'NONTRADE', 'PLEDGE', 'RESERVE', 'SUSPEND', 'TO_VENUE')) OR (OLD.state = 'TRANSFER_PENDING' AND journal_kind IN ('RELEASE', 'TRANSFER')) OR (OLD.state = 'RETIRE_PENDING' AND journal_kind IN ('RELEASE', 'RETIRE')) OR (OLD.state = 'TRADING' AND journal_kind IN ('FREEZE', 'FROM_VENUE', 'SETTLE', 'SUSPEND')) OR (OLD.state = 'PLEDGED' AND journal_kind IN ('ENFORCE', 'FREEZE', 'SUSPEND', 'UNPLEDGE')) OR (OLD.state = 'JUDICIAL_FROZEN' AND journal_kind IN ('ENFORCE', 'UNFREEZE')) OR (OLD.state = 'SUSPENDED' AND journal_kind IN ('CANCEL', 'RESUME'))) IS NOT TRUE AND OLD.state NOT IN ('CANCELLED', 'RETIRED') THEN RAISE EXCEPTION 'refused by block_state_follows_journal' USING ERRCODE = '23514', CONSTRAINT = 'block_state_follows_journal'; END IF;\n        END IF;\n        RETURN NEW;\n    ",
                            hash="0a9c44b13f79060c2a524b3684f182fe2b9d9a91",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_block_state_follows_journal_6c232",
                            table="registry_block",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="frozen_units_have_their_freeze",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            declare="DECLARE held_by bigint;",
                            func="\n        IF NEW.state = 'JUDICIAL_FROZEN' THEN\n            SELECT e.freeze_id INTO held_by FROM registry_holdentry e WHERE e.journal_id = NEW.opened_by_id;\n            IF held_by IS NULL\n                OR (SELECT h.held_t FROM registry_freeze h WHERE h.id = held_by)\n                    IS DISTINCT FROM (\n        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k\n        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n        WHERE e.freeze_id = held_by AND k.state = 'JUDICIAL_FROZEN' AND k.closed_by_id IS NULL\n    )\n            THEN RAISE EXCEPTION 'refused by frozen_units_have_their_freeze' USING ERRCODE = '23514', CONSTRAINT = 'frozen_units_have_their_freeze'; END IF;\n        END IF;\n        RETURN NULL;\n    ",
                            hash="cc3fc52a56630b3e6fabe83b40c6cfefca3890b6",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_frozen_units_have_their_freeze_2ffad",
                            table="registry_block",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="block_of_an_account_in_use",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            declare="DECLARE holder_state text;",
                            func="\n                    SELECT state INTO holder_state FROM registry_holdingaccount WHERE id = NEW.holder_id;\n                    IF holder_state <> 'OPEN' AND (holder_state = 'CLOSED' OR EXISTS (\n                        SELECT 1 FROM registry_journal WHERE id = NEW.opened_by_id AND kind IN ('PLEDGE', 'RESERVE', 'TO_VENUE')))\n                    THEN RAISE EXCEPTION 'refused by block_of_an_account_in_use' USING ERRCODE = '23514', CONSTRAINT = 'block_of_an_account_in_use'; END IF;\n                    RETURN NEW;\n                ",
                            hash="c8622a53196d634341a186fed320df9e326ccc03",
                            operation="INSERT",
                            pgid="pgtrigger_block_of_an_account_in_use_bc76b",
                            table="registry_block",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="suspended_units_have_their_case",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            declare="DECLARE held_by bigint;",
                            func="\n        IF NEW.state = 'SUSPENDED' THEN\n            SELECT e.fraudcase_id INTO held_by FROM registry_holdentry e WHERE e.journal_id = NEW.opened_by_id;\n            IF held_by IS NULL\n                OR (SELECT h.held_t FROM registry_fraudcase h WHERE h.id = held_by)\n                    IS DISTINCT FROM (\n        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k\n        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n        WHERE e.fraudcase_id = held_by AND k.state = 'SUSPENDED' AND k.closed_by_id IS NULL\n    )\n            THEN RAISE EXCEPTION 'refused by suspended_units_have_their_case' USING ERRCODE = '23514', CONSTRAINT = 'suspended_units_have_their_case'; END IF;\n        END IF;\n        RETURN NULL;\n    ",
                            hash="fc5e6617e20f6855ff6e8649f51af39e82da708d",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_suspended_units_have_their_case_8399d",
                            table="registry_block",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pledged_units_have_their_pledge",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            declare="DECLARE held_by bigint;",
                            func="\n        IF NEW.state = 'PLEDGED' THEN\n            SELECT e.pledge_id INTO held_by FROM registry_holdentry e WHERE e.journal_id = NEW.opened_by_id;\n            IF held_by IS NULL\n                OR (SELECT h.held_t FROM registry_pledge h WHERE h.id = held_by)\n                    IS DISTINCT FROM (\n        SELECT coalesce(sum(k.quantity_t), 0) FROM registry_block k\n        JOIN registry_holdentry e ON e.journal_id = k.opened_by_id\n        WHERE e.pledge_id = held_by AND k.state = 'PLEDGED' AND k.closed_by_id IS NULL\n    )\n            THEN RAISE EXCEPTION 'refused by pledged_units_have_their_pledge' USING ERRCODE = '23514', CONSTRAINT = 'pledged_units_have_their_pledge'; END IF;\n        END IF;\n        RETURN NULL;\n    ",
                            hash="c58982295fc52f986dc459be9932a951daf110e8",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_pledged_units_have_their_pledge_2f5a1",
                            table="registry_block",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="case_nothing_free",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n    IF NEW.state IN ('AVAILABLE', 'TRANSFER_PENDING', 'RETIRE_PENDING', 'TRADING') AND EXISTS (SELECT 1 FROM registry_block k WHERE k.id = NEW.id AND k.closed_by_id IS NULL)\n        AND EXISTS (SELECT 1 FROM registry_fraudcase c WHERE c.batch_id = NEW.batch_id AND c.state IN ('OPEN', 'REPLACING'))\n    THEN RAISE EXCEPTION 'refused by case_nothing_free' USING ERRCODE = '23514', CONSTRAINT = 'case_nothing_free'; END IF;\n    RETURN NULL;\n",
                            hash="bfcac23b27a4226943a0eb510dec5c18c451984c",
                            operation="INSERT",
                            pgid="pgtrigger_case_nothing_free_a8550",
                            table="registry_block",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="trading_units_move_by_their_venue",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"state\" = 'TRADING')",
                            constraint="CONSTRAINT",
                            declare="DECLARE at bigint;",
                            func="\n        SELECT venue_id INTO at FROM registry_seat WHERE account_id = NEW.holder_id AND closed_at IS NULL;\n        IF at IS NULL OR EXISTS (\n            SELECT 1 FROM registry_journal j\n            WHERE j.id = COALESCE(NEW.closed_by_id, NEW.opened_by_id) AND j.kind IN ('TO_VENUE', 'FROM_VENUE', 'SETTLE')\n                AND NOT EXISTS (SELECT 1 FROM registry_trade WHERE journal_id = j.id AND venue_id = at)\n                AND NOT EXISTS (SELECT 1 FROM registry_venueorder WHERE journal_id = j.id AND venue_id = at)\n        ) THEN RAISE EXCEPTION 'refused by trading_units_move_by_their_venue' USING ERRCODE = '23514', CONSTRAINT = 'trading_units_move_by_their_venue'; END IF;\n        RETURN NULL;\n    ",
                            hash="6269a4dc2415c7669dd897feb3f9c14b73b8b381",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_trading_units_move_by_their_venue_d099d",
                            table="registry_block",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="block",
                    trigger=pgtrigger.compiler.Trigger(
                        name="block_leg_of_this_transaction",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (SELECT txid FROM registry_journal\n                        WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.opened_by_id ELSE NEW.closed_by_id END)\n                        IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN RAISE EXCEPTION 'refused by block_leg_of_this_transaction' USING ERRCODE = '23514', CONSTRAINT = 'block_leg_of_this_transaction';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="5828663df9284a93d881fe701a1809e52d332430",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_block_leg_of_this_transaction_65006",
                            table="registry_block",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CorrectionDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "更正台",
                        "verbose_name_plural": "更正台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.deed",),
                ),
                migrations.CreateModel(
                    name="DeedDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "文书复核台",
                        "verbose_name_plural": "文书复核台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.deed",),
                ),
                migrations.CreateModel(
                    name="NontradeDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "非交易过户台",
                        "verbose_name_plural": "非交易过户台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.deed",),
                ),
                migrations.CreateModel(
                    name="CaseDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "弄虚作假案件台",
                        "verbose_name_plural": "弄虚作假案件台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.fraudcase",),
                ),
                migrations.CreateModel(
                    name="FreezeDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "司法冻结台",
                        "verbose_name_plural": "司法冻结台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.freeze",),
                ),
                migrations.CreateModel(
                    name="AccountDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "账户核查台",
                        "verbose_name_plural": "账户核查台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.holdingaccount",),
                ),
                migrations.CreateModel(
                    name="PledgeDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "质押处置台",
                        "verbose_name_plural": "质押处置台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.pledge",),
                ),
                migrations.CreateModel(
                    name="RetirementDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "注销审批台",
                        "verbose_name_plural": "注销审批台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.retirement",),
                ),
                migrations.CreateModel(
                    name="VenueReportDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "交易机构对账台",
                        "verbose_name_plural": "交易机构对账台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("registry.venuereport",),
                ),
            ],
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;"
            f"REVOKE DELETE ON {NEVER_DELETED} FROM portal_app;"
            "GRANT UPDATE (closed_by_id) ON registry_block TO portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
