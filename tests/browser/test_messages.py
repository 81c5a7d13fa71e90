"""The box of messages on an owner's and a citizen's phone, and in the office: who is asked for something finds it and deals with it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from carbon_portal.story import World
from office.models import Message
from office.services import hands
from projects.states import ProjectState
from tests.browser.conftest import People, Phones
from tests.browser.looking import PHONE, barriers, sideways
from tests.browser.steps import click, snap
from tests.citizens import consented, partner_of, verified
from tests.stages import project_in


def test_a_message_leads_to_what_it_asks_for(
    people: People, phones: Phones, committed_world: World, screenshots: Path
) -> None:
    project = project_in(committed_world, ProjectState.CORRECTION)
    hands.assign(project, to=committed_world.people["reviewer"], by=committed_world.people["officer"])
    citizen = verified()
    consented(citizen, partner_of(committed_world))

    owner = people("owner-maker")
    owner.set_viewport_size(PHONE)
    owner.goto("/owner/")
    click(owner, owner.get_by_role("link", name="条未读"))
    wrong = [*barriers(owner), *sideways(owner)]
    snap(owner, screenshots, "inbox-owner")
    expect(owner.get_by_role("main")).to_contain_text("需要处理，")
    click(owner, owner.get_by_role("button", name=f"去办理：申请要补正：{project.name}"))
    expect(owner).to_have_url(f"{owner.url.split('/owner/')[0]}/owner/projects/{project.pk}/")
    assert Message.objects.get(person=committed_world.people["owner-maker"], template="projects.correction").read_at
    owner.goto("/account/messages/")
    wrong += [*barriers(owner), *sideways(owner)]
    snap(owner, screenshots, "inbox-settings")

    phone = phones(citizen.user, script=False)
    phone.goto("/me/")
    click(phone, phone.get_by_role("link", name="条未读").first)
    expect(phone.get_by_role("main")).to_contain_text("已授权")
    snap(phone, screenshots, "inbox-citizen")

    officer = people("reviewer")
    officer.goto("/manage/")
    click(officer, officer.get_by_role("link", name="条未读"))
    wrong += barriers(officer, ".msg-page")
    snap(officer, screenshots, "inbox-office")
    expect(officer.locator("#content")).to_contain_text(f"有一件分派给了您：{project.name}")
    officer.goto("/manage/office/delivery/inbox/settings/")
    wrong += barriers(officer, ".msg-page")
    snap(officer, screenshots, "inbox-office-settings")
    assert not wrong, "\n".join(wrong)
