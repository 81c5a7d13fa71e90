"""What a file by which a registry moves in comes to: organisations, projects, batches and who holds or retired what of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from accounts.models import Division
from methodologies.models import Method
from projects.models import Project
from registry.services.opening.sheets import Key


@dataclass(frozen=True)
class NewOrganisation:
    """An organisation the portal does not know yet."""

    uscc: str
    name: str
    kind: str
    division: Division
    legal_representative: str
    old_account: str


@dataclass
class NewProject:
    """A project as the file describes it; ``number`` is None where a new one is to be given, ``known`` where it moved in before."""

    row: int
    owner: str
    name: str = ""
    number: str | None = None
    old_no: str = ""
    division: Division | None = None
    method: Method | None = None
    location: str = ""
    crediting_from: date = date.min
    crediting_to: date = date.min
    registered_on: date = date.min
    capacity_kw: Decimal | None = None
    meter_no: str | None = None
    known: Project | None = None


@dataclass(frozen=True)
class Retired:
    """What the other registry's certificate of a retirement says."""

    beneficiary: str
    purpose: str
    on: date
    certificate_no: str


@dataclass(frozen=True)
class Piece:
    """Tonnes ``first … last`` of a batch, whose they are, and what they were retired for where they were; ``row`` in its sheet."""

    row: int
    first: int
    last: int
    holder: str
    retired: Retired | None

    @property
    def quantity(self) -> int:
        """Tonnes."""
        return self.last - self.first + 1


@dataclass
class NewBatch:
    """A batch the other registry issued; ``first`` is 0 until its serials are known."""

    row: int
    key: Key
    project: NewProject
    quantity: int
    starts_on: date
    ends_on: date
    issued_on: date
    document: str
    old_serial: str
    first: int = 0
    pieces: list[Piece] = field(default_factory=list)

    @property
    def last(self) -> int:
        """Last serial number, included."""
        return self.first + self.quantity - 1

    @property
    def vintage(self) -> int:
        """The year of its series."""
        return self.key[1]

    @property
    def held(self) -> int:
        """Tonnes held."""
        return sum(piece.quantity for piece in self.pieces if piece.retired is None)

    @property
    def retired(self) -> int:
        """Tonnes retired."""
        return sum(piece.quantity for piece in self.pieces if piece.retired is not None)


@dataclass
class Plan:
    """Everything the file brings, and what to say of it; ``holders`` are the credit codes that need an account."""

    organisations: dict[str, NewOrganisation] = field(default_factory=dict)
    projects: list[NewProject] = field(default_factory=list)
    batches: list[NewBatch] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def holders(self) -> list[str]:
        """Credit codes of owners and holders, each once, in the order of the file."""
        owners = [project.owner for project in self.projects]
        return list(dict.fromkeys([*owners, *(piece.holder for batch in self.batches for piece in batch.pieces)]))

    @property
    def issued_t(self) -> int:
        """Tonnes of all batches."""
        return sum(batch.quantity for batch in self.batches)

    @property
    def held_t(self) -> int:
        """Tonnes held."""
        return sum(batch.held for batch in self.batches)

    @property
    def retired_t(self) -> int:
        """Tonnes retired."""
        return sum(batch.retired for batch in self.batches)


def free_runs(first: int, last: int, taken: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the runs of ``first … last`` that none of the ``taken`` runs covers, in order."""
    free, at = [], first
    for start, end in sorted(taken):
        if start > at:
            free.append((at, start - 1))
        at = max(at, end + 1)
    if at <= last:
        free.append((at, last))
    return free
