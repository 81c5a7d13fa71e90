"""Tables of the scenes: who takes part (people, partners), what they did (acts), and what was claimed of it (claims)."""

from scenarios.models.acts import Act, ActKey, CarbonAccount, Refusal, Upload
from scenarios.models.claims import ActUse, ClaimBatch
from scenarios.models.partners import Binding, Consent, Partner, PartnerLink, Scene
from scenarios.models.people import Citizen, Identity
from scenarios.models.statements import PersonalStatement

__all__ = [
    "Act",
    "ActKey",
    "ActUse",
    "Binding",
    "CarbonAccount",
    "Citizen",
    "ClaimBatch",
    "Consent",
    "Identity",
    "Partner",
    "PartnerLink",
    "PersonalStatement",
    "Refusal",
    "Scene",
    "Upload",
]
