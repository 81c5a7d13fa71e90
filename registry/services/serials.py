"""The life of serial numbers: every block that held them, from their issue to now, found from block to block and not by a scan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accounts.direct import along, ask, first, read
from accounts.workflow import RuleViolation, require
from kernel.identifiers import UnitSerial, parse_unit_serial
from projects.models import Project
from registry.models import Batch, Block, Journal
from registry.models.series import serial_of

UNKNOWN = _("登记簿里没有这段编号，请核对每一位")
MOST = 500  # blocks shown of one range; a batch that was split a thousand times is asked for in parts

# From the open blocks, which the exclusion constraint's index finds by their serials, back through the journal that opened each: what
# that journal closed of these serials came before. Each step is an index probe, however long the books are.
_LIFE = """
    WITH RECURSIVE life AS (
        SELECT id, batch_id, serials, opened_by_id FROM registry_block
        WHERE closed_by_id IS NULL AND series_id = %s AND serials && int8range(%s, %s, '[]')
        UNION
        SELECT b.id, b.batch_id, b.serials, b.opened_by_id FROM life l
        JOIN registry_block b ON b.closed_by_id = l.opened_by_id
        WHERE b.batch_id = l.batch_id AND b.serials && l.serials AND b.serials && int8range(%s, %s, '[]')
    )
    SELECT id FROM life LIMIT %s
"""

_BATCH = """
    WHERE "series".adm6 = %s AND "series".meth7 = %s AND "series".proj6 = %s AND "series".vintage = %s
        AND t.number = %s AND t.serial_from <= %s AND t.serial_to >= %s
"""


@dataclass(frozen=True)
class Stage:
    """A run of the asked serials with one holder in one state, from one journal until another (None: now)."""

    block: Block
    first: int
    last: int
    since: datetime
    until: datetime | None

    @property
    def quantity_t(self) -> int:
        """Tonnes of the asked serials in it."""
        return self.last - self.first + 1

    @property
    def serial(self) -> str:
        """The run with its own check character."""
        return serial_of(self.block.series, self.block.batch.number, self.first, self.last)

    @property
    def journal(self) -> Journal:
        """The journal it began with."""
        return self.block.opened_by


@dataclass(frozen=True)
class Life:
    """A batch and the stages of some of its serials in order of time; ``more`` when there are more than are shown."""

    batch: Batch
    asked: UnitSerial
    stages: list[Stage]
    more: bool

    @property
    def now(self) -> list[Stage]:
        """Where the serials are now."""
        return sorted((stage for stage in self.stages if stage.until is None), key=lambda stage: stage.first)


def life_of(text: str) -> Life:
    """Return the life of a serial or a range as people type it (any case, full-width forms, with its check character).

    Raises RuleViolation ``bad_serial`` for a number that is not right, ``no_serial`` for one that was never issued.
    """
    asked = parse_unit_serial(text)
    named = [asked.adm6, asked.meth7, asked.proj6, asked.vintage, asked.batch, asked.start, asked.end]
    batch = first(Batch, _BATCH, named, also=("series",))
    if batch is None:
        raise RuleViolation("no_serial", UNKNOWN)
    run = [asked.start, asked.end]
    found = [pk for (pk,) in ask(_LIFE, [batch.series_id, *run, *run, MOST + 1])]
    blocks = read(Block, "WHERE t.id = ANY(%s) ORDER BY t.opened_by_id, t.serials", [found[:MOST]])
    along(blocks, "holder", "opened_by", "closed_by")
    along(list({block.holder for block in blocks}), "organisation")
    return Life(batch, asked, [_stage(block, batch, asked) for block in blocks], len(found) > MOST)


def public_life(text: str) -> Life:
    """Return the life of serials of a public project; others are told like serials that were never issued.

    Raises as ``life_of`` does.
    """
    life = life_of(text)
    require(Project.objects.public().filter(pk=life.batch.series.project_id).exists(), "no_serial", UNKNOWN)
    return life


def _stage(block: Block, batch: Batch, asked: UnitSerial) -> Stage:
    block.batch, block.series = batch, batch.series  # of all of them, and so read once
    return Stage(
        block,
        max(block.first, asked.start),
        min(block.last, asked.end),
        block.opened_by.business_at,
        block.closed_by.business_at if block.closed_by else None,
    )
