"""Tables of projects: applications (projects), what is claimed for a time (periods), how it was sampled (samples), and

letters to other bureaus (letters).
"""

from projects.models.letters import OpinionLetter
from projects.models.periods import MonitoringPeriod, PowerMonth, Quantification
from projects.models.projects import Project, person, two_people
from projects.models.samples import SampleCheck

__all__ = [
    "MonitoringPeriod",
    "OpinionLetter",
    "PowerMonth",
    "Project",
    "Quantification",
    "SampleCheck",
    "person",
    "two_people",
]
