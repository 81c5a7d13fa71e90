"""Tables of projects: applications (projects), what is claimed for a time (periods), and how it was sampled (samples)."""

from projects.models.periods import MonitoringPeriod, PowerMonth, Quantification
from projects.models.projects import Project, person, two_people
from projects.models.samples import SampleCheck

__all__ = ["MonitoringPeriod", "PowerMonth", "Project", "Quantification", "SampleCheck", "person", "two_people"]
