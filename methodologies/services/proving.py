"""Every published method proved again from its own text: digest, units, and each worked example."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.refusals import sentence
from kernel.rules import RuleViolation, require
from methodologies.document import check
from methodologies.models import Method
from methodologies.services.quantify import document_of


@dataclass
class Proved:
    """How many methods and examples came out, and a sentence for each method that did not."""

    methods: int = 0
    examples: int = 0
    failures: list[str] = field(default_factory=list)


def prove_methods() -> Proved:
    """Read every version, also those that ended, check it as publishing does, and compare number and title with its row."""
    proved = Proved()
    for method in Method.objects.all():
        try:
            document = document_of(method)
            same = (document.number, document.title, document.kind) == (method.number, method.title, method.kind)
            require(same, "method_tampered", _("文本的编号或名称与登记的不符"))
            check(document)
        except RuleViolation as error:
            proved.failures.append(f"{method.number}：{sentence(error)}")
        else:
            proved.methods += 1
            proved.examples += len(document.examples)
    return proved
