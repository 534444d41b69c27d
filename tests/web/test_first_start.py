"""A portal without demo data: the first admin finds every page, and gets from nothing to a ticket with them alone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.config import Settings
from app.domain import administration
from app.domain.identity import Identity
from app.main import create_app
from tests.cast import Portal
from tests.web.reading import Page, follow, look
from tests.web.test_routes import ENDLESS, TABLE

PASSWORD = "Sieben-Katzen-am-Fenster"


@pytest.fixture
async def first(database: Settings, quick_hashes: None) -> AsyncIterator[Portal]:
    """The first admin's browser before an empty portal."""
    await administration.create_admin("UNIPLUS", Identity("Erna", "Klug", "erna", "erna@firma.example"), PASSWORD)
    nobody: Any = None
    async with Portal(create_app(database), nobody) as portal:
        signed_in = await portal.send_form("/login", user_name="erna", password=PASSWORD, next="")
        assert signed_in.headers["Location"] == "/"
        yield portal


async def test_every_page_is_there_and_offers_a_next_step(first: Portal) -> None:
    for rule in TABLE:
        if rule.startswith("GET") and "<" not in rule and rule not in ENDLESS:
            assert (await first.get(rule.split(" ")[1])).status_code < 500, rule
    steps = {
        "/tickets": "Neues Ticket", "/tickets/new": "Organisation anlegen", "/report": "Neues Ticket",
        "/staff/organisations": "Organisation anlegen", "/staff/people": "Benutzer anlegen",
    }  # fmt: skip
    for path, step in steps.items():
        assert step in (await look(first, path)).links, path


async def done(portal: Portal, page: Page, button: str, **fields: object) -> Page:
    """The page after a form was filled in and sent."""
    return await follow(portal, await page.form(button).send(portal, **fields))


async def test_from_nothing_to_the_first_ticket(first: Portal) -> None:
    modules = await done(first, await look(first, "/staff/modules"), "Modul anlegen", name="Seminare")
    assert "Seminare" in modules.root.text_content()
    new = await look(first, "/staff/organisations/new")
    module = new.fields["Seminare"].get("value")
    organisation = await done(first, new, "Organisation anlegen", name="Verband Nord", modules=[module])
    person = await look(first, organisation.links["Benutzer anlegen"])
    await done(
        first, person, "Anlegen und einladen", first_name="Ute", last_name="Petersen", user_name="ute",
        email="ute@nord.example", role="edv", modules=[module],
    )  # fmt: skip
    new = await look(first, f"/tickets/new?organisation={organisation.url.rpartition('/')[2].partition('?')[0]}")
    reporter = new.all(".//select[@name='reporter']/option[@value!='']")[0].get("value")
    ticket = await done(
        first, new, "Ticket erstellen", reporter=reporter, module=module, subject="Der erste", description="Hallo",
    )  # fmt: skip
    assert ticket.facts()["Zuständig bei UNIPLUS"] == "Erna Klug"
    assert "Der erste" in ticket.headings[0]
