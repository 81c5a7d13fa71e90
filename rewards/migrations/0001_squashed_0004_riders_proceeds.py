import datetime

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
    "rewards_pointrule, "
    "rewards_pointsrun, "
    "rewards_pointday, "
    "rewards_pointentry, "
    "rewards_pointleg, "
    "rewards_proceedsshare"
)
NEVER_DELETED = (
    "rewards_pointaccount, "
    "rewards_pointlot, "
    "rewards_merchant, "
    "rewards_offer, "
    "rewards_coupon, "
    "rewards_merchantdevice, "
    "rewards_cashier, "
    "rewards_couponuse, "
    "rewards_proceedspool"
)


class Migration(migrations.Migration):
    replaces = [
        ("rewards", "0001_initial"),
        ("rewards", "0002_books"),
        ("rewards", "0003_desks"),
        ("rewards", "0004_riders_proceeds"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
        ("scenarios", "0001_squashed_0009_repealed_methods"),
        ("trading", "0001_squashed_0006_compliance_offset"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Cashier",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "merchant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cashiers",
                                to="rewards.merchant",
                                verbose_name="商户",
                            ),
                        ),
                        ("name", models.CharField(max_length=30, verbose_name="店员")),
                        ("pin_hash", models.CharField(editable=False, max_length=128)),
                        ("leader", models.BooleanField(default=False, verbose_name="值班长")),
                        ("active", models.BooleanField(default=True, verbose_name="在岗")),
                        ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="连续输错")),
                        ("locked_until", models.DateTimeField(blank=True, null=True, verbose_name="锁定至")),
                    ],
                    options={
                        "verbose_name": "店员",
                        "verbose_name_plural": "店员",
                        "ordering": ("merchant", "name"),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("active", True)),
                                fields=("merchant", "name"),
                                name="cashier_name_once",
                                violation_error_code="cashier_known",
                                violation_error_message="这家店已有同名的店员",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("tries__lte", 5),
                                    models.Q(("tries__lt", 5), ("locked_until__isnull", False), _connector="OR"),
                                ),
                                name="cashier_tries_end",
                                violation_error_code="too_many_tries",
                                violation_error_message="PIN 连续输错 5 次，先锁定 15 分钟",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RidersSaleDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "公众收益登记台",
                        "verbose_name_plural": "公众收益登记台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("trading.agreement",),
                ),
                migrations.CreateModel(
                    name="CashierDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "店员台",
                        "verbose_name_plural": "店员台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("rewards.cashier",),
                ),
                migrations.CreateModel(
                    name="Coupon",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "offer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coupons",
                                to="rewards.offer",
                                verbose_name="兑换项",
                            ),
                        ),
                        (
                            "citizen",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coupons",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("place", models.PositiveSmallIntegerField(verbose_name="本人第几张")),
                        ("code_sealed", models.TextField(editable=False)),
                        ("code_blind", models.CharField(editable=False, max_length=64)),
                        ("tail", models.CharField(max_length=4, verbose_name="券码尾号")),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="coupon",
                                to="rewards.pointentry",
                                verbose_name="积分明细",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ISSUED", "未使用"),
                                    ("USED", "已核销"),
                                    ("CANCELLED", "已退回"),
                                    ("EXPIRED", "已过期"),
                                ],
                                default="ISSUED",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("issued_at", models.DateTimeField(default=kernel.clock.now, verbose_name="兑换时间")),
                        ("expires_on", models.DateField(verbose_name="有效期至")),
                    ],
                    options={
                        "verbose_name": "券",
                        "verbose_name_plural": "券",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "ISSUED")), fields=["expires_on"], name="coupon_expiring"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("code_blind",),
                                name="coupon_code_once",
                                violation_error_code="code_known",
                                violation_error_message="券码重复，请再试一次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("code_blind__regex", "^[0-9a-f]{64}$"),
                                    ("code_sealed__regex", "^[0-9]+\\.[^.]+\\.[^.]{40,}$"),
                                ),
                                name="coupon_code_is_sealed",
                                violation_error_code="code_not_sealed",
                                violation_error_message="券码只存密文和盲索引",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "CANCELLED"), _negated=True),
                                fields=("offer", "citizen", "place"),
                                name="coupon_place_once",
                                violation_error_code="limit_reached",
                                violation_error_message="您已兑满这一项的每人限额",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('ISSUED') THEN RAISE EXCEPTION 'refused by coupon_moves' USING ERRCODE = '23514', CONSTRAINT = 'coupon_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('EXPIRED', 'CANCELLED'), ('ISSUED', 'CANCELLED'), ('ISSUED', 'EXPIRED'), ('ISSUED', 'USED'), ('USED', 'ISSUED')) THEN\n                RAISE EXCEPTION 'refused by coupon_moves' USING ERRCODE = '23514', CONSTRAINT = 'coupon_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1c0d423a8f88552bc1f8ad99c6a9b60ba8765bcd",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_coupon_moves_a4afe",
                            table="rewards_coupon",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state'] THEN\n                RAISE EXCEPTION 'refused by coupon_stays' USING ERRCODE = '23514', CONSTRAINT = 'coupon_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="15f4330892907ba808e345e1d780b7b606f02a52",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_coupon_stays_57a65",
                            table="rewards_coupon",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_within_limit",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.place NOT BETWEEN 1 AND (SELECT per_person FROM rewards_offer WHERE id = NEW.offer_id) THEN RAISE EXCEPTION 'refused by coupon_within_limit' USING ERRCODE = '23514', CONSTRAINT = 'coupon_within_limit';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="565e1d5b55a1954a9b3288c046644c854cdb90a5",
                            operation="INSERT",
                            pgid="pgtrigger_coupon_within_limit_67e04",
                            table="rewards_coupon",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_is_paid",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (SELECT 1 FROM rewards_pointentry e JOIN rewards_pointaccount a ON a.id = e.account_id\n                        JOIN rewards_offer o ON o.id = NEW.offer_id\n                        WHERE e.id = NEW.entry_id AND e.kind = 'SPEND' AND a.citizen_id = NEW.citizen_id\n                            AND e.points = -o.price_points) THEN RAISE EXCEPTION 'refused by coupon_is_paid' USING ERRCODE = '23514', CONSTRAINT = 'coupon_is_paid';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="f54d86ca712e4518ded26754f0c22564119085e7",
                            operation="INSERT",
                            pgid="pgtrigger_coupon_is_paid_a6d32",
                            table="rewards_coupon",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="coupon",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_used_has_its_use",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF EXISTS (SELECT 1 FROM rewards_coupon c WHERE c.id = NEW.id AND (c.state = 'USED') <>\n                        EXISTS (SELECT 1 FROM rewards_couponuse WHERE coupon_id = c.id AND undone_at IS NULL)) THEN RAISE EXCEPTION 'refused by coupon_used_has_its_use' USING ERRCODE = '23514', CONSTRAINT = 'coupon_used_has_its_use';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="02ed5a25b0ee77970347d853ee34420783a7f936",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_coupon_used_has_its_use_a23ba",
                            table="rewards_coupon",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CouponDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "退券台",
                        "verbose_name_plural": "退券台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("rewards.coupon",),
                ),
                migrations.CreateModel(
                    name="Merchant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="merchants",
                                to="accounts.organisation",
                                verbose_name="单位",
                            ),
                        ),
                        ("name", models.CharField(max_length=60, verbose_name="门店名称")),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="收银身份",
                            ),
                        ),
                        ("active", models.BooleanField(default=True, verbose_name="启用")),
                        ("joined_at", models.DateTimeField(default=kernel.clock.now, verbose_name="入驻")),
                    ],
                    options={
                        "verbose_name": "商户",
                        "verbose_name_plural": "商户",
                        "ordering": ("name",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("organisation", "name"),
                                name="merchant_once",
                                violation_error_code="merchant_known",
                                violation_error_message="这个单位已有同名的门店",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MerchantDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "商户台",
                        "verbose_name_plural": "商户台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("rewards.merchant",),
                ),
                migrations.CreateModel(
                    name="MerchantDevice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "merchant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="devices",
                                to="rewards.merchant",
                                verbose_name="商户",
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                help_text="店里怎么叫它，如“2 号柜台”", max_length=30, verbose_name="设备"
                            ),
                        ),
                        ("key_hash", models.CharField(editable=False, max_length=64)),
                        ("active", models.BooleanField(default=True, verbose_name="启用")),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="建立")),
                    ],
                    options={
                        "verbose_name": "收银设备",
                        "verbose_name_plural": "收银设备",
                        "ordering": ("merchant", "name"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("key_hash",),
                                name="device_key_once",
                                violation_error_code="key_known",
                                violation_error_message="设备密钥重复，请再试一次",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("active", True)),
                                fields=("merchant", "name"),
                                name="device_name_once",
                                violation_error_code="device_known",
                                violation_error_message="这家店已有同名的设备",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CouponUse",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "coupon",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="rewards.coupon",
                                verbose_name="券",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="rewards.merchantdevice",
                                verbose_name="收银设备",
                            ),
                        ),
                        (
                            "cashier",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="uses",
                                to="rewards.cashier",
                                verbose_name="店员",
                            ),
                        ),
                        ("used_at", models.DateTimeField(default=kernel.clock.now, verbose_name="核销时间")),
                        ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                        (
                            "undone_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="rewards.cashier",
                                verbose_name="撤销人",
                            ),
                        ),
                        ("undo_reason", models.CharField(blank=True, max_length=200, verbose_name="撤销原因")),
                    ],
                    options={
                        "verbose_name": "核销记录",
                        "verbose_name_plural": "核销记录",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["cashier", "used_at"], name="coupon_use_day")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("undone_at", None)),
                                fields=("coupon",),
                                name="coupon_use_once",
                                violation_error_code="already_used",
                                violation_error_message="这张券已经核销过",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("undo_reason", ""), ("undone_at", None), ("undone_by", None)),
                                    models.Q(
                                        ("undone_at__gte", models.F("used_at")),
                                        ("undone_by__isnull", False),
                                        models.Q(("undo_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="coupon_use_undone_by_somebody",
                                violation_error_code="no_reason",
                                violation_error_message="撤销要写明是谁、什么原因",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("undone_at", None),
                                    (
                                        "undone_at__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("used_at"), "+", models.Value(datetime.timedelta(seconds=600))
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="coupon_use_undone_in_time",
                                violation_error_code="too_late",
                                violation_error_message="核销已超过 10 分钟，不能撤销",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="couponuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_use_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['undone_at', 'undone_by_id', 'undo_reason'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['undone_at', 'undone_by_id', 'undo_reason'] THEN\n                RAISE EXCEPTION 'refused by coupon_use_stays' USING ERRCODE = '23514', CONSTRAINT = 'coupon_use_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1cdec966f76fa64c98311c3403a8439c10775b95",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_coupon_use_stays_57009",
                            table="rewards_couponuse",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="couponuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_use_undone_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.undone_at IS NOT NULL AND OLD.undone_at IS DISTINCT FROM NEW.undone_at THEN\n                RAISE EXCEPTION 'refused by coupon_use_undone_once' USING ERRCODE = '23514', CONSTRAINT = 'coupon_use_undone_once';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="15595a1a8f0601a417ac41006559f70b85ce8b23",
                            operation="UPDATE",
                            pgid="pgtrigger_coupon_use_undone_once_b62d8",
                            table="rewards_couponuse",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="couponuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_use_in_its_shop",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (SELECT 1 FROM rewards_coupon c JOIN rewards_offer o ON o.id = c.offer_id\n                            JOIN rewards_merchantdevice d ON d.id = NEW.device_id AND d.merchant_id = o.merchant_id\n                            JOIN rewards_cashier k ON k.id = NEW.cashier_id AND k.merchant_id = o.merchant_id\n                            WHERE c.id = NEW.coupon_id\n                                AND (NEW.undone_by_id IS NULL OR EXISTS (SELECT 1 FROM rewards_cashier u\n                                    WHERE u.id = NEW.undone_by_id AND u.merchant_id = o.merchant_id AND u.leader)))\n                    THEN RAISE EXCEPTION 'refused by coupon_use_in_its_shop' USING ERRCODE = '23514', CONSTRAINT = 'coupon_use_in_its_shop'; END IF;\n                    RETURN NEW;\n                ",
                            hash="27ca9e8ab496c50ca6eec37b0fd2dea28891157a",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_coupon_use_in_its_shop_b263b",
                            table="rewards_couponuse",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="couponuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_use_before_its_end",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (NEW.used_at AT TIME ZONE 'Asia/Shanghai')::date >\n                        (SELECT expires_on FROM rewards_coupon WHERE id = NEW.coupon_id) THEN RAISE EXCEPTION 'refused by coupon_use_before_its_end' USING ERRCODE = '23514', CONSTRAINT = 'coupon_use_before_its_end';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="fddbd0e098ff5248c3944b6554defba7db598fd0",
                            operation="INSERT",
                            pgid="pgtrigger_coupon_use_before_its_end_2438c",
                            table="rewards_couponuse",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="couponuse",
                    trigger=pgtrigger.compiler.Trigger(
                        name="coupon_use_of_a_used_coupon",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF EXISTS (SELECT 1 FROM rewards_coupon c WHERE c.id = NEW.coupon_id AND (c.state = 'USED') <>\n                        EXISTS (SELECT 1 FROM rewards_couponuse WHERE coupon_id = c.id AND undone_at IS NULL)) THEN RAISE EXCEPTION 'refused by coupon_use_of_a_used_coupon' USING ERRCODE = '23514', CONSTRAINT = 'coupon_use_of_a_used_coupon';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="e5f11bba55141b27e6347bf005ddf634f8b3c002",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_coupon_use_of_a_used_coupon_693be",
                            table="rewards_couponuse",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="DeviceDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "收银设备台",
                        "verbose_name_plural": "收银设备台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("rewards.merchantdevice",),
                ),
                migrations.CreateModel(
                    name="Offer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "merchant",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offers",
                                to="rewards.merchant",
                                verbose_name="商户",
                            ),
                        ),
                        ("title", models.CharField(max_length=40, verbose_name="名称")),
                        (
                            "face",
                            models.CharField(help_text="券面上的大字，如“5 元”", max_length=12, verbose_name="券面"),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("go", "出行"),
                                    ("home", "居家"),
                                    ("eat", "餐饮"),
                                    ("wear", "文旅"),
                                    ("use", "生活"),
                                ],
                                max_length=4,
                                verbose_name="类别",
                            ),
                        ),
                        ("price_points", models.PositiveIntegerField(verbose_name="所需积分")),
                        ("stock", models.IntegerField(verbose_name="剩余")),
                        ("per_person", models.PositiveSmallIntegerField(verbose_name="每人限兑")),
                        ("valid_days", models.PositiveSmallIntegerField(verbose_name="有效天数")),
                        ("terms", models.TextField(max_length=500, verbose_name="使用说明")),
                        (
                            "state",
                            models.CharField(
                                choices=[("DRAFT", "待上架"), ("ON_SALE", "在架"), ("OFF", "已下架")],
                                default="DRAFT",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="建立")),
                    ],
                    options={
                        "verbose_name": "兑换项",
                        "verbose_name_plural": "兑换项",
                        "ordering": ("price_points", "pk"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("stock__gte", 0)),
                                name="offer_stock_not_negative",
                                violation_error_code="sold_out",
                                violation_error_message="已兑完，没有扣您的积分",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("per_person__gt", 0), ("price_points__gt", 0), ("valid_days__range", (1, 730))
                                ),
                                name="offer_amounts",
                                violation_error_code="bad_offer",
                                violation_error_message="所需积分和每人限兑大于 0，有效天数 1 到 730",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="offer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="offer_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('DRAFT') THEN RAISE EXCEPTION 'refused by offer_moves' USING ERRCODE = '23514', CONSTRAINT = 'offer_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('DRAFT', 'ON_SALE'), ('OFF', 'ON_SALE'), ('ON_SALE', 'OFF')) THEN\n                RAISE EXCEPTION 'refused by offer_moves' USING ERRCODE = '23514', CONSTRAINT = 'offer_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="da8f865414055d91e6e666a3e5e83979e69c3933",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_offer_moves_b4a8f",
                            table="rewards_offer",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="offer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="offer_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'stock'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'stock'] THEN\n                RAISE EXCEPTION 'refused by offer_stays' USING ERRCODE = '23514', CONSTRAINT = 'offer_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1d39ac0e49722ed5769686b4ead45c0d733a870d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_offer_stays_2f21b",
                            table="rewards_offer",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OfferDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "兑换项台",
                        "verbose_name_plural": "兑换项台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("rewards.offer",),
                ),
                migrations.CreateModel(
                    name="PointAccount",
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
                                related_name="points",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("balance_points", models.BigIntegerField(default=0, verbose_name="余额（分）")),
                        ("debt_points", models.BigIntegerField(default=0, verbose_name="欠分")),
                    ],
                    options={
                        "verbose_name": "积分账户",
                        "verbose_name_plural": "积分账户",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("balance_points__gte", 0),
                                    ("debt_points__gte", 0),
                                    models.Q(("balance_points", 0), ("debt_points", 0), _connector="OR"),
                                ),
                                name="point_account_not_negative",
                                violation_error_code="not_enough_points",
                                violation_error_message="积分不够",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_account_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['balance_points', 'debt_points'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['balance_points', 'debt_points'] THEN\n                RAISE EXCEPTION 'refused by point_account_stays' USING ERRCODE = '23514', CONSTRAINT = 'point_account_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="b69e75b871f5d1177ef6356f54b7cac0963576be",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_point_account_stays_f3cfe",
                            table="rewards_pointaccount",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointaccount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_account_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF EXISTS (SELECT 1 FROM rewards_pointaccount a WHERE a.id = NEW.id AND (\n                        a.balance_points <> (SELECT coalesce(sum(left_points), 0) FROM rewards_pointlot\n                                             WHERE account_id = a.id AND left_points > 0)\n                        OR a.debt_points <> (SELECT coalesce(sum(debt_points), 0) FROM rewards_pointentry\n                                             WHERE account_id = a.id AND debt_points <> 0)\n                    )) THEN RAISE EXCEPTION 'refused by point_account_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'point_account_adds_up'; END IF;\n                    RETURN NULL;\n                ",
                            hash="02d6704d2b57c721f74645af2ddf22e5f79b54cf",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_point_account_adds_up_6beee",
                            table="rewards_pointaccount",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PointEntry",
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
                                related_name="entries",
                                to="rewards.pointaccount",
                                verbose_name="积分账户",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("CREDIT", "减排得分"),
                                    ("SPEND", "兑换"),
                                    ("REFUND", "退回"),
                                    ("EXPIRE", "到期"),
                                    ("FORFEIT", "销户清零"),
                                ],
                                max_length=8,
                                verbose_name="种类",
                            ),
                        ),
                        ("points", models.BigIntegerField(verbose_name="积分")),
                        ("debt_points", models.BigIntegerField(default=0, verbose_name="欠分增减")),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="rewards.pointsrun",
                                verbose_name="积分入账",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="事由")),
                        ("key", models.CharField(max_length=140)),
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
                        "verbose_name": "积分明细",
                        "verbose_name_plural": "积分明细",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["account", "-id"], name="point_entry_account")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("key",),
                                name="point_entry_once",
                                violation_error_code="already_booked",
                                violation_error_message="这笔积分已经记过，没有再记一次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("debt_points__lte", 0), ("kind__in", ["CREDIT", "REFUND"]), ("points__gt", 0)
                                    ),
                                    models.Q(
                                        models.Q(("kind__in", ["CREDIT", "REFUND"]), _negated=True),
                                        ("debt_points__gte", 0),
                                        ("points__lt", 0),
                                    ),
                                    _connector="OR",
                                ),
                                name="point_entry_sign",
                                violation_error_code="bad_points",
                                violation_error_message="得分和退回是正数，兑换、到期和清零是负数",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_entry_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by point_entry_append_only' USING ERRCODE = '23514', CONSTRAINT = 'point_entry_append_only';",
                            hash="20ce448e911b12dc9d84d132c23d2bb8ae8b5d27",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_point_entry_append_only_a90c8",
                            table="rewards_pointentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_entry_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.points + NEW.debt_points <>\n                        (SELECT coalesce(sum(points), 0) FROM rewards_pointleg WHERE entry_id = NEW.id) THEN RAISE EXCEPTION 'refused by point_entry_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'point_entry_adds_up'; END IF;\n                    RETURN NULL;\n                ",
                            hash="df98a5554eb47fa7b504a38a86974371be8898c6",
                            operation="INSERT",
                            pgid="pgtrigger_point_entry_adds_up_f9af2",
                            table="rewards_pointentry",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_entry_of_an_open_account",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM fresh JOIN rewards_pointaccount a ON a.id = fresh.account_id\n                        JOIN scenarios_citizen c ON c.id = a.citizen_id\n                        WHERE fresh.points > 0 AND c.state = 'CLOSED') THEN RAISE EXCEPTION 'refused by point_entry_of_an_open_account' USING ERRCODE = '23514', CONSTRAINT = 'point_entry_of_an_open_account';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="a3e3b3d2c70a6896173c2c0538c83987fb07d000",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_point_entry_of_an_open_account_50ffa",
                            referencing="REFERENCING NEW TABLE AS fresh ",
                            table="rewards_pointentry",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PointLot",
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
                                related_name="lots",
                                to="rewards.pointaccount",
                                verbose_name="积分账户",
                            ),
                        ),
                        ("points", models.BigIntegerField(verbose_name="得分")),
                        ("left_points", models.BigIntegerField(verbose_name="还剩")),
                        (
                            "source",
                            models.CharField(
                                choices=[("UPLOAD", "减排得分"), ("REFUND", "商户责任退回")],
                                max_length=8,
                                verbose_name="来源",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lots",
                                to="rewards.pointsrun",
                                verbose_name="积分入账",
                            ),
                        ),
                        ("expires_on", models.DateField(verbose_name="到期日")),
                        ("opened_at", models.DateTimeField(default=kernel.clock.now, verbose_name="得分时间")),
                    ],
                    options={
                        "verbose_name": "积分批次",
                        "verbose_name_plural": "积分批次",
                        "ordering": ("expires_on", "opened_at", "pk"),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("left_points__gt", 0)),
                                fields=["account", "expires_on"],
                                name="point_lot_left",
                            ),
                            models.Index(
                                condition=models.Q(("left_points__gt", 0)),
                                fields=["expires_on"],
                                name="point_lot_expiring",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("left_points__gte", 0), ("left_points__lte", models.F("points")), ("points__gt", 0)
                                ),
                                name="point_lot_left_over",
                                violation_error_code="not_enough_points",
                                violation_error_message="这批积分不够，或退得比原来多",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("run__isnull", False), ("source", "UPLOAD")),
                                    models.Q(models.Q(("source", "UPLOAD"), _negated=True), ("run", None)),
                                    _connector="OR",
                                ),
                                name="point_lot_from_a_file",
                                violation_error_code="bad_source",
                                violation_error_message="减排得的积分要写明来自哪个文件",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointlot",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_lot_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['left_points'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['left_points'] THEN\n                RAISE EXCEPTION 'refused by point_lot_stays' USING ERRCODE = '23514', CONSTRAINT = 'point_lot_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="3ddcf29268bc55a6150a5e42c696238a1f776113",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_point_lot_stays_d381c",
                            table="rewards_pointlot",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointlot",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_lot_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF EXISTS (SELECT 1 FROM rewards_pointlot l JOIN rewards_pointaccount a ON a.id = l.account_id\n                        WHERE l.id = NEW.id AND (\n                            l.left_points <> (SELECT coalesce(sum(points), 0) FROM rewards_pointleg WHERE lot_id = l.id)\n                            OR a.balance_points <> (SELECT coalesce(sum(left_points), 0) FROM rewards_pointlot\n                                                    WHERE account_id = a.id AND left_points > 0)\n                    )) THEN RAISE EXCEPTION 'refused by point_lot_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'point_lot_adds_up'; END IF;\n                    RETURN NULL;\n                ",
                            hash="fc558d7819d99faf16521408c94ccfe36d1b637e",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_point_lot_adds_up_eb888",
                            table="rewards_pointlot",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PointLeg",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="legs",
                                to="rewards.pointentry",
                            ),
                        ),
                        (
                            "lot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="legs", to="rewards.pointlot"
                            ),
                        ),
                        ("points", models.BigIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("entry", "lot"),
                                name="point_leg_once",
                                violation_error_code="already_booked",
                                violation_error_message="一笔积分对一批只记一次",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointleg",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_leg_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by point_leg_append_only' USING ERRCODE = '23514', CONSTRAINT = 'point_leg_append_only';",
                            hash="34adef9f3d82a142afc4d91aa762f75e2a5e87d1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_point_leg_append_only_a4755",
                            table="rewards_pointleg",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointleg",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_leg_of_its_entry",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (SELECT 1 FROM rewards_pointentry e JOIN rewards_pointlot l ON l.account_id = e.account_id\n                        WHERE e.id = NEW.entry_id AND l.id = NEW.lot_id AND sign(NEW.points) = sign(e.points)\n                            AND e.txid = pg_current_xact_id()::text::bigint) THEN RAISE EXCEPTION 'refused by point_leg_of_its_entry' USING ERRCODE = '23514', CONSTRAINT = 'point_leg_of_its_entry';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="1278a4b791c6c7cfc099df2183d0249a7df6dc4a",
                            operation="INSERT",
                            pgid="pgtrigger_point_leg_of_its_entry_2943d",
                            table="rewards_pointleg",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointleg",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_leg_in_time",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM rewards_pointentry e, rewards_pointlot l\n                        WHERE e.id = NEW.entry_id AND l.id = NEW.lot_id AND e.kind IN ('SPEND', 'EXPIRE')\n                            AND (e.kind = 'SPEND') <> (l.expires_on >= (e.business_at AT TIME ZONE 'Asia/Shanghai')::date))\n                    THEN RAISE EXCEPTION 'refused by point_leg_in_time' USING ERRCODE = '23514', CONSTRAINT = 'point_leg_in_time'; END IF;\n                    RETURN NEW;\n                ",
                            hash="1088c26aa153c8edcb41b120f15b3297d631996b",
                            operation="INSERT",
                            pgid="pgtrigger_point_leg_in_time_1193e",
                            table="rewards_pointleg",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointleg",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_leg_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF (SELECT left_points FROM rewards_pointlot WHERE id = NEW.lot_id) <>\n                            (SELECT sum(points) FROM rewards_pointleg WHERE lot_id = NEW.lot_id)\n                        OR (SELECT points + debt_points FROM rewards_pointentry WHERE id = NEW.entry_id) <>\n                            (SELECT sum(points) FROM rewards_pointleg WHERE entry_id = NEW.entry_id) THEN RAISE EXCEPTION 'refused by point_leg_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'point_leg_adds_up';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="cc8ced1b24f1d9efe3b4879aa3d57244f323ee68",
                            operation="INSERT",
                            pgid="pgtrigger_point_leg_adds_up_429c4",
                            table="rewards_pointleg",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PointRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "scene",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="point_rules",
                                to="scenarios.scene",
                                verbose_name="场景",
                            ),
                        ),
                        ("points_per_kg", models.PositiveIntegerField(default=100, verbose_name="每千克积分")),
                        (
                            "daily_cap",
                            models.PositiveIntegerField(blank=True, null=True, verbose_name="每日上限（分）"),
                        ),
                        ("expiry_months", models.PositiveSmallIntegerField(default=24, verbose_name="有效期（月）")),
                        ("valid_from", models.DateField(verbose_name="起用")),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="设定人",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "积分规则",
                        "verbose_name_plural": "积分规则",
                        "ordering": ("scene", "-valid_from"),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("scene", "valid_from"),
                                name="point_rule_once",
                                violation_error_code="rule_known",
                                violation_error_message="这个场景在这一天已有一条积分规则",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("expiry_months__range", (1, 120)),
                                    ("points_per_kg__range", (1, 10000)),
                                    models.Q(("daily_cap", None), ("daily_cap__gt", 0), _connector="OR"),
                                ),
                                name="point_rule_amounts",
                                violation_error_code="bad_rule",
                                violation_error_message="每千克 1 到 10,000 分，有效期 1 到 120 个月，每日上限大于 0",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointrule",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_rule_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by point_rule_append_only' USING ERRCODE = '23514', CONSTRAINT = 'point_rule_append_only';",
                            hash="37899a68998c6c2bfb50eb0e5257310121a5c8f2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_point_rule_append_only_b06e2",
                            table="rewards_pointrule",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PointsRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "upload",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="points_run",
                                to="scenarios.upload",
                                verbose_name="上报文件",
                            ),
                        ),
                        (
                            "scene",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="scenarios.scene",
                                verbose_name="场景",
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="runs",
                                to="rewards.pointrule",
                                verbose_name="积分规则",
                            ),
                        ),
                        ("at", models.DateTimeField(default=kernel.clock.now, verbose_name="入账")),
                    ],
                    options={
                        "verbose_name": "积分入账",
                        "verbose_name_plural": "积分入账",
                        "ordering": ("-pk",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointsrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="points_run_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by points_run_append_only' USING ERRCODE = '23514', CONSTRAINT = 'points_run_append_only';",
                            hash="776b3bdaa53cb3c8d0c597d873ef157a492b145d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_points_run_append_only_f05e8",
                            table="rewards_pointsrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointsrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="points_run_of_a_settled_file",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (SELECT state FROM scenarios_upload WHERE id = NEW.upload_id) <> 'SETTLED' THEN RAISE EXCEPTION 'refused by points_run_of_a_settled_file' USING ERRCODE = '23514', CONSTRAINT = 'points_run_of_a_settled_file'; END IF;\n                    RETURN NEW;\n                ",
                            hash="77895b1feb6ab1579850a793c8aa4e49e34bc5eb",
                            operation="INSERT",
                            pgid="pgtrigger_points_run_of_a_settled_file_6023f",
                            table="rewards_pointsrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PointDay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="days", to="rewards.pointsrun"
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="days",
                                to="rewards.pointaccount",
                            ),
                        ),
                        ("on_day", models.DateField()),
                        ("earned_points", models.BigIntegerField()),
                        ("points", models.BigIntegerField()),
                    ],
                    options={
                        "indexes": [models.Index(fields=["account", "on_day"], name="point_day_account")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "account", "on_day"),
                                name="point_day_once",
                                violation_error_code="already_credited",
                                violation_error_message="这一天的积分已经记过",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("earned_points__gt", 0),
                                    ("points__gte", 0),
                                    ("points__lte", models.F("earned_points")),
                                ),
                                name="point_day_within_earned",
                                violation_error_code="bad_points",
                                violation_error_message="记入的积分不能多于算得的积分",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="pointday",
                    trigger=pgtrigger.compiler.Trigger(
                        name="point_day_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by point_day_append_only' USING ERRCODE = '23514', CONSTRAINT = 'point_day_append_only';",
                            hash="fad9feff4b723e1925fcf2ee0b452cc5e81950e8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_point_day_append_only_8b2e7",
                            table="rewards_pointday",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ProceedsPool",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "division",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, to="accounts.division", verbose_name="区划"
                            ),
                        ),
                        ("reference", models.CharField(max_length=100, verbose_name="对应的批次和成交")),
                        (
                            "agreement",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proceeds",
                                to="trading.agreement",
                                verbose_name="协议",
                            ),
                        ),
                        ("total_fen", models.BigIntegerField(verbose_name="成交金额 分")),
                        ("fee_fen", models.BigIntegerField(verbose_name="费用 分")),
                        ("distributable_fen", models.BigIntegerField(verbose_name="可分配 分")),
                        ("tax_note", models.CharField(blank=True, max_length=60, verbose_name="税务口径")),
                        (
                            "state",
                            models.CharField(
                                choices=[("OPEN", "待分配"), ("SHARED", "已分配")],
                                default="OPEN",
                                max_length=8,
                                verbose_name="状态",
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
                                verbose_name="登记人",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="登记")),
                        (
                            "shared_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="分配人",
                            ),
                        ),
                        ("shared_at", models.DateTimeField(blank=True, null=True, verbose_name="分配")),
                        ("shared_in", models.BigIntegerField(editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "收益池",
                        "verbose_name_plural": "收益池",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("reference",),
                                name="pool_once",
                                violation_error_code="pool_known",
                                violation_error_message="这笔成交已经登记过收益池",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "distributable_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("total_fen"), "-", models.F("fee_fen")
                                        ),
                                    ),
                                    ("distributable_fen__gt", 0),
                                    ("fee_fen__gte", 0),
                                    ("total_fen__gt", 0),
                                ),
                                name="pool_amounts",
                                violation_error_code="bad_amount",
                                violation_error_message="可分配金额等于成交金额减费用，大于 0",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("shared_by__isnull", True),
                                    models.Q(("made_by", models.F("shared_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="pool_shared_by_another",
                                violation_error_code="same_person",
                                violation_error_message="登记的人不能自己分配，请另一位运营人员办理",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("shared_at", None), ("shared_by", None), ("shared_in", None), ("state", "OPEN")
                                    ),
                                    models.Q(
                                        ("shared_at__isnull", False),
                                        ("shared_by__isnull", False),
                                        ("shared_in__isnull", False),
                                        ("state", "SHARED"),
                                    ),
                                    _connector="OR",
                                ),
                                name="pool_shared_says_who",
                                violation_error_code="not_confirmed",
                                violation_error_message="已分配的要写明谁在什么时候分配",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="proceedspool",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pool_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('OPEN') THEN RAISE EXCEPTION 'refused by pool_moves' USING ERRCODE = '23514', CONSTRAINT = 'pool_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('OPEN', 'SHARED')) THEN\n                RAISE EXCEPTION 'refused by pool_moves' USING ERRCODE = '23514', CONSTRAINT = 'pool_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="805b25aafb6b807905268c2a006dbcd1a76658d7",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_pool_moves_5e3f0",
                            table="rewards_proceedspool",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="proceedspool",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pool_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'shared_by_id', 'shared_at', 'shared_in'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'shared_by_id', 'shared_at', 'shared_in'] THEN\n                RAISE EXCEPTION 'refused by pool_stays' USING ERRCODE = '23514', CONSTRAINT = 'pool_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="fc1ad72e33df5e396ae2c09491194047667f7809",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_pool_stays_9d86f",
                            table="rewards_proceedspool",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="proceedspool",
                    trigger=pgtrigger.compiler.Trigger(
                        name="pool_shared_to_the_fen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.state = 'SHARED' AND NEW.distributable_fen IS DISTINCT FROM\n                        (SELECT sum(amount_fen) FROM rewards_proceedsshare WHERE pool_id = NEW.id) THEN RAISE EXCEPTION 'refused by pool_shared_to_the_fen' USING ERRCODE = '23514', CONSTRAINT = 'pool_shared_to_the_fen';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="d2b616b444295fafb10a093640d0a4a13faad47b",
                            operation="UPDATE",
                            pgid="pgtrigger_pool_shared_to_the_fen_487a6",
                            table="rewards_proceedspool",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="RidersPoolDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "公众收益分配台",
                        "verbose_name_plural": "公众收益分配台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("rewards.proceedspool",),
                ),
                migrations.CreateModel(
                    name="ProceedsShare",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pool",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="shares",
                                to="rewards.proceedspool",
                                verbose_name="收益池",
                            ),
                        ),
                        (
                            "citizen",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="proceeds",
                                to="scenarios.citizen",
                                verbose_name="账户",
                            ),
                        ),
                        ("grams_mg", models.BigIntegerField(verbose_name="减排量 mg")),
                        ("amount_fen", models.BigIntegerField(verbose_name="所得 分")),
                        (
                            "channel",
                            models.CharField(
                                choices=[("BANK", "结算银行发放"), ("BENEFIT", "权益发放")],
                                default="BANK",
                                max_length=8,
                                verbose_name="发放方式",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[("DUE", "待发放")], default="DUE", max_length=8, verbose_name="发放"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "收益分配",
                        "verbose_name_plural": "收益分配",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pool", "citizen"),
                                name="proceeds_share_once",
                                violation_error_code="already_shared",
                                violation_error_message="一个账户在一个收益池里只分一次",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gte", 0), ("grams_mg__gt", 0)),
                                name="proceeds_share_amounts",
                                violation_error_code="bad_amount",
                                violation_error_message="减排量大于 0，所得不能为负",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="proceedsshare",
                    trigger=pgtrigger.compiler.Trigger(
                        name="proceeds_share_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by proceeds_share_append_only' USING ERRCODE = '23514', CONSTRAINT = 'proceeds_share_append_only';",
                            hash="d2b2a4af8fe8cd9b90e5f8d0d0b389ed1fd79a62",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_proceeds_share_append_only_42e24",
                            table="rewards_proceedsshare",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="proceedsshare",
                    trigger=pgtrigger.compiler.Trigger(
                        name="proceeds_share_of_its_sharing",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT 1 FROM fresh JOIN rewards_proceedspool p ON p.id = fresh.pool_id\n                        WHERE p.shared_in IS DISTINCT FROM pg_current_xact_id()::text::bigint) THEN RAISE EXCEPTION 'refused by proceeds_share_of_its_sharing' USING ERRCODE = '23514', CONSTRAINT = 'proceeds_share_of_its_sharing';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="86fa9a977ed1f5b5136c3f923ab908d5f72f7289",
                            level="STATEMENT",
                            operation="INSERT",
                            pgid="pgtrigger_proceeds_share_of_its_sharing_5dbaa",
                            referencing="REFERENCING NEW TABLE AS fresh ",
                            table="rewards_proceedsshare",
                            when="AFTER",
                        ),
                    ),
                ),
            ],
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;"
            f"REVOKE DELETE ON {NEVER_DELETED} FROM portal_app;"
            "REVOKE UPDATE ON rewards_pointlot FROM portal_app; GRANT UPDATE (left_points) ON rewards_pointlot TO portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;"
            f"GRANT DELETE ON {NEVER_DELETED} TO portal_app;"
            "GRANT UPDATE ON rewards_pointlot TO portal_app",
        ),
        # Room for the next balance beside the old one.
        migrations.RunSQL(
            "ALTER TABLE rewards_pointaccount SET (fillfactor = 70)",
            "ALTER TABLE rewards_pointaccount RESET (fillfactor)",
        ),
    ]
