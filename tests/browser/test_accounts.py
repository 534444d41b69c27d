"""The second factor in a real browser, from the picture to the Back button."""

import time

import pyotp
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.findings import findings
from tests.browser.visitor import PASSWORD


async def test_a_second_factor_is_set_up_used_and_switched_off(visit: Visit) -> None:
    sebastian = await visit("edv-sued")
    await sebastian.opens("/settings")
    await sebastian.follows("Zweiten Faktor einrichten")
    await expect(sebastian.page.get_by_role("img", name="QR-Code für die App")).to_be_visible()
    app = pyotp.TOTP(await sebastian.page.locator("[name=totp_secret]").input_value())
    await sebastian.types("Passwort", PASSWORD)
    await sebastian.types("Code", app.now())
    await sebastian.presses("Zweiten Faktor einschalten")
    await sebastian.sees_heading("Wiederherstellungscodes")
    assert await findings(sebastian.page) == []
    recovery = (await sebastian.page.locator("li code").all_inner_texts())[0]
    await sebastian.follows("Ich habe die Codes gesichert")
    await sebastian.page.go_back()
    await sebastian.sees_heading("Zweiter Faktor")

    phone = await visit(width=360, scheme="dark")
    await phone.opens("/login?next=/tickets%3Fq%3Dseminar")
    await phone.types("Benutzername oder E-Mail-Adresse", "edv-sued")
    await phone.types("Passwort", PASSWORD)
    await phone.presses("Anmelden")
    await phone.sees_heading("Zweiter Faktor")
    await phone.page.reload()
    await phone.types("Code", "000000")
    await phone.presses("Anmelden")
    assert await findings(phone.page) == []
    await phone.is_told_at("Code", "Dieser Code ist falsch, abgelaufen oder schon benutzt.")
    await phone.types("Code", app.at(int(time.time()) + 30))
    await phone.button("Anmelden").dblclick()
    await phone.is_on("/tickets?q=seminar")
    await phone.page.go_back()
    await phone.sees_heading("Online-Kundenportal")

    turn_off = sebastian.page.locator("#turn-off")
    await turn_off.get_by_label("Passwort").fill(PASSWORD)
    await turn_off.get_by_label("Code").fill(recovery)
    await sebastian.presses("Zweiten Faktor ausschalten")
    await sebastian.sees("Der zweite Faktor ist ausgeschaltet. Alle anderen Geräte sind abgemeldet.")
