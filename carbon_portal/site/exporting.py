"""What can be taken away: the books, of which each app says in its ``resources.py`` what it gives, and the lists of the desks."""

from __future__ import annotations

from office.lists import listing
from office.models import ExportJob
from office.services.exports import Book, make
from office.services.list_exports import make_list
from registry.resources import BOOK as UNITS
from rewards.resources import BOOK as POINTS
from scenarios.resources import BOOK as GRAMS
from trading.resources import BOOK as MONEY

BOOKS: dict[str, Book] = {book.code: book for book in (GRAMS, UNITS, POINTS, MONEY)}


def make_export(job: ExportJob) -> ExportJob:
    """Make the file of an export, whichever kind it is."""
    return make_list(job, listing) if job.desk else make(job, BOOKS[job.book])
