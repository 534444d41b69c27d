"""„Postausgang“: what waits, what has failed and why, and sending it again."""

import re
from datetime import timedelta

import pytest

from app import clock
from app.domain import outbox
from app.domain.dispatch import PAGE
from app.domain.models import Letter, LetterState, Person
from app.mail import reasons
from tests.cast import Cast, Portal, text
from tests.web.reading import look

FAILED = f"{reasons.NOBODY} (550 5.1.1 no such user)"


async def post(cast: Cast, who: str = "user", state: LetterState = LetterState.WAITING, **more: object) -> Letter:
    """A letter to somebody, in a state."""
    await outbox.post([cast.person(who).id], "password_changed")
    made = await Letter.all().order_by("-id").first()
    assert made is not None
    if state == LetterState.FAILED:
        more = {"error": FAILED, "tries": 3} | more
    await made.update_from_dict({"state": state, **more}).save()
    return made


@pytest.mark.parametrize("who", ["user", "edv", "stranger", "staff"])
async def test_only_admins_have_it(portal: Portal, cast: Cast, who: str) -> None:
    made = await post(cast, state=LetterState.FAILED)
    await portal.sign_in(who)
    assert "Postausgang" not in text(await portal.get("/"))
    assert (await portal.get("/staff/mail")).status_code == 403
    assert (await portal.send_form(f"/staff/mail/{made.id}/retry")).status_code == 403
    assert (await portal.send_form("/staff/mail/retry")).status_code == 403
    assert (await Letter.get()).state == LetterState.FAILED


