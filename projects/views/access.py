"""Who may open which page. A page shows only what ``visible_to`` gives; a POST takes the row and lets the verb decide,

so that an attempt outside one's scope is refused by the verb and leaves its event.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.roles import Role


def acting(request: HttpRequest) -> User:
    """Return the person signed in; the view is behind ``login_required``."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def must_see(request: HttpRequest, row: Model) -> None:
    """Raise Http404 unless the row is inside the visitor's scope. Every page that shows a row asks this first."""
    if not type(row).objects.visible_to(acting(request)).filter(pk=row.pk).exists():  # type: ignore[attr-defined]
        raise Http404


def owner_organisation(user: User) -> Organisation:
    """Return the organisation the person makes applications for; PermissionDenied when there is none."""
    organisation = user.organisations(Role.MAKER).first()
    if organisation is None:
        raise PermissionDenied(_("申请要由单位的发起代表来做，您还不是任何单位的发起代表。"))
    return organisation
