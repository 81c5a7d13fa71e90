"""Tables of trading: agreements between two holders, the money that pays for them (cash), events that are neutralised, and
compliance offset."""

from trading.models.agreements import Agreement
from trading.models.cash import BankMessage, CashEntry, CashInstruction, CashJournal
from trading.models.compliance import ComplianceFiling, ComplianceRetirement, ComplianceRule
from trading.models.events import EmissionItem, EventOffset, EventRetirement, NeutralEvent

__all__ = [
    "Agreement",
    "BankMessage",
    "CashEntry",
    "CashInstruction",
    "CashJournal",
    "ComplianceFiling",
    "ComplianceRetirement",
    "ComplianceRule",
    "EmissionItem",
    "EventOffset",
    "EventRetirement",
    "NeutralEvent",
]
