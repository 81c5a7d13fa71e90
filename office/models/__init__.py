"""Rows of the office."""

from office.models.exports import ExportJob
from office.models.messages import Delivery, Digest, Message
from office.models.notices import Notice, NoticePaper, Outage
from office.models.objections import Objection, ObjectionPaper
from office.models.reference import MAX_ATTEMPTS, BusinessClock, CalendarDay, DocumentSeries, JobRun, Profile
from office.models.work import Assignment, Phrase, SavedFilter, SignOff

__all__ = [
    "MAX_ATTEMPTS",
    "Assignment",
    "BusinessClock",
    "CalendarDay",
    "Delivery",
    "Digest",
    "DocumentSeries",
    "ExportJob",
    "JobRun",
    "Message",
    "Notice",
    "NoticePaper",
    "Objection",
    "ObjectionPaper",
    "Outage",
    "Phrase",
    "Profile",
    "SavedFilter",
    "SignOff",
]
