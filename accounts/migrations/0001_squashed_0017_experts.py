import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import accounts.models.people
import accounts.models.records
import kernel.clock
from accounts.migrating import AtOnce

# The role every process but ``migrate`` takes. What a migration makes later it may read and write; each migration takes back
# what may not be rewritten.
ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'portal_app') THEN CREATE ROLE portal_app NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT portal_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO portal_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO portal_app;
"""
NO_ROLE = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM portal_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM portal_app;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM portal_app;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM portal_app;
REVOKE USAGE ON SCHEMA public FROM portal_app;
"""
# Django's cache table, as ``createcachetable`` makes it.
CACHE = """
CREATE TABLE portal_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX portal_cache_expires ON portal_cache (expires);
"""
WRITTEN_ONCE = "accounts_event, accounts_attachment, accounts_verbkey"
NEVER_DELETED = "accounts_secondfactorreset, accounts_roleproposal"


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_books"),
        ("accounts", "0003_more_roles"),
        ("accounts", "0004_sign_in_by_code"),
        ("accounts", "0005_api_keys"),
        ("accounts", "0006_api_key_desk"),
        ("accounts", "0007_files_of_nobody"),
        ("accounts", "0008_deputies"),
        ("accounts", "0009_doors"),
        ("accounts", "0010_person_desk"),
        ("accounts", "0011_proposals"),
        ("accounts", "0012_leaders_are_staff"),
        ("accounts", "0013_periods_are_the_checks"),
        ("accounts", "0014_messages"),
        ("accounts", "0015_tables_in"),
        ("accounts", "0016_venues"),
        ("accounts", "0017_experts"),
    ]

    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL(ROLE, NO_ROLE),
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="TableIn",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("purpose", models.CharField(max_length=40, verbose_name="用途")),
                        ("name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("size", models.PositiveIntegerField(verbose_name="字节")),
                        ("sha256", models.CharField(max_length=64)),
                        ("sealed", models.TextField(blank=True, verbose_name="内容（密文）")),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="上传人",
                            ),
                        ),
                        ("uploaded_at", models.DateTimeField(default=kernel.clock.now, verbose_name="上传时间")),
                        ("applied_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                    ],
                    options={
                        "verbose_name": "导入的表格",
                        "verbose_name_plural": "导入的表格",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sealed__regex", "^1\\.[^.]+\\.[\\w=-]+$"), ("sealed", ""), _connector="OR"
                                ),
                                name="table_in_is_sealed",
                                violation_error_code="not_sealed",
                                violation_error_message="导入的表格要加密保存",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tablein",
                    trigger=pgtrigger.compiler.Trigger(
                        name="table_in_as_sent",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['sealed', 'applied_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['sealed', 'applied_at'] THEN\n                RAISE EXCEPTION 'refused by table_in_as_sent' USING ERRCODE = '23514', CONSTRAINT = 'table_in_as_sent';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="3a1c22f4719de76b8d3e813c0b2074c8132226c7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_table_in_as_sent_86de0",
                            table="accounts_tablein",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tablein",
                    trigger=pgtrigger.compiler.Trigger(
                        name="table_in_applied_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.applied_at IS NOT NULL AND OLD.applied_at IS DISTINCT FROM NEW.applied_at THEN\n                RAISE EXCEPTION 'refused by table_in_applied_once' USING ERRCODE = '23514', CONSTRAINT = 'table_in_applied_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="ae6db28a5594e03f6b3bdcf12a424bccb39ad391",
                            operation="UPDATE",
                            pgid="pgtrigger_table_in_applied_once_87e01",
                            table="accounts_tablein",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="VerbKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("verb", models.CharField(max_length=60)),
                        ("key", models.CharField(max_length=100)),
                        ("body", models.CharField(max_length=64)),
                        ("object_type", models.CharField(max_length=60)),
                        ("object_id", models.BigIntegerField()),
                        ("at", models.DateTimeField(default=kernel.clock.now)),
                    ],
                    options={
                        "verbose_name": "幂等键",
                        "verbose_name_plural": "幂等键",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("actor", "verb", "key"),
                                name="verb_key_once",
                                violation_error_code="key_reused",
                                violation_error_message="这个幂等键刚刚已经用过，请再试一次",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="verbkey",
                    trigger=pgtrigger.compiler.Trigger(
                        name="verb_key_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by verb_key_append_only' USING ERRCODE = '23514', CONSTRAINT = 'verb_key_append_only';",
                            hash="edbc8a06876d6aea3ec39b435229fbc0078da5e3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_verb_key_append_only_55370",
                            table="accounts_verbkey",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="User",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                        ("username", models.CharField(max_length=60, unique=True, verbose_name="用户名")),
                        ("full_name", models.CharField(max_length=60, verbose_name="姓名")),
                        ("email", models.EmailField(blank=True, max_length=254, verbose_name="邮箱")),
                        ("is_active", models.BooleanField(default=True, verbose_name="在用")),
                        (
                            "phone_blind",
                            models.CharField(
                                blank=True, editable=False, max_length=64, null=True, verbose_name="手机号（盲索引）"
                            ),
                        ),
                        (
                            "date_joined",
                            models.DateTimeField(
                                default=kernel.clock.real_now, editable=False, verbose_name="加入时间"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "人员",
                        "verbose_name_plural": "人员",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("phone_blind",),
                                name="user_phone_once",
                                violation_error_code="phone_taken",
                                violation_error_message="这个手机号已经注册",
                            ),
                            models.UniqueConstraint(
                                django.db.models.functions.text.Lower("email"),
                                condition=models.Q(("email", ""), _negated=True),
                                name="user_email_once",
                                violation_error_code="email_taken",
                                violation_error_message="这个邮箱已经注册",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("phone_blind", None), ("phone_blind__regex", "^[0-9a-f]{64}$"), _connector="OR"
                                ),
                                name="user_phone_is_blind",
                                violation_error_code="phone_not_blind",
                                violation_error_message="人员一行只存手机号的盲索引，不存手机号",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "人员台",
                        "verbose_name_plural": "人员台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("accounts.user",),
                ),
                migrations.CreateModel(
                    name="ApiKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key_id", models.CharField(max_length=32, verbose_name="密钥编号")),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="api_keys",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="代表的人员",
                            ),
                        ),
                        ("sealed", models.TextField(editable=False, verbose_name="密钥（密文）")),
                        ("valid_from", models.DateTimeField(default=kernel.clock.now, verbose_name="起")),
                        ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="止")),
                        (
                            "created_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "接口密钥",
                        "verbose_name_plural": "接口密钥",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("key_id",),
                                name="api_key_once",
                                violation_error_code="key_known",
                                violation_error_message="这个密钥编号已有，请再签发一次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sealed__regex", "^1\\.[A-Za-z0-9-]{1,20}\\.[A-Za-z0-9_=-]{40,}$")),
                                name="api_key_is_sealed",
                                violation_error_code="key_not_sealed",
                                violation_error_message="密钥只以密文保存",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="api_key_ends_after_start",
                                violation_error_code="key_period",
                                violation_error_message="密钥的止期不能早于起期",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="apikey",
                    trigger=pgtrigger.compiler.Trigger(
                        name="api_key_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['valid_to', 'sealed'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['valid_to', 'sealed'] THEN\n                RAISE EXCEPTION 'refused by api_key_append_only' USING ERRCODE = '23514', CONSTRAINT = 'api_key_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="0ec39ae574ef9e7108610d04e19b24622e95e0b8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_api_key_append_only_897c1",
                            table="accounts_apikey",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="apikey",
                    trigger=pgtrigger.compiler.Trigger(
                        name="api_key_never_longer",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.valid_to IS NOT NULL AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to) THEN RAISE EXCEPTION 'refused by api_key_never_longer' USING ERRCODE = '23514', CONSTRAINT = 'api_key_never_longer'; END IF;\n                    RETURN NEW;\n                ",
                            hash="73d510cb8a0f2651f5857295fa160c6631b725b0",
                            operation="UPDATE",
                            pgid="pgtrigger_api_key_never_longer_214e1",
                            table="accounts_apikey",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ApiKeyDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "接口密钥台",
                        "verbose_name_plural": "接口密钥台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("accounts.apikey",),
                ),
                migrations.CreateModel(
                    name="ApiNonce",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "key",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.apikey"
                            ),
                        ),
                        ("nonce", models.CharField(max_length=64)),
                        ("at", models.DateTimeField(db_index=True, default=kernel.clock.real_now)),
                    ],
                    options={
                        "verbose_name": "一次性随机数",
                        "verbose_name_plural": "一次性随机数",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("key", "nonce"),
                                name="api_nonce_once",
                                violation_error_code="nonce_replayed",
                                violation_error_message="这个请求已经收到过，不再办理；每次请求请换一个随机数（X-Nonce）",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Division",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=12, unique=True, verbose_name="代码")),
                        ("name", models.CharField(max_length=60, verbose_name="名称")),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="accounts.division",
                                verbose_name="上级",
                            ),
                        ),
                        ("path", models.CharField(editable=False, max_length=60, unique=True, verbose_name="路径")),
                    ],
                    options={
                        "verbose_name": "行政区划",
                        "verbose_name_plural": "行政区划",
                        "ordering": ("path",),
                        "indexes": [
                            models.Index(fields=["path"], name="division_path_like", opclasses=["varchar_pattern_ops"])
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Deputy",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "absent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deputies",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="不在岗的人",
                            ),
                        ),
                        (
                            "deputy",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stands_in",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="代办人",
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="辖区",
                            ),
                        ),
                        ("from_on", models.DateField(verbose_name="起")),
                        ("to_on", models.DateField(verbose_name="止")),
                        ("reason", models.TextField(verbose_name="理由")),
                        (
                            "named_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="指定人",
                            ),
                        ),
                        ("named_at", models.DateTimeField(default=kernel.clock.now, verbose_name="指定时间")),
                        (
                            "ended_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="结束人",
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="提前结束")),
                    ],
                    options={
                        "verbose_name": "代办",
                        "verbose_name_plural": "代办",
                        "ordering": ("-from_on", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("absent", models.F("deputy")), _negated=True),
                                name="deputy_is_another",
                                violation_error_code="same_person",
                                violation_error_message="不能指定本人代办本人的事",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("to_on__gte", models.F("from_on"))),
                                name="deputy_period",
                                violation_error_code="deputy_period",
                                violation_error_message="代办的止期不能早于起期",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("ended_at", None), ("to_on__gte", models.F("from_on"))),
                                expressions=[
                                    ("absent", "="),
                                    (
                                        models.Func(
                                            "from_on",
                                            "to_on",
                                            django.contrib.postgres.fields.ranges.RangeBoundary(True, True),
                                            function="DATERANGE",
                                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="deputy_one_at_a_time",
                                violation_error_code="deputy_known",
                                violation_error_message="这几天已经有人代办，请先结束原来的代办",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deputy",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deputy_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['ended_at', 'ended_by_id'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ended_at', 'ended_by_id'] THEN\n                RAISE EXCEPTION 'refused by deputy_append_only' USING ERRCODE = '23514', CONSTRAINT = 'deputy_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="5be7eeb87e692a09db263deca1550c9c4e5e8a07",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_deputy_append_only_78fe4",
                            table="accounts_deputy",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deputy",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deputy_ended_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.ended_at IS NOT NULL AND OLD.ended_at IS DISTINCT FROM NEW.ended_at THEN\n                RAISE EXCEPTION 'refused by deputy_ended_once' USING ERRCODE = '23514', CONSTRAINT = 'deputy_ended_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="06bbc8b7cb11b8442b10182361654ae69eb80a12",
                            operation="UPDATE",
                            pgid="pgtrigger_deputy_ended_once_e7272",
                            table="accounts_deputy",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="deputy",
                    trigger=pgtrigger.compiler.Trigger(
                        name="deputy_is_there",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    PERFORM pg_advisory_xact_lock(hashtextextended('deputies', 0));\n    IF NEW.ended_at IS NULL AND NEW.to_on >= NEW.from_on THEN\n        IF EXISTS (\n            SELECT 1 FROM accounts_deputy d WHERE d.id <> NEW.id AND d.ended_at IS NULL\n                AND (d.absent_id = NEW.deputy_id OR d.deputy_id = NEW.absent_id)\n                AND daterange(d.from_on, d.to_on, '[]') && daterange(NEW.from_on, NEW.to_on, '[]')\n        ) THEN RAISE EXCEPTION 'refused by deputy_is_there' USING ERRCODE = '23514', CONSTRAINT = 'deputy_is_there'; END IF;\n    END IF;\n    RETURN NEW;\n",
                            hash="1c725c6a4ea62b78f298ad578aac3ba928ddd39a",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_deputy_is_there_93b03",
                            table="accounts_deputy",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("verb", models.CharField(max_length=60, verbose_name="事项")),
                        (
                            "outcome",
                            models.CharField(
                                choices=[("DONE", "已办"), ("REFUSED", "被拒")], max_length=8, verbose_name="结果"
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=60, verbose_name="拒绝原因")),
                        ("said", models.TextField(blank=True, verbose_name="告知")),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="办理人",
                            ),
                        ),
                        ("actor_name", models.CharField(blank=True, max_length=130, verbose_name="姓名")),
                        (
                            "acted_for",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="代谁办理",
                            ),
                        ),
                        ("object_type", models.CharField(blank=True, max_length=60, verbose_name="对象类别")),
                        ("object_id", models.BigIntegerField(null=True, verbose_name="对象编号")),
                        ("object_label", models.CharField(blank=True, max_length=200, verbose_name="对象")),
                        ("from_state", models.CharField(blank=True, max_length=20, verbose_name="原状态")),
                        ("to_state", models.CharField(blank=True, max_length=20, verbose_name="新状态")),
                        ("reason", models.TextField(blank=True, verbose_name="意见")),
                        ("data", models.JSONField(default=dict, verbose_name="要素")),
                        ("business_at", models.DateTimeField(verbose_name="业务时间")),
                        ("real_at", models.DateTimeField(verbose_name="实际时间")),
                        ("door", models.CharField(max_length=8, verbose_name="入口")),
                        ("ip", models.GenericIPAddressField(null=True, verbose_name="地址")),
                        ("request_id", models.CharField(blank=True, max_length=32, verbose_name="请求号")),
                    ],
                    options={
                        "verbose_name": "事件",
                        "verbose_name_plural": "事件",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(fields=["object_type", "object_id", "-id"], name="event_object"),
                            models.Index(fields=["actor", "-id"], name="event_actor"),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="event",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by event_append_only' USING ERRCODE = '23514', CONSTRAINT = 'event_append_only';",
                            hash="d4fe0dc10e3177c9f970b8f1c63212e9b98e3f44",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_event_append_only_4335f",
                            table="accounts_event",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Organisation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uscc", models.CharField(max_length=18, unique=True, verbose_name="统一社会信用代码")),
                        ("name", models.CharField(max_length=200, verbose_name="单位名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("BUREAU", "主管部门"),
                                    ("COMPANY", "企业"),
                                    ("INSTITUTION", "事业单位"),
                                    ("COLLECTIVE", "集体经济组织"),
                                    ("VERIFIER", "核证机构"),
                                ],
                                max_length=12,
                                verbose_name="单位性质",
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
                            "legal_representative",
                            models.CharField(blank=True, max_length=60, verbose_name="法定代表人"),
                        ),
                        ("contact_phone", models.CharField(blank=True, max_length=20, verbose_name="联系电话")),
                        (
                            "created_at",
                            models.DateTimeField(default=kernel.clock.now, editable=False, verbose_name="登记时间"),
                        ),
                    ],
                    options={
                        "verbose_name": "单位",
                        "verbose_name_plural": "单位",
                        "ordering": ("name",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("uscc__regex", "^[0-9A-HJ-NPQRTUWXY]{2}\\d{6}[0-9A-HJ-NPQRTUWXY]{10}$")
                                ),
                                name="organisation_uscc_shape",
                                violation_error_code="bad_credit_code",
                                violation_error_message="统一社会信用代码应为 18 位大写字母和数字",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "token",
                            models.UUIDField(
                                db_default=django.contrib.postgres.functions.RandomUUID(), editable=False, unique=True
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("size", models.BigIntegerField(verbose_name="字节")),
                        ("sha256", models.CharField(db_index=True, max_length=64)),
                        ("sm3", models.CharField(max_length=64)),
                        (
                            "file",
                            models.FileField(
                                max_length=200, upload_to=accounts.models.records.attachment_path, verbose_name="文件"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "uploaded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="上传人",
                            ),
                        ),
                        ("uploaded_at", models.DateTimeField(default=kernel.clock.now, verbose_name="上传时间")),
                    ],
                    options={
                        "verbose_name": "文件",
                        "verbose_name_plural": "文件",
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="attachment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="attachment_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by attachment_append_only' USING ERRCODE = '23514', CONSTRAINT = 'attachment_append_only';",
                            hash="bb85cfb840fe3959cf001690e30f49ad429f53ea",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_attachment_append_only_7898f",
                            table="accounts_attachment",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Reach",
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
                                related_name="reach",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="人员",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("zh-hans", "中文"), ("en", "English")],
                                default="zh-hans",
                                max_length=8,
                                verbose_name="消息语言",
                            ),
                        ),
                        ("email_on", models.BooleanField(default=True, verbose_name="一般消息发邮件")),
                        ("sms_on", models.BooleanField(null=True, verbose_name="一般消息发短信")),
                        ("phone", models.TextField(blank=True, editable=False, verbose_name="手机号（密文）")),
                    ],
                    options={
                        "verbose_name": "消息设置",
                        "verbose_name_plural": "消息设置",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("phone", ""),
                                    ("phone__regex", "^1\\.[A-Za-z0-9-]{1,20}\\.[A-Za-z0-9_=-]{40,}$"),
                                    _connector="OR",
                                ),
                                name="reach_phone_is_sealed",
                                violation_error_code="phone_not_sealed",
                                violation_error_message="接收短信的手机号要加密保存",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoleGrant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="grants",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="人员",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("SYSADMIN", "系统管理员"),
                                    ("SECURITY_ADMIN", "安全管理员"),
                                    ("AUDIT_ADMIN", "审计管理员"),
                                    ("AUDITOR", "审计人员"),
                                    ("OFFICER", "受理人员"),
                                    ("REVIEWER", "审核人员"),
                                    ("REGISTRAR", "登记人员"),
                                    ("LEADER", "签发领导"),
                                    ("VERIFIER", "核证人员"),
                                    ("EXPERT", "评审专家"),
                                    ("MAKER", "发起代表"),
                                    ("CHECKER", "确认代表"),
                                    ("OPERATOR", "运营人员"),
                                    ("PARTNER", "合作方接口"),
                                    ("MERCHANT", "商户店员"),
                                    ("VENUE", "交易机构接口"),
                                    ("CITIZEN", "公众用户"),
                                    ("SYSTEM", "系统"),
                                ],
                                max_length=16,
                                verbose_name="角色",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="grants",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="accounts.division",
                                verbose_name="辖区",
                            ),
                        ),
                        ("valid_from", models.DateTimeField(default=kernel.clock.now, verbose_name="起")),
                        ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="止")),
                        (
                            "granted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="授权人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "角色授权",
                        "verbose_name_plural": "角色授权",
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("valid_to", None)),
                                fields=("user", "role", "organisation", "division"),
                                name="role_once",
                                nulls_distinct=False,
                                violation_error_code="role_held",
                                violation_error_message="这个人已有这个角色",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("role__in", ["CHECKER", "MAKER"]), ("valid_to", None)),
                                fields=("user", "organisation"),
                                name="maker_is_not_checker",
                                violation_error_code="same_person",
                                violation_error_message="同一个人不能在一个单位既当发起代表又当确认代表",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "role__in",
                                            [
                                                "AUDITOR",
                                                "AUDIT_ADMIN",
                                                "EXPERT",
                                                "LEADER",
                                                "OFFICER",
                                                "OPERATOR",
                                                "REGISTRAR",
                                                "REVIEWER",
                                                "SECURITY_ADMIN",
                                                "SYSADMIN",
                                            ],
                                        ),
                                        ("division__isnull", False),
                                        ("organisation__isnull", True),
                                    ),
                                    models.Q(
                                        ("role__in", ["CHECKER", "MAKER", "MERCHANT", "PARTNER", "VENUE", "VERIFIER"]),
                                        ("division__isnull", True),
                                        ("organisation__isnull", False),
                                    ),
                                    models.Q(
                                        ("role__in", ["CITIZEN", "SYSTEM"]),
                                        ("division__isnull", True),
                                        ("organisation__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="role_has_its_place",
                                violation_error_code="role_without_place",
                                violation_error_message="主管部门的角色要填辖区，单位的角色要填单位",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    ("role__in", ["AUDIT_ADMIN", "SECURITY_ADMIN", "SYSADMIN"]),
                                    models.Q(
                                        ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                                    ),
                                ),
                                expressions=[
                                    ("user", "="),
                                    ("role", "<>"),
                                    (accounts.models.people.TsTzRange("valid_from", "valid_to"), "&&"),
                                ],
                                name="administrators_are_three_people",
                                violation_error_code="one_administrator",
                                violation_error_message="系统管理员、安全管理员、审计管理员要由三个人分别担任",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(
                                    models.Q(("role", "CITIZEN"), _negated=True),
                                    models.Q(
                                        ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                                    ),
                                ),
                                expressions=[
                                    ("user", "="),
                                    (
                                        models.Case(
                                            models.When(role="AUDITOR", then=1),
                                            default=0,
                                            output_field=models.IntegerField(),
                                        ),
                                        "<>",
                                    ),
                                    (accounts.models.people.TsTzRange("valid_from", "valid_to"), "&&"),
                                ],
                                name="auditor_does_nothing_else",
                                violation_error_code="auditor_alone",
                                violation_error_message="审计人员不能同时有别的角色，有别的角色的人也不能当审计人员",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="role_ends_after_start",
                                violation_error_code="role_period",
                                violation_error_message="授权的止期不能早于起期",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RoleGrantDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "角色授权台",
                        "verbose_name_plural": "角色授权台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("accounts.rolegrant",),
                ),
                migrations.CreateModel(
                    name="RoleProposal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposals",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="人员",
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("SYSADMIN", "系统管理员"),
                                    ("SECURITY_ADMIN", "安全管理员"),
                                    ("AUDIT_ADMIN", "审计管理员"),
                                    ("AUDITOR", "审计人员"),
                                    ("OFFICER", "受理人员"),
                                    ("REVIEWER", "审核人员"),
                                    ("REGISTRAR", "登记人员"),
                                    ("LEADER", "签发领导"),
                                    ("VERIFIER", "核证人员"),
                                    ("EXPERT", "评审专家"),
                                    ("MAKER", "发起代表"),
                                    ("CHECKER", "确认代表"),
                                    ("OPERATOR", "运营人员"),
                                    ("PARTNER", "合作方接口"),
                                    ("MERCHANT", "商户店员"),
                                    ("VENUE", "交易机构接口"),
                                    ("CITIZEN", "公众用户"),
                                    ("SYSTEM", "系统"),
                                ],
                                max_length=16,
                                verbose_name="角色",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="辖区",
                            ),
                        ),
                        ("reason", models.TextField(verbose_name="理由")),
                        (
                            "state",
                            models.CharField(
                                choices=[("PROPOSED", "待授权"), ("GRANTED", "已授权"), ("REFUSED", "未授权")],
                                default="PROPOSED",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="提名人",
                            ),
                        ),
                        ("proposed_at", models.DateTimeField(default=kernel.clock.now, verbose_name="提名时间")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="办结人",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        (
                            "grant",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proposal",
                                to="accounts.rolegrant",
                                verbose_name="角色授权",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "角色提名",
                        "verbose_name_plural": "角色提名",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(
                                            (
                                                "role__in",
                                                [
                                                    "AUDITOR",
                                                    "AUDIT_ADMIN",
                                                    "EXPERT",
                                                    "LEADER",
                                                    "OFFICER",
                                                    "OPERATOR",
                                                    "REGISTRAR",
                                                    "REVIEWER",
                                                    "SECURITY_ADMIN",
                                                    "SYSADMIN",
                                                ],
                                            ),
                                            ("division__isnull", False),
                                            ("organisation__isnull", True),
                                        ),
                                        models.Q(
                                            (
                                                "role__in",
                                                ["CHECKER", "MAKER", "MERCHANT", "PARTNER", "VENUE", "VERIFIER"],
                                            ),
                                            ("division__isnull", True),
                                            ("organisation__isnull", False),
                                        ),
                                        models.Q(
                                            ("role__in", ["CITIZEN", "SYSTEM"]),
                                            ("division__isnull", True),
                                            ("organisation__isnull", True),
                                        ),
                                        _connector="OR",
                                    ),
                                    (
                                        "role__in",
                                        [
                                            "AUDITOR",
                                            "AUDIT_ADMIN",
                                            "CHECKER",
                                            "EXPERT",
                                            "LEADER",
                                            "MAKER",
                                            "MERCHANT",
                                            "OFFICER",
                                            "OPERATOR",
                                            "PARTNER",
                                            "REGISTRAR",
                                            "REVIEWER",
                                            "SECURITY_ADMIN",
                                            "SYSADMIN",
                                            "VENUE",
                                            "VERIFIER",
                                        ],
                                    ),
                                ),
                                name="proposal_has_its_place",
                                violation_error_code="role_without_place",
                                violation_error_message="主管部门的角色要填辖区，单位的角色要填单位",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "GRANTED"), _negated=True),
                                    models.Q(("closed_by", models.F("proposed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="proposal_granted_by_another",
                                violation_error_code="same_person",
                                violation_error_message="提名的人不能自己授权，请安全管理员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("user", models.F("proposed_by")), _negated=True),
                                    models.Q(
                                        ("closed_by", None),
                                        models.Q(("user", models.F("closed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                ),
                                name="proposal_not_ones_own",
                                violation_error_code="own_role",
                                violation_error_message="不能给自己提名或授权",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_at", None), ("closed_by", None), ("grant", None), ("state", "PROPOSED")
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("closed_by__isnull", False),
                                        ("grant", None),
                                        ("state", "REFUSED"),
                                    ),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("closed_by__isnull", False),
                                        ("grant__isnull", False),
                                        ("state", "GRANTED"),
                                    ),
                                    _connector="OR",
                                ),
                                name="proposal_closed_as_it_says",
                                violation_error_code="proposal_without_name",
                                violation_error_message="办结的提名要写明由谁在什么时候办理，授权了的要有授权",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "PROPOSED")),
                                fields=("user", "role", "organisation", "division"),
                                name="proposal_open_once",
                                nulls_distinct=False,
                                violation_error_code="role_proposed",
                                violation_error_message="这个人的这个角色已有一件待授权的提名",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="roleproposal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="proposal_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('PROPOSED') THEN RAISE EXCEPTION 'refused by proposal_moves' USING ERRCODE = '23514', CONSTRAINT = 'proposal_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('PROPOSED', 'GRANTED'), ('PROPOSED', 'REFUSED')) THEN\n                RAISE EXCEPTION 'refused by proposal_moves' USING ERRCODE = '23514', CONSTRAINT = 'proposal_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="e0f684ff501d256c2b6bee9b317a3f45c58c4100",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_proposal_moves_e3dc7",
                            table="accounts_roleproposal",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="roleproposal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="proposal_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'closed_by_id', 'closed_at', 'grant_id'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'closed_by_id', 'closed_at', 'grant_id'] THEN\n                RAISE EXCEPTION 'refused by proposal_append_only' USING ERRCODE = '23514', CONSTRAINT = 'proposal_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1aef967a133778676286b377e7c553c8534aecd1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_proposal_append_only_56cd9",
                            table="accounts_roleproposal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SecondFactorReset",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="factor_resets",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="人员",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("ASKED", "待确认"), ("DONE", "已重置"), ("REFUSED", "未同意")],
                                default="ASKED",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="申请人",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(default=kernel.clock.now, verbose_name="申请时间")),
                        ("reason", models.TextField(verbose_name="理由")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="办结人",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                    ],
                    options={
                        "verbose_name": "第二因素重置",
                        "verbose_name_plural": "第二因素重置",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_by", None),
                                    models.Q(("state", "DONE"), _negated=True),
                                    models.Q(("closed_by", models.F("asked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="factor_reset_by_two",
                                violation_error_code="same_person",
                                violation_error_message="提出重置的人不能自己确认，请另一位管理员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("user", models.F("asked_by")), _negated=True),
                                    models.Q(
                                        ("closed_by", None),
                                        models.Q(("user", models.F("closed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                ),
                                name="factor_reset_not_ones_own",
                                violation_error_code="own_reset",
                                violation_error_message="不能给自己重置第二因素，请两位管理员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("closed_by", None), ("state", "ASKED")),
                                    models.Q(
                                        models.Q(("state", "ASKED"), _negated=True),
                                        ("closed_at__isnull", False),
                                        ("closed_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="factor_reset_closed_by_somebody",
                                violation_error_code="reset_without_name",
                                violation_error_message="办结的重置要写明由谁在什么时候办理",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ASKED")),
                                fields=("user",),
                                name="factor_reset_one_open",
                                violation_error_code="reset_asked",
                                violation_error_message="这个人已有一件待确认的重置",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="secondfactorreset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="factor_reset_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('ASKED') THEN RAISE EXCEPTION 'refused by factor_reset_moves' USING ERRCODE = '23514', CONSTRAINT = 'factor_reset_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ASKED', 'DONE'), ('ASKED', 'REFUSED')) THEN\n                RAISE EXCEPTION 'refused by factor_reset_moves' USING ERRCODE = '23514', CONSTRAINT = 'factor_reset_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="570951d08799b815f2e2f48d09d68196a2ccf86c",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_factor_reset_moves_045f0",
                            table="accounts_secondfactorreset",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="secondfactorreset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="factor_reset_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'closed_by_id', 'closed_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'closed_by_id', 'closed_at'] THEN\n                RAISE EXCEPTION 'refused by factor_reset_append_only' USING ERRCODE = '23514', CONSTRAINT = 'factor_reset_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="81896765ffa77280df91bbe624227f8727483ee2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_factor_reset_append_only_56d5b",
                            table="accounts_secondfactorreset",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SignInTry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name_blind", models.CharField(max_length=64, verbose_name="用户名（盲索引）")),
                        ("ip", models.GenericIPAddressField(null=True, verbose_name="地址")),
                        ("at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="时间")),
                    ],
                    options={
                        "verbose_name": "登录尝试",
                        "verbose_name_plural": "登录尝试",
                        "indexes": [models.Index(fields=["name_blind", "-at"], name="sign_in_try_name")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("name_blind__regex", "^[0-9a-f]{64}$")),
                                name="sign_in_try_is_blind",
                                violation_error_code="name_not_blind",
                                violation_error_message="登录尝试一行不存输入的用户名原文",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SmsCode",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("phone_blind", models.CharField(max_length=64, verbose_name="手机号（盲索引）")),
                        (
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("LOGIN", "登录"),
                                    ("REGISTER", "注册"),
                                    ("CLOSE", "注销账户"),
                                    ("CONTACT", "接收消息"),
                                ],
                                max_length=12,
                                verbose_name="用途",
                            ),
                        ),
                        ("code_hash", models.CharField(max_length=64)),
                        ("ip", models.GenericIPAddressField(null=True, verbose_name="地址")),
                        ("sent_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="发送时间")),
                        ("expires_at", models.DateTimeField(verbose_name="有效期至")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                        ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                    ],
                    options={
                        "verbose_name": "短信验证码",
                        "verbose_name_plural": "短信验证码",
                        "indexes": [
                            models.Index(fields=["phone_blind", "-sent_at"], name="sms_code_phone"),
                            models.Index(fields=["ip", "-sent_at"], name="sms_code_ip"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("attempts__lte", 5)),
                                name="sms_code_tries_end",
                                violation_error_code="too_many_tries",
                                violation_error_message="验证码试错次数太多，请重新获取",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("code_hash__regex", "^[0-9a-f]{64}$"), ("phone_blind__regex", "^[0-9a-f]{64}$")
                                ),
                                name="sms_code_is_sealed",
                                violation_error_code="code_not_sealed",
                                violation_error_message="验证码一行不存手机号和验证码原文",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("sent_at"))),
                                name="sms_code_ends_after_start",
                                violation_error_code="code_period",
                                violation_error_message="验证码的有效期不能早于发送时间",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="smscode",
                    trigger=pgtrigger.compiler.Trigger(
                        name="sms_code_used_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.used_at IS NOT NULL AND OLD.used_at IS DISTINCT FROM NEW.used_at THEN\n                RAISE EXCEPTION 'refused by sms_code_used_once' USING ERRCODE = '23514', CONSTRAINT = 'sms_code_used_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="2063f983f5a64f051302b2674b6f989838de8469",
                            operation="UPDATE",
                            pgid="pgtrigger_sms_code_used_once_a6f7e",
                            table="accounts_smscode",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        migrations.RunSQL(CACHE, "DROP TABLE portal_cache"),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;REVOKE DELETE ON {NEVER_DELETED} FROM portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
