"""What a method document holds, once read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from methodologies.formula import Declared, Formula, Kind, Steps, Unit, compile_formula, spreadsheet_formulas

# Chapters of text a document may have, in the order people read them.
CHAPTERS = (
    *("applicability", "baseline", "monitoring", "crediting", "additionality", "declaration"),
    *("rights", "note"),  # rights: what each participant is entitled to, and who may claim
)
CAP, CAPPED = "cap", "capped"  # names the cap's lines get; a formula may not use them otherwise


@dataclass(frozen=True)
class Input:
    """A monitored quantity: unit, bounds (both allowed) or, for a text, the choices."""

    name: str
    title: str
    kind: Kind
    unit: Unit
    least: Decimal | None = None
    most: Decimal | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One value of a parameter, where and when it holds (empty region: everywhere), and where it was read."""

    value: Decimal | Mapping[str, Decimal] | Steps
    region: str
    valid_from: date | None
    valid_to: date | None
    source: str
    evidence: str

    def fits(self, region: str) -> bool:
        """Return whether the entry holds in a division: its own or one inside it (440000 holds in 440100)."""
        own = self.region
        while own.endswith("00"):
            own = own[:-2]
        return region.startswith(own)

    def holds(self, on: date) -> bool:
        """Return whether the entry is valid on a day."""
        return (self.valid_from or date.min) <= on <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Parameter:
    """A factor or table with its values by region and day; ``by`` is the unit a table of steps is entered with."""

    name: str
    title: str
    kind: Kind
    unit: Unit
    by: Unit
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Example:
    """A worked example: inputs as text and the exact result, rounded half up to ``places`` where that is given."""

    title: str
    inputs: Mapping[str, str | tuple[str, ...]]
    expected: Decimal
    places: int | None
    on: date
    region: str


@dataclass(frozen=True, eq=False)
class Document:
    """A read method. ``kind`` is ``quantitative`` (a reduction), ``qualitative`` (points only) or ``emission`` (what was emitted).

    ``scope`` is ``act`` (never negative) or ``project`` (a negative period is carried as a deduction).

    ``result`` is ``kg`` or ``t`` of CO2e; ``digest`` is the SHA-256 of ``text``.
    """

    code: str
    version: int
    title: str
    source: str
    evidence: str
    kind: str
    scope: str
    factor_basis: str
    result: str
    cap: str
    inputs: Mapping[str, Input]
    parameters: Mapping[str, Parameter]
    formula: Mapping[str, str]
    labels: Mapping[str, str]
    examples: tuple[Example, ...]
    chapters: Mapping[str, str]
    text: str
    digest: str

    @property
    def number(self) -> str:
        """Return code and version as quoted on certificates, ``GD-2022-002-V02``."""
        return f"{self.code}-V{self.version:02d}"

    @property
    def last(self) -> str:
        """Return the name of the last formula, which is the reduction before any cap."""
        return list(self.formula)[-1]

    @property
    def steps(self) -> Mapping[str, str]:
        """Return the named formulas in their order, with the cap as the last two where there is one."""
        capped = {CAP: self.cap, CAPPED: f"min({self.last}, {CAP})"} if self.cap else {}
        return {**self.formula, **capped}

    @cached_property
    def compiled(self) -> Formula:
        """Return the compiled formulas with the cap as their last step. Raises FormulaError."""
        return compile_formula(self.steps, self._inputs, self._parameters)

    def in_cells(self, places: Mapping[str, str]) -> dict[str, str]:
        """Return the formulas as a spreadsheet writes them; ``places`` say where each input, parameter and step stands."""
        return spreadsheet_formulas(self.steps, {**self._inputs, **self._parameters}, places)

    @property
    def _inputs(self) -> dict[str, Declared]:
        return {name: Declared(one.kind, one.unit) for name, one in self.inputs.items()}

    @property
    def _parameters(self) -> dict[str, Declared]:
        return {name: Declared(one.kind, one.unit, one.by) for name, one in self.parameters.items()}
