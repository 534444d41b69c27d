"""On the pages: taking part, asking for a colleague, joining instead of asking again, a priority by hand."""

from app.domain.models import Status, Ticket
from tests.cast import Cast, Portal
from tests.web.reading import Page, follow, look, words


async def test_a_colleague_is_added_removed_and_leaves(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = await look(portal, (await look(portal, f"/tickets/{number}")).links["Beteiligte ändern"])
    assert "Stefan Kramer" not in words(page.root), "customers add nobody of the vendor"
    page = await follow(portal, await page.form("Beteiligen").send(portal, person=cast.colleague.id))
    assert page.facts()["Beteiligte"] == "Karl Jansen"
    assert "Ute Petersen hat Karl Jansen am Ticket beteiligt" in " ".join(page.events())
    async with portal.another() as karl:
        await karl.sign_in("colleague")
        own = await look(karl, f"/tickets/{number}")
        asked = await look(karl, own.links["Nicht mehr beteiligen"])
        assert "Sie sehen das Ticket dann nicht mehr." in words(asked.root)
        form = asked.form("Nicht mehr beteiligen")
        gone = await form.send(karl)
        assert gone.headers["Location"].startswith("/tickets?notice=left")
        assert (await form.send(karl)).status_code == 303, "a double click is no error"
        assert (await karl.get(f"/tickets/{number}")).status_code == 404
    page = await look(portal, f"/tickets/{number}/participants")
    await follow(portal, await page.form("Beteiligen").send(portal, person=cast.deputy.id))
    page = await look(portal, f"/tickets/{number}/participants")
    page = await follow(portal, await page.form("Dora Voss entfernen").send(portal))
    assert page.facts()["Beteiligte"] == "–"


async def test_nobody_chosen_is_said_at_the_field_and_the_reporter_stays(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user")
    await portal.sign_in("user")
    page = await look(portal, f"/tickets/{number}/participants")
    answer = await page.form("Beteiligen").send(portal, person="")
    assert answer.status_code == 422
    assert Page(answer).errors() == {"person": "Bitte wählen Sie jemanden aus der Liste."}
    refused = await portal.send_form(f"/tickets/{number}/participants/{cast.user.id}/remove")
    assert refused.status_code == 403
    assert "Sie haben dieses Ticket gemeldet und bleiben daran beteiligt." in refused.text


async def test_a_similar_ticket_is_joined_instead_of_asking_again(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Beitragslauf bricht ab")
    await portal.sign_in("edv")
    offered = Page(await portal.live("/tickets/similar?subject=Beitragslauf+bricht", target="tickets-similar"))
    join = offered.all(".//button[@formaction]")[0]
    form = (await look(portal, "/tickets/new")).id(join.get("form"))
    assert form.get("method") == "post"
    page = await follow(portal, await portal.send_form(join.get("formaction")))
    assert page.facts()["Beteiligte"] == "Erik Holm"
    assert await Ticket.all().count() == 1
    assert (await portal.send_form(f"/tickets/{number}/participants/join")).status_code == 303
    await portal.sign_in("user")
    offered = Page(await portal.live("/tickets/similar?subject=Beitragslauf+bricht", target="tickets-similar"))
    assert not offered.all(".//button"), "one's own ticket needs no joining"


async def test_edv_asks_for_a_colleague_and_users_only_for_themselves(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    form = await look(portal, "/tickets/new")
    offered = [words(option) for option in form.fields["Für"].xpath(".//option")]
    assert offered[0] == "mich selbst"
    assert not {"Erik Holm", "Sven Bauer"} & set(offered)
    filled = {"category": "request", "subject": "Für Karl", "description": "Er ist im Außendienst."}
    send, filled["module"] = form.form("Ticket erstellen").send, str(cast.members.id)
    page = await follow(portal, await send(portal, **filled, reporter=cast.colleague.id))
    assert page.facts()["Gemeldet von"].startswith("Karl Jansen")
    assert "Erik Holm hat das Ticket für Karl Jansen erstellt" in " ".join(page.events())
    wrong = await send(portal, **filled, form_key="anotherkeyanotherkey", reporter=cast.stranger.id)
    assert wrong.status_code == 422
    await portal.sign_in("user")
    assert "Für" not in (await look(portal, "/tickets/new")).fields
    await portal.send_form("/tickets", **filled, priority="normal", reporter=cast.colleague.id)
    assert (await Ticket.all().order_by("-number").first()).reporter_id == cast.user.id  # type: ignore[union-attr]


async def test_the_priority_is_changed_after_a_look_at_how_much_is_urgent(portal: Portal, cast: Cast) -> None:
    await cast.ticket("user", priority="high")
    number = await cast.ticket("user")
    await portal.sign_in("user")
    asked = await look(portal, (await look(portal, f"/tickets/{number}")).links["Priorität „Hoch“"])
    assert "1 Ihrer 2 offenen Tickets (50 %) hat bereits hohe Priorität oder ist eskaliert." in words(asked.root)
    assert len((await look(portal, asked.links["1"])).numbers()) == 1
    form = asked.form("Priorität auf „Hoch“ setzen")
    page = await follow(portal, await form.send(portal))
    assert page.facts()["Priorität"] == "Hoch"
    assert (await form.send(portal)).status_code == 303, "a double click is no error"
    stale = await form.send(portal, form_key="anotherkeyanotherkey", priority="normal")
    assert stale.status_code == 409
    assert "Dieses Ticket wurde inzwischen geändert." in stale.text


async def test_who_decides_sees_how_much_is_urgent_there(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", priority="high", handed_over=True)
    await cast.ticket("user", handed_over=True)
    said = "1 von 2 offenen Tickets von Verband Nord (50 %) hat hohe Priorität oder ist eskaliert."
    for who in ("edv", "staff"):
        await portal.sign_in(who)
        page = await look(portal, f"/tickets/{number}")
        assert said in words(page.root)
        assert (await look(portal, page.links["1"])).numbers() == [number]
    assert "1 von 2 offenen Tickets (50 %) hat hohe" in words((await look(portal, "/")).root)
    await portal.sign_in("user")
    assert said not in words((await look(portal, f"/tickets/{number}")).root)


async def test_a_second_escalation_is_refused_with_a_sentence_and_the_text_stays(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True, status=Status.VENDOR_REVIEW)
    await portal.sign_in("user")
    open_page = await look(portal, f"/tickets/{number}?move=escalate")
    await cast.reply("edv", number, "Es eilt", move="escalate")
    form = open_page.form("Nachricht senden und Ticket eskalieren")
    answer = await form.send(portal, body="Bitte schnell")
    assert answer.status_code == 409
    page = Page(answer)
    assert "Dieses Ticket ist bereits eskaliert, von Erik Holm am" in words(page.id("tickets-conflict"))
    assert page.fields["Nachricht"].text.strip() == "Bitte schnell"
    live = Page(await form.send(portal, live=True, body="Bitte schnell"))
    assert "Eine zweite Eskalation ist erst möglich" in words(live.id("tickets-conflict"))
