"""Tables of projects: applications (projects), what is claimed for a time (periods), how it was sampled (samples), what its

verifier computed (figures), letters to other bureaus (letters), decisions against the applicant (decisions), paper entered at the

counter (counter), visits on site (visits), and the files by which another registry moved in (openings). What other registries
publish is reference (external).
"""

from projects.models.counter import CounterEntry
from projects.models.decisions import WHOLE, Decision, DecisionText, Service
from projects.models.external import ExternalEntry
from projects.models.figures import OwnFigure
from projects.models.letters import OpinionLetter
from projects.models.openings import Opening
from projects.models.periods import MonitoringPeriod, PowerMonth, Quantification
from projects.models.projects import Project, person, second_factor, two_people
from projects.models.samples import SampleCheck
from projects.models.visits import Result, SiteVisit, Source, VisitPhoto

__all__ = [
    "WHOLE",
    "CounterEntry",
    "Decision",
    "DecisionText",
    "ExternalEntry",
    "MonitoringPeriod",
    "Opening",
    "OpinionLetter",
    "OwnFigure",
    "PowerMonth",
    "Project",
    "Quantification",
    "Result",
    "SampleCheck",
    "Service",
    "SiteVisit",
    "Source",
    "VisitPhoto",
    "person",
    "second_factor",
    "two_people",
]
