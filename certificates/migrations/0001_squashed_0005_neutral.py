import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import certificates.models
import kernel.clock
from accounts.migrating import AtOnce

WRITTEN_ONCE = "certificates_logleaf, certificates_loghead"
NEVER_DELETED = "certificates_certificate"


class Migration(migrations.Migration):
    replaces = [
        ("certificates", "0001_initial"),
        ("certificates", "0002_books"),
        ("certificates", "0003_desks"),
        ("certificates", "0004_personal"),
        ("certificates", "0005_neutral"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="LogLeaf",
                    fields=[
                        (
                            "position",
                            models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name="位置"),
                        ),
                        ("kind", models.CharField(max_length=20, verbose_name="种类")),
                        ("subject", models.CharField(max_length=60, verbose_name="对象")),
                        ("leaf_hash", models.CharField(max_length=64, verbose_name="叶散列")),
                        ("logged_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="记入时间")),
                    ],
                    options={
                        "verbose_name": "透明日志",
                        "verbose_name_plural": "透明日志",
                        "ordering": ("position",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "subject"),
                                name="log_leaf_once",
                                violation_error_code="already_logged",
                                violation_error_message="这件事已经记入透明日志",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("leaf_hash__regex", "^[0-9a-f]{64}$")),
                                name="log_leaf_hash_shape",
                                violation_error_code="bad_leaf",
                                violation_error_message="叶散列应为 64 位十六进制",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="logleaf",
                    trigger=pgtrigger.compiler.Trigger(
                        name="log_leaf_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by log_leaf_append_only' USING ERRCODE = '23514', CONSTRAINT = 'log_leaf_append_only';",
                            hash="06bb48133aed9b19c1d1949aa6db31f1f844bb47",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_log_leaf_append_only_90d9d",
                            table="certificates_logleaf",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="logleaf",
                    trigger=pgtrigger.compiler.Trigger(
                        name="log_leaf_contiguous",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.position <> (SELECT COALESCE(MAX(position) + 1, 0) FROM certificates_logleaf) THEN RAISE EXCEPTION 'refused by log_leaf_contiguous' USING ERRCODE = '23514', CONSTRAINT = 'log_leaf_contiguous'; END IF;\n                    RETURN NEW;\n                ",
                            hash="8d83e72793ec5a90ee4e58a54282931e261f6f20",
                            operation="INSERT",
                            pgid="pgtrigger_log_leaf_contiguous_854e7",
                            table="certificates_logleaf",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Certificate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=24, unique=True, verbose_name="证书编号")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("REGISTRATION", "项目登记证书"),
                                    ("ISSUANCE", "减排量签发凭证"),
                                    ("RETIREMENT", "注销证明"),
                                    ("PERSONAL", "个人减排证书"),
                                    ("NEUTRAL", "碳中和证书"),
                                ],
                                max_length=12,
                                verbose_name="种类",
                            ),
                        ),
                        ("subject_type", models.CharField(max_length=60, verbose_name="对象类别")),
                        ("subject_id", models.BigIntegerField(verbose_name="对象")),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounts.division", verbose_name="辖区"
                            ),
                        ),
                        ("holder_name", models.CharField(max_length=48, verbose_name="持有人")),
                        ("snapshot", models.JSONField(verbose_name="内容")),
                        ("digest", models.CharField(max_length=64, verbose_name="摘要 SM3")),
                        ("issued_on", models.DateField(verbose_name="颁发日期")),
                        (
                            "awarded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="颁发人",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("VALID", "有效"), ("REVOKED", "已撤销")],
                                default="VALID",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                        ("revoked_reason", models.TextField(blank=True, verbose_name="撤销原因")),
                        (
                            "pdf",
                            models.FileField(
                                blank=True, max_length=200, upload_to=certificates.models.pdf_path, verbose_name="文件"
                            ),
                        ),
                        ("pdf_sha256", models.CharField(blank=True, max_length=64, verbose_name="文件摘要")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                        ("next_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="下次生成")),
                        ("last_error", models.TextField(blank=True, verbose_name="上次出错")),
                    ],
                    options={
                        "verbose_name": "证书",
                        "verbose_name_plural": "证书",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(fields=["subject_type", "subject_id"], name="certificate_subject"),
                            models.Index(
                                condition=models.Q(("pdf", ""), ("state", "VALID")),
                                fields=["next_at"],
                                name="certificate_waiting",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "VALID")),
                                fields=("kind", "subject_type", "subject_id"),
                                name="certificate_one_valid",
                                violation_error_code="already_awarded",
                                violation_error_message="这一事项已经颁发过有效的证书",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("number__regex", "^TPH[0-9]{20}[0-9A-Z]$")),
                                name="certificate_number_shape",
                                violation_error_code="bad_number",
                                violation_error_message="证书编号应为 TPH 加 20 位数字和 1 位校验位",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("digest__regex", "^[0-9a-f]{64}$")),
                                name="certificate_digest_shape",
                                violation_error_code="bad_digest",
                                violation_error_message="摘要应为 64 位十六进制",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("revoked_at", None), ("revoked_reason", ""), ("state", "VALID")),
                                    models.Q(
                                        ("revoked_at__isnull", False),
                                        ("state", "REVOKED"),
                                        models.Q(("revoked_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="certificate_revoked_says_why",
                                violation_error_code="no_reason",
                                violation_error_message="撤销要写明时间和原因，有效的证书没有撤销原因",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="certificate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="certificate_fixed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'revoked_at', 'revoked_reason', 'pdf', 'pdf_sha256', 'attempts', 'next_at', 'last_error'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'revoked_at', 'revoked_reason', 'pdf', 'pdf_sha256', 'attempts', 'next_at', 'last_error'] THEN\n                RAISE EXCEPTION 'refused by certificate_fixed' USING ERRCODE = '23514', CONSTRAINT = 'certificate_fixed';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="4b1378de640b2b367b5973e11aa0ebda6a416ba8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_certificate_fixed_e689e",
                            table="certificates_certificate",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="certificate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="certificate_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('VALID') THEN RAISE EXCEPTION 'refused by certificate_moves' USING ERRCODE = '23514', CONSTRAINT = 'certificate_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('VALID', 'REVOKED')) THEN\n                RAISE EXCEPTION 'refused by certificate_moves' USING ERRCODE = '23514', CONSTRAINT = 'certificate_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="f04580c06e36e0be1a2178b0fa1bbb6fcf6af0d4",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_certificate_moves_e9fca",
                            table="certificates_certificate",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="certificate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="certificate_revoked_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.state = 'REVOKED'\n                       AND (OLD.revoked_at, OLD.revoked_reason) IS DISTINCT FROM (NEW.revoked_at, NEW.revoked_reason) THEN\n                        RAISE EXCEPTION 'refused by certificate_revoked_once' USING ERRCODE = '23514', CONSTRAINT = 'certificate_revoked_once';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="7f3922fed8241d13d335d0978952caeea49d3c08",
                            operation="UPDATE",
                            pgid="pgtrigger_certificate_revoked_once_ecc7b",
                            table="certificates_certificate",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ParkedDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "证书出错台",
                        "verbose_name_plural": "证书出错台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("certificates.certificate",),
                ),
                migrations.CreateModel(
                    name="RevocationDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "证书撤销台",
                        "verbose_name_plural": "证书撤销台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("certificates.certificate",),
                ),
                migrations.CreateModel(
                    name="LogHead",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("size", models.PositiveBigIntegerField(unique=True, verbose_name="页数")),
                        ("root", models.CharField(max_length=64, verbose_name="树根")),
                        ("sealed_at", models.DateTimeField(verbose_name="签名时间")),
                        ("public_key", models.CharField(max_length=64, verbose_name="公钥")),
                        ("signature", models.CharField(max_length=128, verbose_name="签名")),
                    ],
                    options={
                        "verbose_name": "日志树头",
                        "verbose_name_plural": "日志树头",
                        "ordering": ("-size",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("size__gt", 0)),
                                name="log_head_not_empty",
                                violation_error_code="empty_log",
                                violation_error_message="空的日志没有树头",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="loghead",
                    trigger=pgtrigger.compiler.Trigger(
                        name="log_head_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by log_head_append_only' USING ERRCODE = '23514', CONSTRAINT = 'log_head_append_only';",
                            hash="bbefab3a4829cf0d3d4ca4379a95f39c0b7cbd75",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_log_head_append_only_8a6c0",
                            table="certificates_loghead",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;REVOKE DELETE ON {NEVER_DELETED} FROM portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;GRANT DELETE ON {NEVER_DELETED} TO portal_app",
        ),
    ]
