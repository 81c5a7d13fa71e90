"""Rows of the office."""

from office.models.notices import Notice, NoticePaper, Outage
from office.models.objections import Objection, ObjectionPaper
from office.models.reference import MAX_ATTEMPTS, BusinessClock, CalendarDay, DocumentSeries, JobRun, Profile

__all__ = [
    "MAX_ATTEMPTS",
    "BusinessClock",
    "CalendarDay",
    "DocumentSeries",
    "JobRun",
    "Notice",
    "NoticePaper",
    "Objection",
    "ObjectionPaper",
    "Outage",
    "Profile",
]
