"""Tables of people: who they are and may do (people), what is written once (records), what lets them in (credentials)."""

from accounts.models.credentials import ApiKey, ApiNonce, SmsCode
from accounts.models.deputies import Deputy
from accounts.models.people import Division, Organisation, RoleGrant, User
from accounts.models.records import Attachment, Event, VerbKey, attachment_path

__all__ = [
    "ApiKey",
    "ApiNonce",
    "Attachment",
    "Deputy",
    "Division",
    "Event",
    "Organisation",
    "RoleGrant",
    "SmsCode",
    "User",
    "VerbKey",
    "attachment_path",
]
