"""Phrases and filters of one's own: small things that every officer keeps."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Division, User
from accounts.scope import Acting, scope
from accounts.workflow import PermissionDenied, record, require, verb
from office.models import Phrase, SavedFilter

MOST = 60  # of a person, so that a list stays a list


@verb("office.add_phrase")
def add_phrase(*, title: str, text: str, by: User, division: Division | None = None) -> Phrase:
    """Keep a phrase for oneself, or share it with one's division. Raises RuleViolation ``bad_text``, ``too_many``."""
    title, text = title.strip(), text.strip()
    require(
        0 < len(title) <= 20 and 0 < len(text) <= 500, "bad_text", _("名称不超过 20 个字，内容不超过 500 个字，都要填")
    )
    if division is not None and not scope(Acting(by, "office.add_phrase")).covers(division):
        raise PermissionDenied(_("这件事不在您的辖区范围内"))
    kept = Phrase.objects.filter(division=division) if division is not None else Phrase.objects.filter(owner=by)
    require(kept.count() < MOST, "too_many", _("常用语最多 %d 条，请先删去不用的") % MOST)
    phrase = Phrase.objects.create(
        title=title, text=text, owner=by if division is None else None, division=division, made_by=by
    )
    record("office.add_phrase", phrase, by=by)
    return phrase


@verb("office.drop_phrase")
def drop_phrase(phrase: Phrase, *, by: User, reason: str = "") -> Phrase:
    """Take a phrase away: one's own, or one's division's."""
    mine = phrase.owner_id == by.pk
    if not mine and (phrase.division is None or not scope(Acting(by, "office.drop_phrase")).covers(phrase.division)):
        raise PermissionDenied(_("只能删去本人的，或本辖区共用的常用语"))
    record("office.drop_phrase", phrase, by=by, reason=reason, data={"text": phrase.text})
    phrase.delete()
    return phrase


@verb("office.save_filter")
def save_filter(*, desk: str, title: str, query: str, by: User) -> SavedFilter:
    """Keep a look at a desk. Raises RuleViolation ``bad_text``, ``too_many``, ``filter_known``."""
    title, query = title.strip(), query.strip().lstrip("?")
    require(0 < len(title) <= 20 and 0 < len(query) <= 500, "bad_text", _("请先筛选，再起一个不超过 20 个字的名称"))
    require(SavedFilter.objects.filter(owner=by).count() < MOST, "too_many", _("常用筛选最多 %d 个") % MOST)
    row = SavedFilter.objects.create(owner=by, desk=desk, title=title, query=query)
    record("office.save_filter", row, by=by)
    return row


@verb("office.drop_filter")
def drop_filter(row: SavedFilter, *, by: User, reason: str = "") -> SavedFilter:
    """Take a filter of one's own away."""
    record("office.drop_filter", row, by=by, reason=reason)
    row.delete()
    return row
