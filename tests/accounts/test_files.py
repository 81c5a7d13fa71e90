"""What was sent is kept exactly as it was sent, or refused before it is read."""

from __future__ import annotations

import hashlib

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import Attachment
from accounts.services.attachments import keep_file
from carbon_portal.story import World
from kernel.digest import sm3
from tests.refusals import forbidden, refused
from tests.stages import kept
from tests.worlds import last_event


class Declared:
    """A file of a size that nobody may read."""

    name = "big.csv"

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self) -> bytes:
        """Fail: a file that is too large is refused by its size."""
        raise AssertionError("was read")


def test_a_file_is_kept_byte_for_byte_under_its_digests(world: World) -> None:
    content = "时间,功率\r\n".encode("gb18030")

    attachment = kept(world, content, "导出.csv")

    attachment.refresh_from_db()
    with attachment.file.open("rb") as file:
        assert file.read() == content
    assert (attachment.name, attachment.size) == ("导出.csv", len(content))
    assert (attachment.sha256, attachment.sm3) == (hashlib.sha256(content).hexdigest(), sm3(content))
    assert last_event(verb="accounts.keep_file").data == {"sha256": attachment.sha256, "bytes": len(content)}


def test_the_same_content_is_stored_once_and_kept_twice(world: World) -> None:
    one, two = kept(world, b"same", "a.csv"), kept(world, b"same", "b.csv")

    assert one.pk != two.pk
    assert one.file.name == two.file.name


def test_an_empty_file_is_refused_by_name(world: World) -> None:
    refusal = refused(
        keep_file,
        world.organisations["owner"],
        ContentFile(b"", name="empty.csv"),
        by=world.people["owner-maker"],
        code="file_empty",
    )

    assert "empty.csv" in refusal.message
    assert "0 字节" in refusal.message


def test_a_file_of_200_mb_is_refused_without_reading_it(world: World) -> None:
    refusal = refused(
        keep_file,
        world.organisations["owner"],
        Declared(200 * 2**20),
        by=world.people["owner-maker"],
        code="file_too_large",
    )

    assert "200 MB" in refusal.message
    assert f"最大 {settings.MAX_UPLOAD_BYTES // 2**20} MB" in refusal.message


def test_a_file_is_kept_only_by_a_maker_of_the_organisation(world: World) -> None:
    file = ContentFile(b"1", name="a.csv")

    for who in ("buyer-maker", "owner-checker", "officer", "verifier"):
        forbidden(keep_file, world.organisations["owner"], file, by=world.people[who])


@pytest.mark.parametrize(
    ("who", "sees"), [("owner-maker", True), ("owner-checker", True), ("buyer-maker", False), ("other-officer", False)]
)
def test_a_file_is_seen_inside_the_organisation_and_by_its_bureau(world: World, who: str, sees: bool) -> None:
    attachment = kept(world, b"1")

    assert Attachment.objects.visible_to(world.people[who]).filter(pk=attachment.pk).exists() is sees
