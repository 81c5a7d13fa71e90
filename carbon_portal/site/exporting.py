"""The books that can be taken away: each app says in its ``resources.py`` what its book gives."""

from __future__ import annotations

from office.services.exports import Book
from registry.resources import BOOK as UNITS
from rewards.resources import BOOK as POINTS
from scenarios.resources import BOOK as GRAMS
from trading.resources import BOOK as MONEY

BOOKS: dict[str, Book] = {book.code: book for book in (GRAMS, UNITS, POINTS, MONEY)}
