"""What was counted and issued under a version of a method."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q, Sum

from methodologies.models import Method
from projects.models import Project
from registry.models import Block
from registry.states import UnitState
from scenarios.models import Upload


class Under(NamedTuple):
    """Registered projects; tonnes issued and, of them, retired; citizens' acts counted and their milligrams."""

    projects: int
    issued_t: int
    retired_t: int
    acts: int
    saved_mg: int


def under(method: Method) -> Under:
    """Return what stands in the books under one version."""
    blocks = Block.objects.open().filter(series__project__method=method)
    tonnes = blocks.aggregate(issued=Sum("quantity_t"), retired=Sum("quantity_t", filter=Q(state=UnitState.RETIRED)))
    files = Upload.objects.filter(method=method, state=Upload.State.SETTLED)
    acts = files.aggregate(accepted=Sum("accepted"), saved=Sum("saved_mg"))
    projects = Project.objects.public().exclude(project_no=None).filter(method=method).count()
    return Under(
        projects, tonnes["issued"] or 0, tonnes["retired"] or 0, int(acts["accepted"] or 0), int(acts["saved"] or 0)
    )