async def test_it_says_who_waits_for_what_since_when_and_why_it_failed(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("deputy", release=True)
    await post(cast, "edv", LetterState.FAILED)
    await post(cast, "stranger", LetterState.SENT, sent_at=clock.now())
    page = await look(await portal.sign_in("admin"), "/staff/mail")
    assert page.headings[0] == "Postausgang"
    shown = text(await portal.get("/staff/mail"))
    assert "Warten 1 Fehlgeschlagen 1 Heute gesendet 1" in shown
    assert f"Stefan Kramer {cast.staff.email} Ticket übergeben #{number}" in shown
    assert f"Erik Holm {cast.edv.email} Passwort geändert –" in shown
    assert FAILED in shown
    assert "Sven Bauer" not in shown, "what is sent stands under „Gesendet“"
    assert page.links[f"#{number}"] == f"/tickets/{number}"
    assert "Kein Mailserver eingestellt" in shown


async def test_states_have_pages_of_their_own(portal: Portal, cast: Cast) -> None:
    names = dict(zip(LetterState, ("user", "edv", "stranger", "strange_edv"), strict=True))
    for state, who in names.items():
        await post(cast, who, state, sent_at=clock.now())
    await portal.sign_in("admin")
    for state, who in names.items():
        shown = text(await portal.get(f"/staff/mail?state={state.value}"))
        assert [name for name in names.values() if cast.person(name).email in shown] == [who]
    tabs = (await look(portal, "/staff/mail?state=sent")).links
    assert tabs["Fehlgeschlagen"] == "/staff/mail?state=failed"
    for nonsense in ("state=x", "state=%00", "page=0", "page=99999999999999", "page=x", "state=sent&page=7"):
        assert (await portal.get(f"/staff/mail?{nonsense}")).status_code == 200, nonsense


@pytest.mark.parametrize(("state", "more", "words"), [
    (LetterState.WAITING, {}, "wird als Nächstes gesendet"),
    (LetterState.WAITING, {"tries": 1, "due_at": 600}, "wird gerade gesendet"),
    (LetterState.WAITING, {"tries": 1, "due_at": 600, "error": reasons.CUT}, "nächster Versuch: "),
    (LetterState.WAITING, {"digest": True, "due_at": 600}, "kommt in die Zusammenfassung vom "),
    (LetterState.SENT, {"tries": 1}, "gesendet: "),
    (LetterState.DROPPED, {"tries": 1}, "verworfen: "),
])  # fmt: skip
async def test_each_says_what_will_become_of_it(
    portal: Portal, cast: Cast, state: LetterState, more: dict[str, object], words: str
) -> None:
    if "due_at" in more:
        more = more | {"due_at": clock.now() + timedelta(seconds=600)}
    await post(cast, "user", state, sent_at=clock.now(), **more)
    await portal.sign_in("admin")
    assert words in text(await portal.get(f"/staff/mail?state={state.value}"))


async def test_sending_again(portal: Portal, cast: Cast) -> None:
    made = await post(cast, "edv", LetterState.FAILED)
    page = await look(await portal.sign_in("admin"), "/staff/mail?state=failed")
    name = f"Erneut senden: Passwort geändert an {cast.edv.email}"
    answer = await page.form(name).send(portal)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/staff/mail?state=failed&notice=retried"
    after = await portal.get(answer.headers["Location"])
    assert "Wird gleich noch einmal gesendet." in text(after)
    assert "Keine E-Mail ist fehlgeschlagen." in text(after)
    assert ((await Letter.get()).state, (await Letter.get()).tries) == (LetterState.WAITING, 0)
    twice = await page.form(name).send(portal)
    assert twice.status_code == 303, "a double click is one press"
    other = await portal.send_form(f"/staff/mail/{made.id}/retry")
    assert other.status_code == 409
    assert (await portal.send_form("/staff/mail/4711/retry")).status_code == 404


async def test_sending_all_again(portal: Portal, cast: Cast) -> None:
    for who in ("user", "edv"):
        await post(cast, who, LetterState.FAILED)
    await post(cast, "stranger")
    page = await look(await portal.sign_in("admin"), "/staff/mail?state=failed")
    answer = await page.form("Alle erneut senden").send(portal)
    assert answer.headers["Location"] == "/staff/mail?state=failed&notice=retried"
    assert {letter.state for letter in await Letter.all()} == {LetterState.WAITING}


async def test_a_cut_form_does_nothing(portal: Portal, cast: Cast) -> None:
    made = await post(cast, state=LetterState.FAILED)
    await portal.sign_in("admin")
    for path in ("/staff/mail/retry", f"/staff/mail/{made.id}/retry"):
        assert (await portal.send_form(path, end=False)).status_code == 400
    assert (await Letter.get()).state == LetterState.FAILED


async def test_many_have_pages(portal: Portal, cast: Cast) -> None:
    await outbox.post([], "closed")
    for _ in range(PAGE + 3):
        await outbox.post([cast.user.id], "closed", ticket=1)
    await portal.sign_in("admin")
    first, second = [await portal.get(f"/staff/mail?page={page}") for page in (1, 2)]
    assert [len(re.findall(r'<th scope="row">', page.text)) for page in (first, second)] == [PAGE, 3]
    assert 'href="/staff/mail?page=2"' in first.text
    assert 'href="/staff/mail"' in second.text
    assert "nichts mehr" in text(await portal.get("/staff/mail?page=9"))


async def test_markup_in_addresses_and_answers_is_text(portal: Portal, cast: Cast) -> None:
    await Person.filter(id=cast.user.id).update(first_name="<b>Ute</b>")
    await post(cast, "user", LetterState.FAILED, error="<script>alert(1)</script>")
    await outbox.post_to_address("<i>@x.example", "password_reset")
    page = await (await portal.sign_in("admin")).get("/staff/mail")
    for raw in ("<b>Ute", "<script>alert", "<i>@"):
        assert raw not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


async def test_the_portals_first_page_counts_what_has_failed(portal: Portal, cast: Cast) -> None:
    await post(cast, state=LetterState.FAILED)
    page = await look(await portal.sign_in("admin"), "/")
    assert any(words.startswith("Postausgang") and "1 wartet auf Sie" in words for words in page.links)
