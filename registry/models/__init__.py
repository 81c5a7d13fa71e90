"""Tables of the registry: who holds (accounts), what (books), the orders on their way (orders),

what the office does because a document says so (deeds), what keeps units from being used (holds, frauds, pledges), and
exchanges outside (venues).
"""

from registry.models.accounts import HoldingAccount
from registry.models.alone import AloneWithFactor
from registry.models.books import Batch, Block, Journal
from registry.models.deeds import Deed
from registry.models.frauds import FraudCase, FraudDecision
from registry.models.holds import Freeze, HoldEntry, held_blocks
from registry.models.openings import MovedBatch, MovedRetirement
from registry.models.orders import Retirement, Transfer
from registry.models.pledges import Pledge
from registry.models.proofs import BookCheck, LoggedJournal
from registry.models.requests import AccountRequest
from registry.models.series import Series
from registry.models.venues import Seat, Trade, Venue, VenueOrder, VenueReport

__all__ = [
    "AccountRequest",
    "AloneWithFactor",
    "Batch",
    "Block",
    "BookCheck",
    "Deed",
    "FraudCase",
    "FraudDecision",
    "Freeze",
    "HoldEntry",
    "HoldingAccount",
    "Journal",
    "LoggedJournal",
    "MovedBatch",
    "MovedRetirement",
    "Pledge",
    "Retirement",
    "Seat",
    "Series",
    "Trade",
    "Transfer",
    "Venue",
    "VenueOrder",
    "VenueReport",
    "held_blocks",
]
