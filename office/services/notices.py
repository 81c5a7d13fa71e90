"""Public notices."""

from __future__ import annotations

from accounts.models import Division, User
from kernel import clock
from kernel.digest import sm3
from office.models import Notice
from office.services.calendar import calendar
from office.services.numbers import next_number


def publish(*, title: str, text: str, division: Division, workdays: int, contact: str, by: User) -> Notice:
    """Publish a notice from today for ``workdays`` working days, the start day not counted (clarification 17).

    Called inside a verb of the app whose case it is; the next step of that case waits for ``Notice.is_over``.
    """
    today, days = clock.today(), calendar()
    ends_on = days.add_workdays(today, workdays)
    number = next_number(f"GS-{division.adm6}-{today.year}")
    return Notice.objects.create(
        number=f"{division.adm6}-GS-{today:%Y}-{number:04d}",
        title=title,
        text=text,
        digest=sm3(text.encode()),
        division=division,
        workdays=workdays,
        starts_on=today,
        ends_on=ends_on,
        provisional=days.provisional(ends_on),
        contact=contact,
        published_by=by,
    )
