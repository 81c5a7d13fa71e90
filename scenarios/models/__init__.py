"""Tables of the scenes: who takes part (people, partners) and what they did (acts)."""

from scenarios.models.acts import Act, ActKey, CarbonAccount, Refusal, Upload
from scenarios.models.partners import Binding, Consent, Partner, PartnerLink, Scene
from scenarios.models.people import Citizen, Identity
from scenarios.models.statements import PersonalStatement

__all__ = [
    "Act",
    "ActKey",
    "Binding",
    "CarbonAccount",
    "Citizen",
    "Consent",
    "Identity",
    "Partner",
    "PartnerLink",
    "PersonalStatement",
    "Refusal",
    "Scene",
    "Upload",
]
