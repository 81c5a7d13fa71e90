"""Tables of the registry: who holds (accounts), what (books), and the orders on their way (orders)."""

from registry.models.accounts import HoldingAccount
from registry.models.books import Batch, Block, BookCheck, Journal, LoggedJournal, Series
from registry.models.orders import Retirement, Transfer

__all__ = [
    "Batch",
    "Block",
    "BookCheck",
    "HoldingAccount",
    "Journal",
    "LoggedJournal",
    "Retirement",
    "Series",
    "Transfer",
]
