"""Tables of trading: agreements between two holders, the money that pays for them (cash), and events that are neutralised."""

from trading.models.agreements import Agreement
from trading.models.cash import BankMessage, CashEntry, CashInstruction, CashJournal
from trading.models.events import EmissionItem, EventOffset, EventRetirement, NeutralEvent

__all__ = [
    "Agreement",
    "BankMessage",
    "CashEntry",
    "CashInstruction",
    "CashJournal",
    "EmissionItem",
    "EventOffset",
    "EventRetirement",
    "NeutralEvent",
]
