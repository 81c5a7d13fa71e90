"""The second officer carries a document out: one verb for all kinds, what each does is in the file of its sort."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import advance, lock, require, verb
from kernel import clock
from registry.models import Deed, Journal
from registry.services import corrections, freezes, nontrade, pledges
from registry.states import DeedKind, DeedState

# With everything locked; each returns the journal, if there is one.
ACTS: dict[str, Callable[..., Journal | None]] = {
    DeedKind.FREEZE: freezes.freeze,
    DeedKind.RENEW: freezes.renew,
    DeedKind.RELEASE: freezes.release,
    DeedKind.ENFORCE: freezes.enforce,
    DeedKind.DISPOSE: pledges.dispose,
    DeedKind.MERGER: nontrade.pass_on,
    DeedKind.INHERIT: nontrade.pass_on,
    DeedKind.RULING: nontrade.pass_on,
    DeedKind.CORRECT: corrections.give_back,
    DeedKind.VOID: corrections.void,
}


@verb("registry.confirm_deed")
def confirm(deed: Deed, *, by: User, reason: str = "", key: str = "") -> Deed:
    """The second officer has read the document and carries it out, whole or not at all.

    Raises RuleViolation ``same_person`` (also as each other's deputy), ``wrong_state``, and what the kind of deed refuses.
    """
    rows = [deed, deed.account, deed.target, deed.freeze, deed.pledge]
    deed, account, *_others = lock(*[row for row in rows if row is not None])
    require(by.pk != deed.entered_by_id, "same_person", _("录入的人不能自己复核，请第二位人员办理"))
    require(deed.state == DeedState.ENTERED, "wrong_state", _("这份文书已经办结，请刷新页面"))
    journal = ACTS[deed.kind](deed, account, by=by)
    advance(
        deed,
        DeedState.DONE,
        by=by,
        reason=reason,
        confirmed_by=by,
        confirmed_at=clock.now(),
        journal=journal,
    )
    return deed
