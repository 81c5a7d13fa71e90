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

WRITTEN_ONCE = "trading_cashjournal, trading_cashentry, trading_eventretirement, trading_eventoffset"
NEVER_DELETED = "trading_agreement, trading_cashinstruction, trading_bankmessage, trading_neutralevent"


class Migration(migrations.Migration):
    replaces = [
        ("trading", "0001_initial"),
        ("trading", "0002_books"),
        ("trading", "0003_desks"),
        ("trading", "0004_events"),
        ("trading", "0005_books_of_events"),
        ("trading", "0006_compliance_offset"),
    ]

    initial = True

    dependencies = [
        ("accounts", "0001_squashed_0017_experts"),
        ("methodologies", "0001_squashed_0004_workshop_desks"),
        ("registry", "0001_squashed_0017_life_of_an_account"),
    ]

    operations = [
        AtOnce(
            operations=[
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "seller",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sales",
                                to="registry.holdingaccount",
                                verbose_name="出让方账户",
                            ),
                        ),
                        (
                            "buyer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="purchases",
                                to="registry.holdingaccount",
                                verbose_name="受让方账户",
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.batch",
                                verbose_name="指定批次",
                            ),
                        ),
                        ("quantity_t", models.BigIntegerField(verbose_name="数量 t")),
                        ("price_fen", models.BigIntegerField(verbose_name="单价 分/t")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额 分")),
                        ("fee_fen", models.BigIntegerField(default=0, verbose_name="手续费 分")),
                        ("terms", models.CharField(blank=True, max_length=500, verbose_name="约定")),
                        ("due_on", models.DateField(verbose_name="有效期至")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("CONFIRMING", "待出让方确认代表确认"),
                                    ("OFFERED", "待受让方接受"),
                                    ("ACCEPTED", "待受让方确认付款"),
                                    ("AWAITING_PAYMENT", "待结算银行确认到账"),
                                    ("DELIVERED", "已交割"),
                                    ("REFUSED", "受让方拒绝"),
                                    ("CANCELLED", "已取消"),
                                    ("EXPIRED", "已过期"),
                                ],
                                default="CONFIRMING",
                                max_length=16,
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreement",
                                to="registry.journal",
                                verbose_name="转移流水",
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
                                verbose_name="出让方发起代表",
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
                                verbose_name="出让方确认代表",
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
                                verbose_name="受让方发起代表",
                            ),
                        ),
                        (
                            "ordered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="受让方确认代表",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发起")),
                        ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="交割")),
                    ],
                    options={
                        "verbose_name": "协议转让",
                        "verbose_name_plural": "协议转让",
                        "ordering": ("-pk",),
                        "indexes": [models.Index(fields=["state", "due_on"], name="agreement_state_due")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("confirmed_by__isnull", True),
                                    models.Q(("made_by", models.F("confirmed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="agreement_confirmed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("accepted_by__isnull", True),
                                    ("ordered_by__isnull", True),
                                    models.Q(("accepted_by", models.F("ordered_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="agreement_ordered_by_another",
                                violation_error_code="same_person",
                                violation_error_message="接受和确认付款要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seller", models.F("buyer")), _negated=True),
                                name="agreement_between_two",
                                violation_error_code="same_account",
                                violation_error_message="出让方和受让方不能是同一个账户",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("quantity_t"), "*", models.F("price_fen")
                                        ),
                                    ),
                                    ("price_fen__gt", 0),
                                    ("quantity_t__gt", 0),
                                ),
                                name="agreement_amount",
                                violation_error_code="bad_amount",
                                violation_error_message="金额等于整吨数乘以单价，都要大于 0",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fee_fen__gte", 0), ("fee_fen__lte", models.F("amount_fen"))),
                                name="agreement_fee",
                                violation_error_code="bad_fee",
                                violation_error_message="手续费不能为负，也不能多于金额",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "DELIVERED"), _negated=True),
                                    models.Q(
                                        ("accepted_by__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        ("delivered_at__isnull", False),
                                        ("journal__isnull", False),
                                        ("ordered_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="agreement_delivered_by_four",
                                violation_error_code="not_confirmed",
                                violation_error_message="交割要经双方各两位代表办理，并有转移流水",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agreement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="agreement_fixed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'confirmed_by_id', 'accepted_by_id', 'ordered_by_id', 'journal_id', 'delivered_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'confirmed_by_id', 'accepted_by_id', 'ordered_by_id', 'journal_id', 'delivered_at'] THEN\n                RAISE EXCEPTION 'refused by agreement_fixed' USING ERRCODE = '23514', CONSTRAINT = 'agreement_fixed';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="c52c4a5953d8cba7a3881c94472092d59d4fa957",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_agreement_fixed_df4c9",
                            table="trading_agreement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agreement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="agreement_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('CONFIRMING') THEN RAISE EXCEPTION 'refused by agreement_moves' USING ERRCODE = '23514', CONSTRAINT = 'agreement_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('ACCEPTED', 'AWAITING_PAYMENT'), ('ACCEPTED', 'CANCELLED'), ('ACCEPTED', 'EXPIRED'), ('ACCEPTED', 'REFUSED'), ('AWAITING_PAYMENT', 'DELIVERED'), ('AWAITING_PAYMENT', 'EXPIRED'), ('CONFIRMING', 'CANCELLED'), ('CONFIRMING', 'EXPIRED'), ('CONFIRMING', 'OFFERED'), ('OFFERED', 'ACCEPTED'), ('OFFERED', 'CANCELLED'), ('OFFERED', 'EXPIRED'), ('OFFERED', 'REFUSED')) THEN\n                RAISE EXCEPTION 'refused by agreement_moves' USING ERRCODE = '23514', CONSTRAINT = 'agreement_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="21b9c3aa1ea29b9a8b71d55937b7624e20c4561f",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_agreement_moves_ffe48",
                            table="trading_agreement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agreement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="agreement_delivered_is_paid",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.state = 'DELIVERED' AND NOT EXISTS (\n                        SELECT 1 FROM trading_cashinstruction i JOIN trading_cashjournal c ON c.instruction_id = i.id\n                        WHERE i.agreement_id = NEW.id AND i.state = 'PAID'\n                    ) THEN RAISE EXCEPTION 'refused by agreement_delivered_is_paid' USING ERRCODE = '23514', CONSTRAINT = 'agreement_delivered_is_paid'; END IF;\n                    RETURN NULL;\n                ",
                            hash="c96b3f658681d92638e250451edf865cae008bca",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_agreement_delivered_is_paid_91c3e",
                            table="trading_agreement",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="BankMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("bank", models.CharField(max_length=20, verbose_name="结算银行")),
                        ("message_id", models.CharField(max_length=60, verbose_name="银行报文号")),
                        ("body", models.BinaryField(verbose_name="报文原文")),
                        (
                            "instruction",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="messages",
                                to="trading.cashinstruction",
                                verbose_name="付款指令",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("ACCEPTED", "已入账"), ("REFUSED", "未入账，待查"), ("CLOSED", "已查清")],
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=60, verbose_name="拒绝原因")),
                        ("said", models.TextField(blank=True, verbose_name="答复")),
                        ("received_at", models.DateTimeField(default=kernel.clock.now, verbose_name="收到")),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="查办人",
                            ),
                        ),
                        ("finding", models.TextField(blank=True, verbose_name="查办结果")),
                    ],
                    options={
                        "verbose_name": "银行报文",
                        "verbose_name_plural": "银行报文",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("bank", "message_id"),
                                name="bank_message_once",
                                violation_error_code="message_known",
                                violation_error_message="这条银行报文已经收过",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("code", ""), ("instruction__isnull", False), ("state", "ACCEPTED")),
                                    models.Q(
                                        models.Q(("state", "ACCEPTED"), _negated=True),
                                        models.Q(("code", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bank_message_says_why",
                                violation_error_code="no_reason",
                                violation_error_message="没有入账的报文要写明原因，入账的要对上付款指令",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(models.Q(("state", "CLOSED"), _negated=True), ("closed_by", None)),
                                    models.Q(
                                        ("closed_by__isnull", False),
                                        ("state", "CLOSED"),
                                        models.Q(("finding", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bank_message_closed_says_how",
                                violation_error_code="no_reason",
                                violation_error_message="查清的报文要写明由谁查办、怎么处理",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="bankmessage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="bank_message_fixed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'closed_by_id', 'finding'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'closed_by_id', 'finding'] THEN\n                RAISE EXCEPTION 'refused by bank_message_fixed' USING ERRCODE = '23514', CONSTRAINT = 'bank_message_fixed';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="26dbfe45929a63d5d8e6ad9c8c82c149681f5c9e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_bank_message_fixed_2cbd3",
                            table="trading_bankmessage",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="bankmessage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="bank_message_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('ACCEPTED', 'REFUSED') THEN RAISE EXCEPTION 'refused by bank_message_moves' USING ERRCODE = '23514', CONSTRAINT = 'bank_message_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('REFUSED', 'CLOSED')) THEN\n                RAISE EXCEPTION 'refused by bank_message_moves' USING ERRCODE = '23514', CONSTRAINT = 'bank_message_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="76d9679c15fc22e1af8351b416bdaa3588cafd22",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_bank_message_moves_d40cc",
                            table="trading_bankmessage",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="BankMessageDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "银行报文待查台",
                        "verbose_name_plural": "银行报文待查台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("trading.bankmessage",),
                ),
                migrations.CreateModel(
                    name="CashInstruction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="instructions",
                                to="trading.agreement",
                                verbose_name="协议转让",
                            ),
                        ),
                        (
                            "payer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organisation",
                                verbose_name="付款方",
                            ),
                        ),
                        (
                            "payee",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.organisation",
                                verbose_name="收款方",
                            ),
                        ),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额 分")),
                        ("bank", models.CharField(max_length=20, verbose_name="结算银行")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PENDING", "待银行确认"),
                                    ("PAID", "已到账"),
                                    ("FAILED", "银行付款失败"),
                                    ("CANCELLED", "已作废"),
                                ],
                                default="PENDING",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("bank_reference", models.CharField(blank=True, max_length=60, verbose_name="银行流水号")),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="发出")),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="到账确认")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="送达银行")),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="已试次数")),
                        ("next_at", models.DateTimeField(default=kernel.clock.real_now, verbose_name="下次发送")),
                        ("last_error", models.TextField(blank=True, verbose_name="上次出错")),
                    ],
                    options={
                        "verbose_name": "付款指令",
                        "verbose_name_plural": "付款指令",
                        "ordering": ("-pk",),
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at__isnull", True), ("state", "PENDING")),
                                fields=["next_at"],
                                name="instruction_waiting",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["PENDING", "PAID"])),
                                fields=("agreement",),
                                name="instruction_one_live",
                                violation_error_code="already_ordered",
                                violation_error_message="这份协议已有一条有效的付款指令",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("bank_reference", ""), _negated=True),
                                fields=("bank", "bank_reference"),
                                name="instruction_reference_once",
                                violation_error_code="reference_used",
                                violation_error_message="这个银行流水号已用于另一条付款指令",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(models.Q(("state", "PAID"), _negated=True), ("confirmed_at", None)),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("state", "PAID"),
                                        models.Q(("bank_reference", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="instruction_paid_says_when",
                                violation_error_code="no_reference",
                                violation_error_message="到账要有银行流水号和确认时间",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashinstruction",
                    trigger=pgtrigger.compiler.Trigger(
                        name="instruction_fixed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'bank_reference', 'confirmed_at', 'sent_at', 'attempts', 'next_at', 'last_error'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'bank_reference', 'confirmed_at', 'sent_at', 'attempts', 'next_at', 'last_error'] THEN\n                RAISE EXCEPTION 'refused by instruction_fixed' USING ERRCODE = '23514', CONSTRAINT = 'instruction_fixed';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="931863960dfe6ee172c89a90dc476b8c137c1acd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_instruction_fixed_be25d",
                            table="trading_cashinstruction",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashinstruction",
                    trigger=pgtrigger.compiler.Trigger(
                        name="instruction_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('PENDING') THEN RAISE EXCEPTION 'refused by instruction_moves' USING ERRCODE = '23514', CONSTRAINT = 'instruction_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('PENDING', 'CANCELLED'), ('PENDING', 'FAILED'), ('PENDING', 'PAID')) THEN\n                RAISE EXCEPTION 'refused by instruction_moves' USING ERRCODE = '23514', CONSTRAINT = 'instruction_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="1ce4e83afb31b7e05415ede48534edacd921d229",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_instruction_moves_19643",
                            table="trading_cashinstruction",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashinstruction",
                    trigger=pgtrigger.compiler.Trigger(
                        name="instruction_as_agreed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM trading_agreement a\n                        JOIN registry_holdingaccount s ON s.id = a.seller_id\n                        JOIN registry_holdingaccount b ON b.id = a.buyer_id\n                        WHERE a.id = NEW.agreement_id AND a.amount_fen = NEW.amount_fen\n                          AND b.organisation_id = NEW.payer_id AND s.organisation_id = NEW.payee_id\n                    ) THEN RAISE EXCEPTION 'refused by instruction_as_agreed' USING ERRCODE = '23514', CONSTRAINT = 'instruction_as_agreed'; END IF;\n                    RETURN NEW;\n                ",
                            hash="22726961dfcca89320c8936fd839102fa50e165a",
                            operation="INSERT",
                            pgid="pgtrigger_instruction_as_agreed_0dd93",
                            table="trading_cashinstruction",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashinstruction",
                    trigger=pgtrigger.compiler.Trigger(
                        name="instruction_paid_delivers",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.state = 'PAID' AND NOT (\n                        EXISTS (SELECT 1 FROM trading_cashjournal WHERE instruction_id = NEW.id)\n                        AND EXISTS (SELECT 1 FROM trading_agreement WHERE id = NEW.agreement_id AND state = 'DELIVERED')\n                    ) THEN RAISE EXCEPTION 'refused by instruction_paid_delivers' USING ERRCODE = '23514', CONSTRAINT = 'instruction_paid_delivers'; END IF;\n                    RETURN NULL;\n                ",
                            hash="eaef973dcf77c097c8a5eee5bdd039ed8413c6d5",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_instruction_paid_delivers_fdb17",
                            table="trading_cashinstruction",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="InstructionDeskRow",
                    fields=[],
                    options={
                        "verbose_name": "付款指令重发台",
                        "verbose_name_plural": "付款指令重发台",
                        "proxy": True,
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("trading.cashinstruction",),
                ),
                migrations.CreateModel(
                    name="CashJournal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "instruction",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="journals",
                                to="trading.cashinstruction",
                                verbose_name="付款指令",
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
                        "verbose_name": "资金流水",
                        "verbose_name_plural": "资金流水",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("instruction",),
                                name="cash_journal_once",
                                violation_error_code="already_paid",
                                violation_error_message="这条付款指令已经到账，不再入账",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashjournal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="cash_journal_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by cash_journal_append_only' USING ERRCODE = '23514', CONSTRAINT = 'cash_journal_append_only';",
                            hash="8f2f126afaf4b44c13dadf1ae4822fa9a08a7b20",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_cash_journal_append_only_2fdb2",
                            table="trading_cashjournal",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashjournal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="cash_journal_balances",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF (SELECT coalesce(sum(amount_fen), 0) FROM trading_cashentry WHERE journal_id = NEW.id) <> 0\n                        OR (SELECT sum(amount_fen) FROM trading_cashentry WHERE journal_id = NEW.id AND amount_fen > 0)\n                           IS DISTINCT FROM\n                           (SELECT amount_fen FROM trading_cashinstruction WHERE id = NEW.instruction_id)\n                    THEN RAISE EXCEPTION 'refused by cash_journal_balances' USING ERRCODE = '23514', CONSTRAINT = 'cash_journal_balances'; END IF;\n                    RETURN NULL;\n                ",
                            hash="1f32be61b6625075d9e6df1dc19347d6823b9f6a",
                            operation="INSERT",
                            pgid="pgtrigger_cash_journal_balances_ffe66",
                            table="trading_cashjournal",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CashEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "journal",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="trading.cashjournal",
                                verbose_name="资金流水",
                            ),
                        ),
                        (
                            "party",
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
                            "purpose",
                            models.CharField(
                                choices=[("PRICE", "价款"), ("FEE", "手续费")], max_length=8, verbose_name="款项"
                            ),
                        ),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额 分")),
                    ],
                    options={
                        "verbose_name": "资金分录",
                        "verbose_name_plural": "资金分录",
                        "ordering": ("pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen", 0), _negated=True),
                                name="cash_entry_not_nothing",
                                violation_error_code="bad_amount",
                                violation_error_message="分录的金额不能为 0",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("party__isnull", False), ("purpose", "PRICE")),
                                    models.Q(("party__isnull", True), ("purpose", "FEE")),
                                    _connector="OR",
                                ),
                                name="cash_entry_has_party",
                                violation_error_code="no_party",
                                violation_error_message="价款分录要写明单位，手续费归平台运营方",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="cash_entry_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by cash_entry_append_only' USING ERRCODE = '23514', CONSTRAINT = 'cash_entry_append_only';",
                            hash="e00e00b29c7d8b78f02ceba3b0a221d96e620444",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_cash_entry_append_only_bcfbf",
                            table="trading_cashentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="cashentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="cash_entry_of_this_transaction",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (SELECT txid FROM trading_cashjournal WHERE id = NEW.journal_id)\n                        IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN RAISE EXCEPTION 'refused by cash_entry_of_this_transaction' USING ERRCODE = '23514', CONSTRAINT = 'cash_entry_of_this_transaction';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="7d02d686825cb6397bb87f955684dd40b701682b",
                            operation="INSERT",
                            pgid="pgtrigger_cash_entry_of_this_transaction_0436c",
                            table="trading_cashentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ComplianceFiling",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "rule",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="filings",
                                to="trading.compliancerule",
                                verbose_name="规则",
                            ),
                        ),
                        (
                            "emitter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="compliance_filings",
                                to="accounts.organisation",
                                verbose_name="排放单位",
                            ),
                        ),
                        ("allowance_t", models.BigIntegerField(verbose_name="初始配额 t")),
                        ("emission_t", models.BigIntegerField(verbose_name="经核查排放量 t")),
                        ("cap_t", models.BigIntegerField(verbose_name="抵销上限 t")),
                        ("used_t", models.BigIntegerField(default=0, verbose_name="已抵销 t")),
                        (
                            "filed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="申报人",
                            ),
                        ),
                        ("filed_at", models.DateTimeField(default=kernel.clock.now, verbose_name="申报")),
                    ],
                    options={
                        "verbose_name": "履约抵销申报",
                        "verbose_name_plural": "履约抵销申报",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("rule", "emitter"),
                                name="compliance_filing_once",
                                violation_error_code="filed_already",
                                violation_error_message="这个年度已经申报过配额和排放量",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("allowance_t__gte", 0),
                                    ("emission_t__gte", 0),
                                    ("used_t__gte", 0),
                                    ("used_t__lte", models.F("cap_t")),
                                ),
                                name="compliance_within_cap",
                                violation_error_code="over_cap",
                                violation_error_message="累计抵销量超过了本单位的上限",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="compliancefiling",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_filing_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['used_t'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['used_t'] THEN\n                RAISE EXCEPTION 'refused by compliance_filing_stays' USING ERRCODE = '23514', CONSTRAINT = 'compliance_filing_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="78f472d4b9ba27bc9d231f1f460b5e74d6eb1481",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_compliance_filing_stays_206bb",
                            table="trading_compliancefiling",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="compliancefiling",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_filing_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.used_t IS DISTINCT FROM (SELECT coalesce(sum(taken_t), 0) FROM trading_complianceretirement WHERE filing_id = NEW.id) THEN RAISE EXCEPTION 'refused by compliance_filing_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'compliance_filing_adds_up'; END IF;\n            RETURN NULL;\n        ",
                            hash="4d2c125a8596ccabfef07e667f53446b626aa67d",
                            operation="UPDATE",
                            pgid="pgtrigger_compliance_filing_adds_up_4b6e4",
                            table="trading_compliancefiling",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="compliancefiling",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_cap_by_rule",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NEW.cap_t IS DISTINCT FROM (\n                        SELECT least(\n                            floor(r.ratio * CASE r.base WHEN 'ALLOWANCE' THEN NEW.allowance_t WHEN 'EMISSION' THEN NEW.emission_t\n                                ELSE greatest(NEW.emission_t - NEW.allowance_t, 0) END),\n                            CASE WHEN r.within_shortfall THEN greatest(NEW.emission_t - NEW.allowance_t, 0) END)\n                        FROM trading_compliancerule r WHERE r.id = NEW.rule_id\n                    ) THEN RAISE EXCEPTION 'refused by compliance_cap_by_rule' USING ERRCODE = '23514', CONSTRAINT = 'compliance_cap_by_rule'; END IF;\n                    RETURN NEW;\n                ",
                            hash="c8d8fbd43dc9dbfc61e52de414da8db88599024e",
                            operation="INSERT",
                            pgid="pgtrigger_compliance_cap_by_rule_22d72",
                            table="trading_compliancefiling",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ComplianceRetirement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "filing",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="trading.compliancefiling",
                                verbose_name="申报",
                            ),
                        ),
                        (
                            "retirement",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="for_compliance",
                                to="registry.retirement",
                                verbose_name="注销",
                            ),
                        ),
                        ("taken_t", models.BigIntegerField(default=0, verbose_name="占用 t")),
                    ],
                    options={
                        "verbose_name": "履约抵销的注销",
                        "verbose_name_plural": "履约抵销的注销",
                        "ordering": ("-pk",),
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="complianceretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_retirement_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['taken_t'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['taken_t'] THEN\n                RAISE EXCEPTION 'refused by compliance_retirement_stays' USING ERRCODE = '23514', CONSTRAINT = 'compliance_retirement_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="8889bf2357c6892e40f5b5f44aebb228f48b1036",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_compliance_retirement_stays_9d2c7",
                            table="trading_complianceretirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="complianceretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_retirement_fits",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM registry_retirement r\n                        JOIN registry_holdingaccount a ON a.id = r.account_id\n                        JOIN trading_compliancefiling f ON f.id = NEW.filing_id\n                        WHERE r.id = NEW.retirement_id AND r.kind = 'COMPLIANCE' AND a.organisation_id = f.emitter_id\n                    ) THEN RAISE EXCEPTION 'refused by compliance_retirement_fits' USING ERRCODE = '23514', CONSTRAINT = 'compliance_retirement_fits'; END IF;\n                    RETURN NEW;\n                ",
                            hash="2720972907fcd2cbc5c16d7a669094df7a21234c",
                            operation="INSERT",
                            pgid="pgtrigger_compliance_retirement_fits_441a9",
                            table="trading_complianceretirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="complianceretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_counts_what_was_retired",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.taken_t IS DISTINCT FROM (\n                            SELECT CASE WHEN state = 'RETIRED' THEN quantity_t ELSE 0 END FROM registry_retirement\n                            WHERE id = NEW.retirement_id)\n                        OR (SELECT used_t FROM trading_compliancefiling WHERE id = NEW.filing_id) IS DISTINCT FROM (\n                            SELECT sum(taken_t) FROM trading_complianceretirement WHERE filing_id = NEW.filing_id)\n                    THEN RAISE EXCEPTION 'refused by compliance_counts_what_was_retired' USING ERRCODE = '23514', CONSTRAINT = 'compliance_counts_what_was_retired'; END IF;\n                    RETURN NULL;\n                ",
                            hash="1705ebe6828a648b30c8ebdc230c89b7f2c608bd",
                            operation="UPDATE",
                            pgid="pgtrigger_compliance_counts_what_was_retired_581ba",
                            table="trading_complianceretirement",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ComplianceRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=20, unique=True, verbose_name="代码")),
                        ("market", models.CharField(max_length=60, verbose_name="市场")),
                        ("year", models.PositiveSmallIntegerField(verbose_name="履约年度")),
                        (
                            "division",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="排放单位所在区划",
                            ),
                        ),
                        (
                            "base",
                            models.CharField(
                                choices=[
                                    ("ALLOWANCE", "初始配额"),
                                    ("EMISSION", "经核查排放量"),
                                    ("SHORTFALL", "缺口"),
                                ],
                                max_length=10,
                                verbose_name="上限的基数",
                            ),
                        ),
                        ("ratio", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="比例")),
                        ("within_shortfall", models.BooleanField(verbose_name="同时不超过缺口")),
                        ("quota_t", models.BigIntegerField(blank=True, null=True, verbose_name="全市场总量 t")),
                        ("used_t", models.BigIntegerField(default=0, verbose_name="总量已用 t")),
                        (
                            "vintage_from",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="年份不早于"),
                        ),
                        ("opens_on", models.DateField(blank=True, null=True, verbose_name="受理起")),
                        ("closes_on", models.DateField(blank=True, null=True, verbose_name="受理止")),
                        ("source", models.CharField(max_length=200, verbose_name="依据")),
                        ("evidence", models.CharField(max_length=1, verbose_name="证据等级")),
                    ],
                    options={
                        "verbose_name": "履约抵销规则",
                        "verbose_name_plural": "履约抵销规则",
                        "ordering": ("-year", "code"),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("used_t__gte", 0),
                                    models.Q(("quota_t", None), ("used_t__lte", models.F("quota_t")), _connector="OR"),
                                ),
                                name="compliance_within_quota",
                                violation_error_code="quota_used_up",
                                violation_error_message="全市场的抵销总量不够了",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ratio__gt", 0), ("ratio__lte", 1)),
                                name="compliance_ratio",
                                violation_error_code="bad_ratio",
                                violation_error_message="抵销比例在 0 和 1 之间",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="compliancerule",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_rule_stays",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['used_t'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['used_t'] THEN\n                RAISE EXCEPTION 'refused by compliance_rule_stays' USING ERRCODE = '23514', CONSTRAINT = 'compliance_rule_stays';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="18fd3a928188008e9abfb672c93c0fdd4fbe79e9",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_compliance_rule_stays_4750b",
                            table="trading_compliancerule",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="compliancerule",
                    trigger=pgtrigger.compiler.Trigger(
                        name="compliance_rule_adds_up",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n            IF NEW.used_t IS DISTINCT FROM (SELECT coalesce(sum(used_t), 0) FROM trading_compliancefiling WHERE rule_id = NEW.id) THEN RAISE EXCEPTION 'refused by compliance_rule_adds_up' USING ERRCODE = '23514', CONSTRAINT = 'compliance_rule_adds_up'; END IF;\n            RETURN NULL;\n        ",
                            hash="4fa32c203b07b59c679b7c0b0d1b184a4ada1397",
                            operation="UPDATE",
                            pgid="pgtrigger_compliance_rule_adds_up_78012",
                            table="trading_compliancerule",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="NeutralEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=30, unique=True, verbose_name="活动编号")),
                        (
                            "organiser",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="accounts.organisation",
                                verbose_name="主办单位",
                            ),
                        ),
                        ("name", models.CharField(max_length=48, verbose_name="活动名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("CONFERENCE", "会议、论坛"),
                                    ("EXHIBITION", "展览"),
                                    ("SPORTS", "赛事"),
                                    ("PERFORMANCE", "演出"),
                                ],
                                max_length=12,
                                verbose_name="活动类型",
                            ),
                        ),
                        ("place", models.CharField(max_length=30, verbose_name="举办地点")),
                        (
                            "region",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="accounts.division",
                                verbose_name="所在省份",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="开始日期")),
                        ("ends_on", models.DateField(verbose_name="结束日期")),
                        ("boundary", models.CharField(max_length=60, verbose_name="核算边界")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("PLANNED", "核算中"),
                                    ("INVENTORIED", "核算已确认，待抵消"),
                                    ("OFFSETTING", "注销办理中"),
                                    ("NEUTRAL", "已实现碳中和"),
                                    ("CANCELLED", "已取消"),
                                ],
                                default="PLANNED",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("total_mg", models.BigIntegerField(blank=True, null=True, verbose_name="排放总量 mg")),
                        ("needed_t", models.BigIntegerField(blank=True, null=True, verbose_name="应注销 t")),
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
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="确认代表",
                            ),
                        ),
                        ("made_at", models.DateTimeField(default=kernel.clock.now, verbose_name="建立")),
                        ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="核算确认")),
                        ("neutral_at", models.DateTimeField(blank=True, null=True, verbose_name="实现碳中和")),
                    ],
                    options={
                        "verbose_name": "活动碳中和",
                        "verbose_name_plural": "活动碳中和",
                        "ordering": ("-pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("made_by__isnull", True),
                                    ("closed_by__isnull", True),
                                    models.Q(("made_by", models.F("closed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="event_closed_by_another",
                                violation_error_code="same_person",
                                violation_error_message="发起代表和确认代表要是两个人",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                                name="event_days",
                                violation_error_code="bad_days",
                                violation_error_message="结束日期不能早于开始日期",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("state__in", ["PLANNED", "CANCELLED"])),
                                        ("closed_at", None),
                                        ("closed_by", None),
                                        ("needed_t", None),
                                        ("total_mg", None),
                                    ),
                                    models.Q(
                                        models.Q(("state", "PLANNED"), _negated=True),
                                        ("closed_at__isnull", False),
                                        ("closed_by__isnull", False),
                                        ("needed_t__gte", 1),
                                        ("needed_t__isnull", False),
                                        (
                                            "total_mg__gt",
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("needed_t"), "-", models.Value(1)
                                                ),
                                                "*",
                                                models.Value(1000000000),
                                            ),
                                        ),
                                        ("total_mg__isnull", False),
                                        (
                                            "total_mg__lte",
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("needed_t"), "*", models.Value(1000000000)
                                            ),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="event_needs_whole_tonnes",
                                violation_error_code="bad_total",
                                violation_error_message="核算确认后才有排放总量，应注销的吨数是总量向上取整",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="neutralevent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_fixed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'DELETE' OR to_jsonb(OLD) - ARRAY['state', 'total_mg', 'needed_t', 'closed_by_id', 'closed_at', 'neutral_at'] IS DISTINCT FROM to_jsonb(NEW) - ARRAY['state', 'total_mg', 'needed_t', 'closed_by_id', 'closed_at', 'neutral_at'] THEN\n                RAISE EXCEPTION 'refused by event_fixed' USING ERRCODE = '23514', CONSTRAINT = 'event_fixed';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="6e10a77b1f209a82f517fb7a2b786e9556aa40fc",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_event_fixed_b750a",
                            table="trading_neutralevent",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="neutralevent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_moves",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('PLANNED') THEN RAISE EXCEPTION 'refused by event_moves' USING ERRCODE = '23514', CONSTRAINT = 'event_moves'; END IF;\n            ELSIF OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (('INVENTORIED', 'CANCELLED'), ('INVENTORIED', 'OFFSETTING'), ('INVENTORIED', 'PLANNED'), ('OFFSETTING', 'INVENTORIED'), ('OFFSETTING', 'NEUTRAL'), ('PLANNED', 'CANCELLED'), ('PLANNED', 'INVENTORIED')) THEN\n                RAISE EXCEPTION 'refused by event_moves' USING ERRCODE = '23514', CONSTRAINT = 'event_moves';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="5dea840ad03cc3a9c1c2d47d60b73fd7543b2eab",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_event_moves_90519",
                            table="trading_neutralevent",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="neutralevent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_neutral_is_offset",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF NEW.state = 'NEUTRAL' AND (NEW.neutral_at IS NULL OR NEW.needed_t IS NULL OR NEW.needed_t > (\n                        SELECT coalesce(sum(upper(serials) - lower(serials)), 0)\n                        FROM trading_eventoffset WHERE event_id = NEW.id\n                    )) THEN RAISE EXCEPTION 'refused by event_neutral_is_offset' USING ERRCODE = '23514', CONSTRAINT = 'event_neutral_is_offset'; END IF;\n                    RETURN NULL;\n                ",
                            hash="1a8bfe9a47089b490ab375cdbf7b02be773d97bf",
                            operation="INSERT OR UPDATE",
                            pgid="pgtrigger_event_neutral_is_offset_1222f",
                            table="trading_neutralevent",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="EventRetirement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="trading.neutralevent",
                                verbose_name="活动",
                            ),
                        ),
                        (
                            "retirement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="for_events",
                                to="registry.retirement",
                                verbose_name="注销",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "活动的注销",
                        "verbose_name_plural": "活动的注销",
                        "ordering": ("pk",),
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("retirement",),
                                name="event_retirement_once",
                                violation_error_code="already_used",
                                violation_error_message="这笔注销已用于另一个活动，不能再用",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="eventretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_retirement_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by event_retirement_append_only' USING ERRCODE = '23514', CONSTRAINT = 'event_retirement_append_only';",
                            hash="9450adb2f4e7626b0a00822cce21cfb8e5be9e33",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_event_retirement_append_only_224df",
                            table="trading_eventretirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="eventretirement",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_retirement_fits",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM registry_retirement r\n                        JOIN registry_holdingaccount a ON a.id = r.account_id\n                        JOIN trading_neutralevent e ON e.id = NEW.event_id\n                        WHERE r.id = NEW.retirement_id AND r.kind = 'EVENT'\n                          AND a.organisation_id = e.organiser_id AND r.quantity_t >= e.needed_t\n                    ) THEN RAISE EXCEPTION 'refused by event_retirement_fits' USING ERRCODE = '23514', CONSTRAINT = 'event_retirement_fits'; END IF;\n                    RETURN NEW;\n                ",
                            hash="b0a8be25ca76241fe3eab76c89bfd28525fd6938",
                            operation="INSERT",
                            pgid="pgtrigger_event_retirement_fits_dca9e",
                            table="trading_eventretirement",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="EventOffset",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offsets",
                                to="trading.neutralevent",
                                verbose_name="活动",
                            ),
                        ),
                        (
                            "block",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="registry.block",
                                verbose_name="减排量",
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
                            "serials",
                            django.contrib.postgres.fields.ranges.BigIntegerRangeField(verbose_name="编号区间"),
                        ),
                    ],
                    options={
                        "verbose_name": "活动抵消",
                        "verbose_name_plural": "活动抵消",
                        "ordering": ("pk",),
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[("series", "="), ("serials", "&&")],
                                name="event_offset_serials_once",
                                violation_error_code="already_used",
                                violation_error_message="这些编号已用于另一个活动，不能再用",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="eventoffset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_offset_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'refused by event_offset_append_only' USING ERRCODE = '23514', CONSTRAINT = 'event_offset_append_only';",
                            hash="4777da80468fa42a89921dff961701ff3733fce8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_event_offset_append_only_3253f",
                            table="trading_eventoffset",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="eventoffset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="event_offset_is_retired",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM registry_block k\n                        JOIN registry_retirement r ON r.journal_id = k.opened_by_id\n                        JOIN trading_eventretirement o ON o.retirement_id = r.id AND o.event_id = NEW.event_id\n                        WHERE k.id = NEW.block_id AND k.state = 'RETIRED'\n                          AND k.series_id = NEW.series_id AND k.serials = NEW.serials\n                    ) THEN RAISE EXCEPTION 'refused by event_offset_is_retired' USING ERRCODE = '23514', CONSTRAINT = 'event_offset_is_retired'; END IF;\n                    RETURN NEW;\n                ",
                            hash="1b34cfe42eedde977475e8fd69224495efc18d80",
                            operation="INSERT",
                            pgid="pgtrigger_event_offset_is_retired_4821d",
                            table="trading_eventoffset",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="EmissionItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "event",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="trading.neutralevent",
                                verbose_name="活动",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("FUEL", "化石燃料燃烧"),
                                    ("ENERGY", "净购入电力、热力"),
                                    ("TRANSPORT", "交通"),
                                    ("LODGING", "住宿餐饮"),
                                    ("MATERIAL", "会议用品隐含排放"),
                                    ("WASTE", "废弃物处理"),
                                ],
                                max_length=10,
                                verbose_name="排放类别",
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
                        ("inputs", models.JSONField(verbose_name="输入")),
                        ("factors", models.JSONField(verbose_name="因子")),
                        ("emission_mg", models.BigIntegerField(verbose_name="排放量 mg")),
                        ("evidence", models.CharField(max_length=200, verbose_name="依据")),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="填报人",
                            ),
                        ),
                        ("recorded_at", models.DateTimeField(default=kernel.clock.now, verbose_name="填报")),
                    ],
                    options={
                        "verbose_name": "排放清单",
                        "verbose_name_plural": "排放清单",
                        "ordering": ("pk",),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("emission_mg__gte", 0)),
                                name="emission_item_not_negative",
                                violation_error_code="bad_emission",
                                violation_error_message="排放量不能低于零",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="emissionitem",
                    trigger=pgtrigger.compiler.Trigger(
                        name="emission_item_frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF TG_OP = 'UPDATE' OR (SELECT state FROM trading_neutralevent\n                        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.event_id ELSE NEW.event_id END) <> 'PLANNED'\n                    THEN RAISE EXCEPTION 'refused by emission_item_frozen' USING ERRCODE = '23514', CONSTRAINT = 'emission_item_frozen'; END IF;\n                    RETURN COALESCE(NEW, OLD);\n                ",
                            hash="450a07385f709ab902a1436daec9f87a42651929",
                            operation="INSERT OR UPDATE OR DELETE",
                            pgid="pgtrigger_emission_item_frozen_62112",
                            table="trading_emissionitem",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        # The application role may not rewrite what is history.
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE ON {WRITTEN_ONCE} FROM portal_app;"
            f"REVOKE DELETE ON {NEVER_DELETED} FROM portal_app;"
            "REVOKE UPDATE ON trading_bankmessage FROM portal_app; GRANT UPDATE (state, closed_by_id, finding) ON trading_bankmessage TO portal_app",
            f"GRANT UPDATE, DELETE ON {WRITTEN_ONCE} TO portal_app;"
            f"GRANT DELETE ON {NEVER_DELETED} TO portal_app;"
            "GRANT UPDATE ON trading_bankmessage TO portal_app",
        ),
    ]
