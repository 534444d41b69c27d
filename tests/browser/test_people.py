"""Staff let somebody in, an EDV sets rights, and an account is closed while its page is open."""

from playwright.async_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor


def card(visitor: Visitor, name: str) -> Locator:
    """The request of somebody."""
    return visitor.page.get_by_role("listitem", name=name)


async def test_staff_approve_a_request_and_decline_another(visit: Visit) -> None:
    birgit = await visit("staff")
    await birgit.opens("/")
    await birgit.page.get_by_role("link", name="Freigaben").first.click()
    silke, peter = card(birgit, "Silke Harms"), card(birgit, "Peter Wimmer")
    await expect(silke).to_contain_text("Adresse passt zur Organisation")
    await expect(peter).to_contain_text("fremde Domain")
    await expect(silke.get_by_role("checkbox", name="Beiträge", exact=True)).to_be_checked()

    user_name = silke.get_by_label("Benutzername")
    await user_name.fill("USER-nord")
    await silke.get_by_role("button", name="Freigeben").click()
    await expect(user_name).to_have_accessible_description("Diesen Benutzernamen gibt es schon.")
    await birgit.is_focused(user_name)

    await user_name.fill("silke.harms")
    await silke.get_by_role("radio", name="EDV").check(force=True)
    await expect(silke.get_by_role("checkbox", name="sieht die ganze Organisation")).to_be_hidden()
    await silke.get_by_role("radio", name="User", exact=True).check(force=True)
    await silke.get_by_role("checkbox", name="darf an UNIPLUS übergeben").check()
    await silke.get_by_role("button", name="Freigeben").click()
    await birgit.sees("Das Konto ist freigegeben, die Einladung ist unterwegs.")
    await expect(silke).to_have_count(0)

    await peter.get_by_role("button", name="Ablehnen").click()
    await expect(peter.get_by_label("Begründung")).to_have_attribute("aria-invalid", "true")
    await peter.get_by_label("Begründung").fill("Bitte wenden Sie sich an Ihre Kammer.")
    await peter.get_by_role("button", name="Ablehnen").click()
    await birgit.sees("Zurzeit wartet niemand auf eine Freigabe.")
    await birgit.follows("Silke Harms")
    await birgit.sees("eingeladen")
    await birgit.sees_button("Einladung erneut senden")


async def test_an_edv_sets_rights(visit: Visit) -> None:
    torben = await visit("edv-nord")
    await torben.opens("/organisation/people")
    await torben.follows("Anke Thomsen")
    await torben.ticks("darf an UNIPLUS übergeben")
    await torben.unticks("Finanzen")
    await torben.presses("Rechte speichern")
    await torben.sees("Gespeichert.")
    await expect(torben.box("darf an UNIPLUS übergeben")).to_be_checked()
    await expect(torben.box("Finanzen")).not_to_be_checked()


async def test_an_account_is_closed_while_its_page_is_open(visit: Visit) -> None:
    franziska, birgit = await visit(), await visit("staff", scripts=False)
    await franziska.signs_in("user-sued")
    await franziska.opens("/tickets")
    await birgit.opens("/staff/people?q=franziska")
    await birgit.follows("Franziska Huber")
    await birgit.follows("Deaktivieren")
    await birgit.sees_heading("Franziska Huber deaktivieren?")
    await birgit.presses("Deaktivieren")
    await birgit.sees("deaktiviert")

    await franziska.follows("Neues Ticket")
    await franziska.sees_heading("Anmelden")

    await birgit.follows("Wieder aktivieren")
    await birgit.presses("Wieder aktivieren")
    await franziska.signs_in("user-sued")
