from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import kernel.clock
from accounts.migrating import AtOnce

WRITTEN_ONCE = "office_noticepaper, office_outage, office_objectionpaper"
NEVER_DELETED = "office_notice, office_objection"


class Migration(migrations.Migration):
    replaces = [
        ("office", "0001_initial"),
        ("office", "0002_notices_as_objects"),
        ("office", "0003_objections"),
        ("office", "0004_officers_work"),
        ("office", "0005_exports"),
        ("office", "0006_lists_taken_away"),
        ("office", "0007_messages"),
        ("office", "0008_fraud_cases"),
        ("office", "0009_materiality"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="CalendarDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("date", models.DateField(unique=True, verbose_name="日期")),
                        ("name", models.CharField(max_length=40, verbose_name="名称")),
                        ("is_off", models.BooleanField(verbose_name="放假")),
                        ("source", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                        ("announced_year", models.PositiveSmallIntegerField(verbose_name="公布年度")),
                    ],
                    options={
                        "verbose_name": "工作日历",
                        "verbose_name_plural": "工作日历",
                        "ordering": ("-date",),
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="office.message",
                                verbose_name="消息",
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[("EMAIL", "邮件"), ("SMS", "短信"), ("CONTACT", "所留联系方式")],
                                max_length=8,
                                verbose_name="渠道",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("WAITING", "待发"), ("SENT", "已发"), ("FAILED", "发送失败")],
                                default="WAITING",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                        ("next_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="下次")),
                        ("last_error", models.CharField(blank=True, max_length=500, verbose_name="原因")),
                        ("sent_at", models.DateTimeField(null=True, verbose_name="发出")),
                    ],
                    options={
                        "verbose_name": "消息发送",
                        "verbose_name_plural": "消息发送",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "WAITING")), fields=["next_at"], name="delivery_waiting"
                            ),
                            models.Index(
                                condition=models.Q(("state", "FAILED")), fields=["id"], name="delivery_failed"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("message", "channel"),
                                name="delivery_once",
                                violation_error_code="already_told",
                                violation_error_message="一条消息每个渠道只发一次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at__isnull", False), ("state", "SENT")),
                                    models.Q(models.Q(("state", "SENT"), _negated=True), ("sent_at", None)),
                                    _connector="OR",
                                ),
                                name="delivery_sent_says_when",
                                violation_error_code="sent_without_time",
                                violation_error_message="发出的消息要有发出时间",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="delivery",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delivery_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('WAITING') THEN RAISE EXCEPTION 'refused by delivery_moves' USING ERRCODE = '23514', CONSTRAINT = 'delivery_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('FAILED', 'WAITING'), ('WAITING', 'FAILED'), ('WAITING', 'SENT')) THEN\n                RAISE EXCEPTION 'refused by delivery_moves' USING ERRCODE = '23514', CONSTRAINT = 'delivery_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="bb1cf5bdde349c977038631c543d351418724966",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_delivery_moves_a797b",
                            table="office_delivery",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="delivery",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delivery_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'attempts', 'next_at', 'last_error', 'sent_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'attempts', 'next_at', 'last_error', 'sent_at'] THEN\n                RAISE EXCEPTION 'refused by delivery_stays' USING ERRCODE = '23514', CONSTRAINT = 'delivery_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="4096324b175fc2054b36eaba5e05fdd5ad8ee278",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_delivery_stays_c105e",
                            table="office_delivery",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Digest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="digests",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="人员",
                            ),
                        ),
                        ("on_day", models.DateField(verbose_name="日期")),
                        ("waiting", models.PositiveIntegerField(verbose_name="待办")),
                        ("overdue", models.PositiveIntegerField(verbose_name="超期")),
                        ("soon", models.PositiveIntegerField(verbose_name="临期")),
                        (
                            "message",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="digest",
                                to="office.message",
                                verbose_name="消息",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "每日提醒",
                        "verbose_name_plural": "每日提醒",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "on_day"),
                                name="digest_once",
                                violation_error_code="already_told",
                                violation_error_message="这个人今天已经提醒过",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("message", None), ("waiting", 0)),
                                    models.Q(("message__isnull", False), ("waiting__gt", 0)),
                                    _connector="OR",
                                ),
                                name="digest_of_work",
                                violation_error_code="digest_of_nothing",
                                violation_error_message="有待办才提醒，没有待办不打扰",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DocumentSeries",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, unique=True, verbose_name="序列")),
                        ("last", models.PositiveBigIntegerField(verbose_name="末号")),
                    ],
                    options={
                        "verbose_name": "文号序列",
                        "verbose_name_plural": "文号序列",
                    },
                ),
                migrations.CreateModel(
                    name="ExportJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "book",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("GRAMS", "减排行为（克）"),
                                    ("UNITS", "减排量（吨）"),
                                    ("POINTS", "积分"),
                                    ("MONEY", "资金（分）"),
                                ],
                                max_length=10,
                                verbose_name="账册",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(null=True, verbose_name="年份")),
                        ("desk", models.CharField(blank=True, max_length=80, verbose_name="列表")),
                        ("title", models.CharField(blank=True, max_length=80, verbose_name="名称")),
                        ("query", models.CharField(blank=True, max_length=1000, verbose_name="筛选条件")),
                        (
                            "format",
                            models.CharField(
                                blank=True,
                                choices=[("XLSX", "Excel 工作簿（XLSX）"), ("CSV", "CSV 文本表格")],
                                max_length=4,
                                verbose_name="格式",
                            ),
                        ),
                        ("language", models.CharField(blank=True, max_length=10, verbose_name="语言")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("WAITING", "排队生成"),
                                    ("READY", "可以下载"),
                                    ("FAILED", "没有生成"),
                                    ("CANCELLED", "已取消"),
                                    ("REMOVED", "到期已删"),
                                ],
                                default="WAITING",
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
                        ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                        ("rows_done", models.PositiveBigIntegerField(default=0, verbose_name="已写行数")),
                        ("rows_total", models.PositiveBigIntegerField(default=0, verbose_name="总行数")),
                        (
                            "file",
                            models.FileField(blank=True, max_length=200, upload_to="exports/", verbose_name="文件"),
                        ),
                        ("size", models.BigIntegerField(default=0, verbose_name="字节")),
                        ("sha256", models.CharField(blank=True, max_length=64, verbose_name="文件 SHA-256")),
                        ("sm3", models.CharField(blank=True, max_length=64, verbose_name="文件 SM3")),
                        ("data_sha256", models.CharField(blank=True, max_length=64, verbose_name="数据 SHA-256")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                        ("next_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="下次")),
                        ("last_error", models.CharField(blank=True, max_length=500, verbose_name="错误")),
                    ],
                    options={
                        "verbose_name": "我的导出",
                        "verbose_name_plural": "我的导出",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("desk", ""), ("state", "WAITING")),
                                fields=("book", "year"),
                                name="export_waits_once",
                                violation_error_code="export_waits",
                                violation_error_message="这本账这一年的导出已在排队，请等它生成",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "WAITING"), models.Q(("desk", ""), _negated=True)),
                                fields=("asked_by", "desk", "query", "format"),
                                name="export_list_waits_once",
                                violation_error_code="export_waits",
                                violation_error_message="同样的导出已在排队，请等它生成",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("book__in", ["GRAMS", "UNITS", "POINTS", "MONEY"]),
                                        ("desk", ""),
                                        ("format", ""),
                                        ("query", ""),
                                        ("year__isnull", False),
                                    ),
                                    models.Q(
                                        ("book", ""),
                                        ("format__in", ["XLSX", "CSV"]),
                                        ("year__isnull", True),
                                        models.Q(("desk", ""), _negated=True),
                                        models.Q(("title", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="export_of_book_or_list",
                                violation_error_code="export_of_nothing",
                                violation_error_message="导出要么是一本账的一年，要么是一张列表",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                        ("sm3__regex", "^[0-9a-f]{64}$"),
                                        ("state", "READY"),
                                        models.Q(("file", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("file", ""),
                                        ("sha256__regex", "^[0-9a-f]{64}$"),
                                        ("sm3__regex", "^[0-9a-f]{64}$"),
                                        ("state", "REMOVED"),
                                    ),
                                    models.Q(("file", ""), ("state__in", ["WAITING", "FAILED", "CANCELLED"])),
                                    _connector="OR",
                                ),
                                name="export_ready_has_file",
                                violation_error_code="export_without_file",
                                violation_error_message="生成好的导出要有文件和摘要，别的没有文件",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="exportjob",
                    trigger=pgtrigger.compiler.Trigger(
                        name="export_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('WAITING') THEN RAISE EXCEPTION 'refused by export_moves' USING ERRCODE = '23514', CONSTRAINT = 'export_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('FAILED', 'WAITING'), ('READY', 'REMOVED'), ('WAITING', 'CANCELLED'), ('WAITING', 'FAILED'), ('WAITING', 'READY')) THEN\n                RAISE EXCEPTION 'refused by export_moves' USING ERRCODE = '23514', CONSTRAINT = 'export_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="a18a47cf5191224dfdd626ea12b85953f83ae642",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_export_moves_07cff",
                            table="office_exportjob",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="exportjob",
                    trigger=pgtrigger.compiler.Trigger(
                        name="export_stays_as_asked",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'finished_at', 'rows_done', 'rows_total', 'file', 'size', 'sha256', 'sm3', 'data_sha256', 'attempts', 'next_at', 'last_error'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'finished_at', 'rows_done', 'rows_total', 'file', 'size', 'sha256', 'sm3', 'data_sha256', 'attempts', 'next_at', 'last_error'] THEN\n                RAISE EXCEPTION 'refused by export_stays_as_asked' USING ERRCODE = '23514', CONSTRAINT = 'export_stays_as_asked';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="675249997911986e0c926b519b73ef681e2e7b60",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_export_stays_as_asked_9e385",
                            table="office_exportjob",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="JobRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="任务")),
                        ("started_at", models.DateTimeField(verbose_name="开始")),
                        ("finished_at", models.DateTimeField(null=True, verbose_name="结束")),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="办了")),
                        ("failed", models.PositiveIntegerField(default=0, verbose_name="未成")),
                        ("error", models.TextField(blank=True, verbose_name="错误")),
                        (
                            "request_id",
                            models.CharField(blank=True, db_index=True, max_length=32, verbose_name="请求号"),
                        ),
                    ],
                    options={
                        "verbose_name": "任务记录",
                        "verbose_name_plural": "任务记录",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["name", "-id"], name="jobrun_name")],
                    },
                ),
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="收件人",
                            ),
                        ),
                        ("template", models.CharField(max_length=60, verbose_name="模板")),
                        (
                            "language",
                            models.CharField(
                                choices=[("zh-hans", "中文"), ("en", "English")], max_length=8, verbose_name="语言"
                            ),
                        ),
                        ("subject", models.CharField(max_length=200, verbose_name="标题")),
                        ("text", models.TextField(verbose_name="内容")),
                        ("sms", models.CharField(blank=True, max_length=300, verbose_name="短信")),
                        ("link", models.CharField(blank=True, max_length=200, verbose_name="链接")),
                        ("object_type", models.CharField(max_length=60, verbose_name="对象类别")),
                        ("object_id", models.BigIntegerField(verbose_name="对象编号")),
                        ("object_label", models.CharField(max_length=200, verbose_name="对象")),
                        ("occasion", models.CharField(max_length=40, verbose_name="事由")),
                        ("action_required", models.BooleanField(default=False, verbose_name="需要处理")),
                        ("due_on", models.DateField(null=True, verbose_name="处理期限")),
                        ("necessary", models.BooleanField(default=False, verbose_name="必要消息")),
                        ("written_at", models.DateTimeField(default=kernel.clock.now, verbose_name="时间")),
                        ("read_at", models.DateTimeField(null=True, verbose_name="已读")),
                        ("settled_at", models.DateTimeField(null=True, verbose_name="已办")),
                    ],
                    options={
                        "verbose_name": "消息",
                        "verbose_name_plural": "消息",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(fields=["person", "-id"], name="message_of"),
                            models.Index(
                                condition=models.Q(("read_at", None)), fields=["person"], name="message_unread"
                            ),
                            models.Index(
                                condition=models.Q(("action_required", True), ("settled_at", None)),
                                fields=["object_type", "object_id"],
                                name="message_open",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "template", "object_type", "object_id", "occasion"),
                                name="message_once",
                                nulls_distinct=False,
                                violation_error_code="already_told",
                                violation_error_message="这件事已经通知过这个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_on", None), ("action_required", True), _connector="OR"),
                                name="message_due_is_asked",
                                violation_error_code="due_without_action",
                                violation_error_message="有处理期限的消息要写明需要处理",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="message",
                    trigger=pgtrigger.compiler.Trigger(
                        name="message_as_told",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['read_at', 'settled_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['read_at', 'settled_at'] THEN\n                RAISE EXCEPTION 'refused by message_as_told' USING ERRCODE = '23514', CONSTRAINT = 'message_as_told';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="5777639e1bfa72faf0b3d49941664ad23bd93a87",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_message_as_told_42bcb",
                            table="office_message",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="message",
                    trigger=pgtrigger.compiler.Trigger(
                        name="message_read_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.read_at IS NOT NULL AND OLD.read_at IS DISTINCT FROM NEW.read_at THEN\n                RAISE EXCEPTION 'refused by message_read_once' USING ERRCODE = '23514', CONSTRAINT = 'message_read_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="aeaa12e88bf1330e3856ec3c41e549caced7e285",
                            operation="UPDATE",
                            pgid="pgtrigger_message_read_once_8d376",
                            table="office_message",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="message",
                    trigger=pgtrigger.compiler.Trigger(
                        name="message_settled_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.settled_at IS NOT NULL AND OLD.settled_at IS DISTINCT FROM NEW.settled_at THEN\n                RAISE EXCEPTION 'refused by message_settled_once' USING ERRCODE = '23514', CONSTRAINT = 'message_settled_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="c0bc9ef04844d86795d9223f7578cf6c8bd8e493",
                            operation="UPDATE",
                            pgid="pgtrigger_message_settled_once_d98fd",
                            table="office_message",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Notice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="文号")),
                        ("title", models.CharField(max_length=200, verbose_name="标题")),
                        ("text", models.TextField(verbose_name="正文")),
                        ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounts.division", verbose_name="辖区"
                            ),
                        ),
                        ("workdays", models.PositiveSmallIntegerField(verbose_name="工作日")),
                        ("starts_on", models.DateField(verbose_name="开始")),
                        ("ends_on", models.DateField(verbose_name="截止")),
                        ("provisional", models.BooleanField(default=False, verbose_name="暂定")),
                        ("contact", models.CharField(max_length=200, verbose_name="联系方式")),
                        (
                            "published_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="发布人",
                            ),
                        ),
                        ("published_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发布时间")),
                        ("settled", models.BooleanField(default=False, verbose_name="事项已办结")),
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
                        "verbose_name": "公示",
                        "verbose_name_plural": "公示",
                        "ordering": ("-starts_on", "-pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gt", models.F("starts_on"))),
                                name="notice_ends_after_start",
                                violation_error_code="notice_period",
                                violation_error_message="公示期要晚于开始日",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="notice",
                    trigger=pgtrigger.compiler.Trigger(
                        name="notice_as_shown",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['ends_on', 'provisional', 'settled'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ends_on', 'provisional', 'settled'] THEN\n                RAISE EXCEPTION 'refused by notice_as_shown' USING ERRCODE = '23514', CONSTRAINT = 'notice_as_shown';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="8a0ffd0178d76fc6a9cd74ead99c4ee280708236",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_notice_as_shown_11b6e",
                            table="office_notice",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="notice",
                    trigger=pgtrigger.compiler.Trigger(
                        name="notice_never_shorter",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="IF NEW.ends_on < OLD.ends_on THEN RAISE EXCEPTION 'refused by notice_never_shorter' USING ERRCODE = '23514', CONSTRAINT = 'notice_never_shorter'; END IF; RETURN NEW;",
                            hash="5beb32fe1f041be899da42373b5fcfbbe4e580c0",
                            operation="UPDATE",
                            pgid="pgtrigger_notice_never_shorter_e6ed2",
                            table="office_notice",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="notice",
                    trigger=pgtrigger.compiler.Trigger(
                        name="notice_settled_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.settled AND (NEW.ends_on, NEW.provisional, NEW.settled)\n                        IS DISTINCT FROM (OLD.ends_on, OLD.provisional, OLD.settled) THEN RAISE EXCEPTION 'refused by notice_settled_stays' USING ERRCODE = '23514', CONSTRAINT = 'notice_settled_stays';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="48a3b1a33f664621b01b59e8b47fdaf5a93ad8ad",
                            operation="UPDATE",
                            pgid="pgtrigger_notice_settled_stays_18e05",
                            table="office_notice",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="NoticePaper",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "notice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="papers",
                                to="office.notice",
                                verbose_name="公示",
                            ),
                        ),
                        (
                            "attachment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="文件",
                            ),
                        ),
                        ("name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("size", models.BigIntegerField(verbose_name="字节")),
                        ("sha256", models.CharField(max_length=64)),
                        ("sm3", models.CharField(max_length=64)),
                    ],
                    options={
                        "verbose_name": "公示材料",
                        "verbose_name_plural": "公示材料",
                        "ordering": ("pk",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="noticepaper",
                    trigger=pgtrigger.compiler.Trigger(
                        name="notice_paper_as_shown",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by notice_paper_as_shown' USING ERRCODE = '23514', CONSTRAINT = 'notice_paper_as_shown';",
                            hash="6a6678d20534e9913e6fbd06193fb8b2c7994be5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_notice_paper_as_shown_e8b13",
                            table="office_noticepaper",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="noticepaper",
                    trigger=pgtrigger.compiler.Trigger(
                        name="notice_paper_of_this_publication",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (SELECT 1 FROM office_notice notice JOIN accounts_attachment file ON file.id = NEW.attachment_id\n                        WHERE notice.id = NEW.notice_id AND notice.txid = pg_current_xact_id()::text::bigint\n                            AND (file.sha256, file.sm3, file.size) = (NEW.sha256, NEW.sm3, NEW.size)) THEN RAISE EXCEPTION 'refused by notice_paper_of_this_publication' USING ERRCODE = '23514', CONSTRAINT = 'notice_paper_of_this_publication';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="4b09d4d1850b1842862744bc9ddc7f4cc10a748d",
                            operation="INSERT",
                            pgid="pgtrigger_notice_paper_of_this_publication_b2ba9",
                            table="office_noticepaper",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Objection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="异议编号")),
                        ("code_blind", models.CharField(editable=False, max_length=64)),
                        (
                            "notice",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="objections",
                                to="office.notice",
                                verbose_name="公示",
                            ),
                        ),
                        ("name_masked", models.CharField(max_length=60, verbose_name="异议人（脱敏）")),
                        ("name_sealed", models.TextField(verbose_name="异议人（密文）")),
                        ("contact_sealed", models.TextField(verbose_name="联系方式（密文）")),
                        ("text", models.TextField(verbose_name="异议内容")),
                        ("filed_on", models.DateField(verbose_name="提出日期")),
                        ("filed_at", models.DateTimeField(default=kernel.clock.now, verbose_name="提出时间")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("RECEIVED", "已收到"),
                                    ("ACCEPTED", "已受理"),
                                    ("DISMISSED", "不予受理"),
                                    ("INVESTIGATING", "调查中"),
                                    ("UPHELD", "异议成立"),
                                    ("NOT_UPHELD", "异议不成立"),
                                    ("ANSWERED", "已答复"),
                                    ("CLOSED", "已办结"),
                                ],
                                default="RECEIVED",
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        ("due_on", models.DateField(verbose_name="答复期限")),
                        ("extended", models.BooleanField(default=False, verbose_name="已延期")),
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
                            "investigated_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="调查人",
                            ),
                        ),
                        (
                            "outcome",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("DISMISSED", "不予受理"),
                                    ("UPHELD", "异议成立"),
                                    ("NOT_UPHELD", "异议不成立"),
                                ],
                                max_length=16,
                                verbose_name="处理结果",
                            ),
                        ),
                        ("findings", models.TextField(blank=True, verbose_name="调查结论")),
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
                        ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="决定时间")),
                        ("answer", models.TextField(blank=True, verbose_name="答复")),
                        (
                            "answered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="答复人",
                            ),
                        ),
                        ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="答复时间")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                    ],
                    options={
                        "verbose_name": "异议",
                        "verbose_name_plural": "异议",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["state", "due_on"], name="objection_state_due")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("investigated_by__isnull", True),
                                    ("decided_by__isnull", True),
                                    models.Q(("investigated_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="objection_decided_by_another",
                                violation_error_code="same_person",
                                violation_error_message="调查的人不能作决定，请另一位人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("state__in", ("DISMISSED", "UPHELD", "NOT_UPHELD", "ANSWERED", "CLOSED")),
                                        _negated=True,
                                    ),
                                    models.Q(
                                        ("decided_by__isnull", False),
                                        models.Q(("outcome", ""), _negated=True),
                                        models.Q(("findings", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="objection_decided_says_what",
                                violation_error_code="no_findings",
                                violation_error_message="处理结果要有结论、理由和决定人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("ANSWERED", "CLOSED")), _negated=True),
                                    models.Q(("answered_by__isnull", False), models.Q(("answer", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="objection_answered_says_what",
                                violation_error_code="no_answer",
                                violation_error_message="答复要有内容和答复人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("name_sealed__regex", "^1\\.[^.]+\\.[\\w=-]+$"),
                                    ("contact_sealed__regex", "^1\\.[^.]+\\.[\\w=-]+$"),
                                ),
                                name="objection_person_is_sealed",
                                violation_error_code="not_sealed",
                                violation_error_message="异议人的姓名和联系方式要加密保存",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="objection",
                    trigger=pgtrigger.compiler.Trigger(
                        name="objection_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('RECEIVED') THEN RAISE EXCEPTION 'refused by objection_moves' USING ERRCODE = '23514', CONSTRAINT = 'objection_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ACCEPTED', 'INVESTIGATING'), ('ANSWERED', 'CLOSED'), ('INVESTIGATING', 'NOT_UPHELD'), ('INVESTIGATING', 'UPHELD'), ('NOT_UPHELD', 'ANSWERED'), ('RECEIVED', 'ACCEPTED'), ('RECEIVED', 'DISMISSED'), ('UPHELD', 'ANSWERED')) THEN\n                RAISE EXCEPTION 'refused by objection_moves' USING ERRCODE = '23514', CONSTRAINT = 'objection_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="7bb0b8481f76c1b639ee72450f22bbf7b3e3ab42",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_objection_moves_9ca7a",
                            table="office_objection",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="objection",
                    trigger=pgtrigger.compiler.Trigger(
                        name="objection_decided_for_another",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.investigated_by_id IS NOT NULL AND NEW.decided_by_id IS NOT NULL AND EXISTS ((\n    SELECT NEW.investigated_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'office.objection' AND object_id = NEW.id\n        AND verb IN ('office.investigate_objection') AND outcome = 'DONE' AND actor_id = NEW.investigated_by_id AND acted_for_id IS NOT NULL\n) INTERSECT (\n    SELECT NEW.decided_by_id UNION\n    SELECT acted_for_id FROM accounts_event WHERE object_type = 'office.objection' AND object_id = NEW.id\n        AND verb IN ('office.uphold_objection', 'office.overrule_objection') AND outcome = 'DONE' AND actor_id = NEW.decided_by_id AND acted_for_id IS NOT NULL\n)) THEN RAISE EXCEPTION 'refused by objection_decided_for_another' USING ERRCODE = '23514', CONSTRAINT = 'objection_decided_for_another'; END IF;\n            RETURN NULL;\n        ",
                            hash="c36c9abdc07cf1fb09b34974a3abcf4735f287c4",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_objection_decided_for_another_fd042",
                            table="office_objection",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="objection",
                    trigger=pgtrigger.compiler.Trigger(
                        name="objection_as_filed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'name_sealed', 'contact_sealed', 'due_on', 'extended', 'accepted_by_id', 'investigated_by_id', 'outcome', 'findings', 'decided_by_id', 'decided_at', 'answer', 'answered_by_id', 'answered_at', 'closed_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'name_sealed', 'contact_sealed', 'due_on', 'extended', 'accepted_by_id', 'investigated_by_id', 'outcome', 'findings', 'decided_by_id', 'decided_at', 'answer', 'answered_by_id', 'answered_at', 'closed_at'] THEN\n                RAISE EXCEPTION 'refused by objection_as_filed' USING ERRCODE = '23514', CONSTRAINT = 'objection_as_filed';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="7a7e6fefb43fe1441db715f0a1137d1f66b2f5c1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_objection_as_filed_74902",
                            table="office_objection",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="objection",
                    trigger=pgtrigger.compiler.Trigger(
                        name="objection_in_time",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n    PERFORM 1 FROM office_notice WHERE id = NEW.notice_id FOR SHARE;\n    IF NOT EXISTS (SELECT 1 FROM office_notice WHERE id = NEW.notice_id AND NOT settled\n        AND NEW.filed_on BETWEEN starts_on AND ends_on) THEN RAISE EXCEPTION 'refused by objection_in_time' USING ERRCODE = '23514', CONSTRAINT = 'objection_in_time'; END IF;\n    RETURN NEW;\n",
                            hash="6092fdc05bd64ead11ab17c2700345633e9aa766",
                            operation="INSERT",
                            pgid="pgtrigger_objection_in_time_1b167",
                            table="office_objection",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="objection",
                    trigger=pgtrigger.compiler.Trigger(
                        name="objection_not_by_publisher",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (SELECT published_by_id FROM office_notice WHERE id = NEW.notice_id)\n                        IN (NEW.accepted_by_id, NEW.investigated_by_id, NEW.decided_by_id, NEW.answered_by_id) THEN RAISE EXCEPTION 'refused by objection_not_by_publisher' USING ERRCODE = '23514', CONSTRAINT = 'objection_not_by_publisher'; END IF;\n                    RETURN NEW;\n                ",
                            hash="fa6baa6141b8fe98580f0301ec5689dee9ab4cfe",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_objection_not_by_publisher_e8e01",
                            table="office_objection",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ObjectionPaper",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "objection",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="papers",
                                to="office.objection",
                                verbose_name="异议",
                            ),
                        ),
                        (
                            "attachment",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.attachment",
                                verbose_name="文件",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "异议材料",
                        "verbose_name_plural": "异议材料",
                        "ordering": ("pk",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="objectionpaper",
                    trigger=pgtrigger.compiler.Trigger(
                        name="objection_paper_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by objection_paper_append_only' USING ERRCODE = '23514', CONSTRAINT = 'objection_paper_append_only';",
                            hash="54aa7e055854ec67bcc0b6dacebffc9b1dcc4651",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_objection_paper_append_only_d9c82",
                            table="office_objectionpaper",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Outage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("started_at", models.DateTimeField(verbose_name="停运起")),
                        ("ended_at", models.DateTimeField(verbose_name="恢复")),
                        ("evidence", models.TextField(verbose_name="依据")),
                        (
                            "entered_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="录入人",
                            ),
                        ),
                        ("entered_at", models.DateTimeField(default=kernel.clock.now, verbose_name="录入时间")),
                    ],
                    options={
                        "verbose_name": "网站停运",
                        "verbose_name_plural": "网站停运",
                        "ordering": ("-started_at",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("ended_at__gt", models.F("started_at"))),
                                name="outage_ends_after_start",
                                violation_error_code="outage_span",
                                violation_error_message="恢复时间要晚于停运时间",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="outage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="outage_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by outage_append_only' USING ERRCODE = '23514', CONSTRAINT = 'outage_append_only';",
                            hash="660afd4de68faeaee568d8b8dc1b9f4bb0926b15",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_outage_append_only_37a40",
                            table="office_outage",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Phrase",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=20, verbose_name="名称")),
                        ("text", models.CharField(max_length=500, verbose_name="内容")),
                        (
                            "owner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="phrases",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="本人",
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="辖区",
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="写入人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "常用语",
                        "verbose_name_plural": "常用语",
                        "ordering": ("-owner", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("division__isnull", False), ("owner__isnull", True)),
                                    models.Q(("division__isnull", True), ("owner__isnull", False)),
                                    _connector="OR",
                                ),
                                name="phrase_of_one",
                                violation_error_code="phrase_of_nobody",
                                violation_error_message="常用语要么是本人的，要么是一个辖区共用的",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Profile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                        ("title", models.CharField(max_length=100, verbose_name="名称")),
                        ("instrument", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                        ("valid_from", models.DateField(blank=True, null=True, verbose_name="施行")),
                        ("valid_to", models.DateField(blank=True, null=True, verbose_name="截止")),
                        ("notice_workdays", models.PositiveSmallIntegerField(verbose_name="结果公示工作日")),
                        ("acceptance_workdays", models.PositiveSmallIntegerField(verbose_name="受理时限工作日")),
                        ("review_workdays", models.PositiveSmallIntegerField(verbose_name="审核时限工作日")),
                        ("generated_after", models.DateField(blank=True, null=True, verbose_name="减排量产生不早于")),
                        (
                            "look_back_years",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="追溯年限"),
                        ),
                        ("sign_off", models.JSONField(blank=True, default=list, verbose_name="三级签批的事项")),
                        ("second_liability", models.TextField(blank=True, verbose_name="业主不补足时由后手承担的条款")),
                        (
                            "materiality_percent",
                            models.DecimalField(
                                decimal_places=2, default=Decimal("5"), max_digits=5, verbose_name="重要性水平 %"
                            ),
                        ),
                        ("evidence", models.CharField(default="A", max_length=1, verbose_name="证据等级")),
                    ],
                    options={
                        "verbose_name": "机制配置",
                        "verbose_name_plural": "机制配置",
                    },
                ),
                migrations.CreateModel(
                    name="SavedFilter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="本人",
                            ),
                        ),
                        ("desk", models.CharField(max_length=60, verbose_name="工作台")),
                        ("title", models.CharField(max_length=20, verbose_name="名称")),
                        ("query", models.CharField(max_length=500, verbose_name="条件")),
                    ],
                    options={
                        "verbose_name": "常用筛选",
                        "verbose_name_plural": "常用筛选",
                        "ordering": ("desk", "title"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("owner", "desk", "title"),
                                name="saved_filter_once",
                                violation_error_code="filter_known",
                                violation_error_message="您在这个台上已有同名的筛选，请换一个名称",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignOff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("verb", models.CharField(max_length=60, verbose_name="事项")),
                        ("object_type", models.CharField(max_length=60, verbose_name="对象类别")),
                        ("object_id", models.BigIntegerField(verbose_name="对象编号")),
                        ("object_label", models.CharField(max_length=200, verbose_name="对象")),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="辖区",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("DRAFTED", "待审核"),
                                    ("REVIEWED", "待签发"),
                                    ("SIGNED", "已签发"),
                                    ("SENT_BACK", "已退回经办"),
                                ],
                                default="DRAFTED",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("opinion", models.TextField(verbose_name="拟办意见")),
                        (
                            "drafted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经办人",
                            ),
                        ),
                        (
                            "drafted_for",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经办（代）",
                            ),
                        ),
                        ("drafted_at", models.DateTimeField(default=kernel.clock.now, verbose_name="经办时间")),
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
                            "reviewed_for",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核（代）",
                            ),
                        ),
                        ("reviewed_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                        ("review", models.TextField(blank=True, verbose_name="审核意见")),
                        (
                            "signed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发人",
                            ),
                        ),
                        (
                            "signed_for",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="签发（代）",
                            ),
                        ),
                        ("signed_at", models.DateTimeField(null=True, verbose_name="签发时间")),
                        (
                            "sent_back_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="退回人",
                            ),
                        ),
                        ("sent_back", models.TextField(blank=True, verbose_name="退回理由")),
                    ],
                    options={
                        "verbose_name": "签批单",
                        "verbose_name_plural": "签批单",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["object_type", "object_id"], name="signoff_object")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("drafted_by__isnull", True),
                                        ("reviewed_by__isnull", True),
                                        models.Q(("drafted_by", models.F("reviewed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_by__isnull", True),
                                        ("reviewed_for__isnull", True),
                                        models.Q(("drafted_by", models.F("reviewed_for")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_for__isnull", True),
                                        ("reviewed_by__isnull", True),
                                        models.Q(("drafted_for", models.F("reviewed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_for__isnull", True),
                                        ("reviewed_for__isnull", True),
                                        models.Q(("drafted_for", models.F("reviewed_for")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_by__isnull", True),
                                        ("signed_by__isnull", True),
                                        models.Q(("drafted_by", models.F("signed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_by__isnull", True),
                                        ("signed_for__isnull", True),
                                        models.Q(("drafted_by", models.F("signed_for")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_for__isnull", True),
                                        ("signed_by__isnull", True),
                                        models.Q(("drafted_for", models.F("signed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("drafted_for__isnull", True),
                                        ("signed_for__isnull", True),
                                        models.Q(("drafted_for", models.F("signed_for")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reviewed_by__isnull", True),
                                        ("signed_by__isnull", True),
                                        models.Q(("reviewed_by", models.F("signed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reviewed_by__isnull", True),
                                        ("signed_for__isnull", True),
                                        models.Q(("reviewed_by", models.F("signed_for")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reviewed_for__isnull", True),
                                        ("signed_by__isnull", True),
                                        models.Q(("reviewed_for", models.F("signed_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("reviewed_for__isnull", True),
                                        ("signed_for__isnull", True),
                                        models.Q(("reviewed_for", models.F("signed_for")), _negated=True),
                                        _connector="OR",
                                    ),
                                ),
                                name="signoff_three_people",
                                violation_error_code="same_person",
                                violation_error_message="经办、审核、签发要是三个人，代办视同本人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_by", None), ("signed_by", None), ("state", "DRAFTED")),
                                    models.Q(
                                        ("reviewed_by__isnull", False), ("signed_by", None), ("state", "REVIEWED")
                                    ),
                                    models.Q(
                                        ("reviewed_by__isnull", False),
                                        ("signed_by__isnull", False),
                                        ("state", "SIGNED"),
                                    ),
                                    models.Q(
                                        ("sent_back_by__isnull", False),
                                        ("signed_by", None),
                                        ("state", "SENT_BACK"),
                                        models.Q(("sent_back", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="signoff_steps_in_order",
                                violation_error_code="step_missing",
                                violation_error_message="签批要先经办、再审核、后签发，退回要写明理由",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("DRAFTED", "REVIEWED"))),
                                fields=("object_type", "object_id"),
                                name="signoff_one_open",
                                violation_error_code="in_sign_off",
                                violation_error_message="这一件已有一张签批单在办，请先办完或退回",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signoff",
                    trigger=pgtrigger.compiler.Trigger(
                        name="signoff_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('DRAFTED') THEN RAISE EXCEPTION 'refused by signoff_moves' USING ERRCODE = '23514', CONSTRAINT = 'signoff_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('DRAFTED', 'REVIEWED'), ('DRAFTED', 'SENT_BACK'), ('REVIEWED', 'SENT_BACK'), ('REVIEWED', 'SIGNED')) THEN\n                RAISE EXCEPTION 'refused by signoff_moves' USING ERRCODE = '23514', CONSTRAINT = 'signoff_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="362921ba122becb6cbc154f2bcd098fdbd8e203e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_signoff_moves_00c92",
                            table="office_signoff",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signoff",
                    trigger=pgtrigger.compiler.Trigger(
                        name="signoff_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'reviewed_by_id', 'reviewed_for_id', 'reviewed_at', 'review', 'signed_by_id', 'signed_for_id', 'signed_at', 'sent_back_by_id', 'sent_back'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'reviewed_by_id', 'reviewed_for_id', 'reviewed_at', 'review', 'signed_by_id', 'signed_for_id', 'signed_at', 'sent_back_by_id', 'sent_back'] THEN\n                RAISE EXCEPTION 'refused by signoff_append_only' USING ERRCODE = '23514', CONSTRAINT = 'signoff_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="8cc543c2998fecf0e15d41615c72c6f414d74dd3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_signoff_append_only_a3212",
                            table="office_signoff",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signoff",
                    trigger=pgtrigger.compiler.Trigger(
                        name="signoff_reviewed_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.reviewed_by_id IS NOT NULL AND OLD.reviewed_by_id IS DISTINCT FROM NEW.reviewed_by_id THEN\n                RAISE EXCEPTION 'refused by signoff_reviewed_once' USING ERRCODE = '23514', CONSTRAINT = 'signoff_reviewed_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="2cb293fb0d923945b4dd3401c2252f23e95729c9",
                            operation="UPDATE",
                            pgid="pgtrigger_signoff_reviewed_once_95e25",
                            table="office_signoff",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="signoff",
                    trigger=pgtrigger.compiler.Trigger(
                        name="signoff_signed_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.signed_by_id IS NOT NULL AND OLD.signed_by_id IS DISTINCT FROM NEW.signed_by_id THEN\n                RAISE EXCEPTION 'refused by signoff_signed_once' USING ERRCODE = '23514', CONSTRAINT = 'signoff_signed_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="0fe9a4acc2879d7b8ba38ddf3ee6a2f0c695f215",
                            operation="UPDATE",
                            pgid="pgtrigger_signoff_signed_once_7fc8d",
                            table="office_signoff",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="DeputyDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "代办台",
                        "verbose_name_plural": "代办台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("accounts.deputy",),
                ),
                migrations.CreateModel(
                    name="Assignment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("object_type", models.CharField(max_length=60, verbose_name="对象类别")),
                        ("object_id", models.BigIntegerField(verbose_name="对象编号")),
                        ("object_label", models.CharField(max_length=200, verbose_name="对象")),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="辖区",
                            ),
                        ),
                        (
                            "assignee",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="承办人",
                            ),
                        ),
                        (
                            "given_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="分派人",
                            ),
                        ),
                        ("given_at", models.DateTimeField(default=kernel.clock.now, verbose_name="分派时间")),
                        ("reason", models.TextField(blank=True, verbose_name="理由")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="交出时间")),
                    ],
                    options={
                        "verbose_name": "承办",
                        "verbose_name_plural": "承办",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["assignee", "ended_at"], name="assignment_of")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("ended_at", None)),
                                fields=("object_type", "object_id"),
                                name="assignment_one_hand",
                                violation_error_code="assigned",
                                violation_error_message="这一件刚刚分派给了别人，请刷新页面",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="assignment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="assignment_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['ended_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['ended_at'] THEN\n                RAISE EXCEPTION 'refused by assignment_append_only' USING ERRCODE = '23514', CONSTRAINT = 'assignment_append_only';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="f1b4571179aabf44d6f746bb9d2de93764489adb",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_assignment_append_only_33581",
                            table="office_assignment",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="assignment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="assignment_ended_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.ended_at IS NOT NULL AND OLD.ended_at IS DISTINCT FROM NEW.ended_at THEN\n                RAISE EXCEPTION 'refused by assignment_ended_once' USING ERRCODE = '23514', CONSTRAINT = 'assignment_ended_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1e9560cbf2db703c4cd1ed27f28a68933dfd51de",
                            operation="UPDATE",
                            pgid="pgtrigger_assignment_ended_once_cf870",
                            table="office_assignment",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AssignmentDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "承办台",
                        "verbose_name_plural": "承办台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("office.assignment",),
                ),
                migrations.CreateModel(
                    name="BusinessClock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("offset", models.DurationField(verbose_name="快进")),
                    ],
                    options={
                        "verbose_name": "演示时钟",
                        "verbose_name_plural": "演示时钟",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("pk", 1)),
                                name="clock_one_row",
                                violation_error_code="clock_one_row",
                                violation_error_message="演示时钟只有一行",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="businessclock",
                    trigger=pgtrigger.compiler.Trigger(
                        name="clock_forward_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF TG_OP = 'DELETE' OR NEW.\"offset\" < OLD.\"offset\" THEN RAISE EXCEPTION 'refused by clock_forward_only' USING ERRCODE = '23514', CONSTRAINT = 'clock_forward_only'; END IF;\n                    RETURN NEW;\n                ",
                            hash="3e4f7117005301d74dc19566354e0a453cbc3330",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_clock_forward_only_04cde",
                            table="office_businessclock",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="DeliveryDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "消息重发台",
                        "verbose_name_plural": "消息重发台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("office.delivery",),
                ),
                migrations.CreateModel(
                    name="ObjectionDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "异议台",
                        "verbose_name_plural": "异议台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("office.objection",),
                ),
                migrations.CreateModel(
                    name="PhraseDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "常用语",
                        "verbose_name_plural": "常用语",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("office.phrase",),
                ),
                migrations.CreateModel(
                    name="SignOffDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "签批台",
                        "verbose_name_plural": "签批台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("office.signoff",),
                ),
            ],
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;REVOKE DELETE ON {NEVER_DELETED} FROM portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
