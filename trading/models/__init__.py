"""Tables of trading: agreements between two holders, and the money that pays for them (cash)."""

from trading.models.agreements import Agreement
from trading.models.cash import BankMessage, CashEntry, CashInstruction, CashJournal

__all__ = ["Agreement", "BankMessage", "CashEntry", "CashInstruction", "CashJournal"]
