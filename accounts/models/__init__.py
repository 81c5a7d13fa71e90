"""Tables of people: where and for whom they act (organisations), who they are and may do (people), how they are told (reach), what
is written once (records), what lets them in (credentials).
"""

from accounts.models.credentials import ApiKey, ApiNonce, SecondFactorReset, SignInTry, SmsCode
from accounts.models.deputies import Deputy
from accounts.models.organisations import Division, Organisation
from accounts.models.people import RoleGrant, RoleProposal, User
from accounts.models.reach import Reach
from accounts.models.records import Attachment, Event, VerbKey, attachment_path
from accounts.models.tables import TableIn

__all__ = [
    "ApiKey",
    "ApiNonce",
    "Attachment",
    "Deputy",
    "Division",
    "Event",
    "Organisation",
    "Reach",
    "RoleGrant",
    "RoleProposal",
    "SecondFactorReset",
    "SignInTry",
    "SmsCode",
    "TableIn",
    "User",
    "VerbKey",
    "attachment_path",
]
