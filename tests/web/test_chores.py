"""Pages about what the portal does by itself: absences, rules, assignment, and the link that reopens."""

import asyncio

from app import clock
from app.domain import reopening
from app.domain.models import Absence, AssignmentRule, OrganisationRules, Status, Ticket
from app.language import local
from tests.cast import Cast, Portal, text


async def test_staff_enter_their_absence_and_end_it(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    today = f"{local(clock.now()).date()}"
    answer = await portal.send_form("/absences", first=today, last=today, deputy=cast.admin.id)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/absences?notice=absence_entered")
    shown = text(await portal.get("/absences"))
    assert "Stefan Kramer" in shown
    assert "Anna Winter" in shown
    (made,) = await Absence.all()
    asked = await portal.get(f"/absences/{made.id}/end")
    assert "Abwesenheit von Stefan Kramer beenden?" in text(asked)
    assert await Absence.all().count() == 1
    assert (await portal.send_form(f"/absences/{made.id}/end")).status_code == 303
    assert "Sie haben" in text(await portal.get("/absences")) or "Niemand ist" in text(await portal.get("/absences"))
    assert (await portal.send_form(f"/absences/{made.id}/end")).status_code == 404


async def test_what_is_wrong_stands_at_its_field_and_the_text_stays(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("edv")
    for fields, sentence in (
        ({"first": "", "last": "2027-05-01"}, "Bitte geben Sie einen Tag an."),
        ({"first": "gestern", "last": "2027-05-01"}, "Bitte geben Sie einen Tag an."),
        ({"first": "2027-05-02", "last": "2027-05-01"}, "Der letzte Tag liegt vor dem ersten."),
        ({"first": "2020-05-02", "last": "02.06.2020"}, "Diese Tage sind schon vorbei."),
        ({"first": "2027-05-02", "last": "2029-05-01"}, "Bitte höchstens ein Jahr."),
        ({"first": "2027-05-02", "last": "2027-05-02", "deputy": str(cast.strange_edv.id)}, "Bitte wählen Sie"),
    ):
        answer = await portal.send_form("/absences", **fields)
        assert answer.status_code == 422, fields
        assert sentence in text(answer)
        assert f'value="{fields["last"]}"' in answer.text
    assert not await Absence.all().exists()


async def test_admins_enter_it_for_others_and_nobody_else_does(portal: Portal, cast: Cast) -> None:
    form = {"first": "2027-05-03", "last": "2027-05-04"}
    for who, whose, status in (("staff", "admin", 404), ("edv", "staff", 404), ("user", "user", 404),
                               ("staff", "edv", 303), ("admin", "staff", 303)):  # fmt: skip
        await portal.sign_in(who)
        path = f"/absences?person={cast.person(whose).id}"
        assert (await portal.send_form(path, **form)).status_code == status, (who, whose)
    assert "Abwesenheit von Stefan Kramer" in text(await portal.get(f"/absences?person={cast.staff.id}"))
    await portal.sign_in("strange_edv")
    assert "Erik Holm" not in text(await portal.get("/absences"))


async def test_rules_and_deadlines_of_an_organisation(portal: Portal, cast: Cast) -> None:
    path = f"/staff/organisations/{cast.nord.id}/rules"
    await portal.sign_in("staff")
    shown = await portal.get(path)
    stamp = shown.text.split('name="stamp" value="')[1].split('"')[0]
    wrong = await portal.send_form(path, stamp=stamp, remind="", announce="5", close="abc", review="3")
    assert wrong.status_code == 422
    assert "Vor der Ankündigung kommt die Erinnerung" in text(wrong)
    assert 'value="abc"' in wrong.text
    fine = {"remind": "3", "announce": "5", "close": "5", "review": "", "asks_satisfaction": "1"}
    assert (await portal.send_form(path, stamp=stamp, **fine)).status_code == 303
    kept = await OrganisationRules.get(organisation=cast.nord)
    assert (kept.remind_days, kept.close_days, kept.review_days, kept.asks_satisfaction) == (3, 5, None, True)
    await portal.sign_in("edv")
    assert "nach zusammen 13 Arbeitstagen geschlossen" in text(await portal.get("/organisation/people"))
    await portal.sign_in("staff")
    late = await portal.send_form(path, stamp=stamp, remind="9", announce="", close="", review="3")
    assert late.status_code == 409
    assert 'value="3"' in late.text
    assert (await portal.get(f"/staff/organisations/{cast.vendor.id}/rules")).status_code == 404


async def test_rules_by_which_tickets_are_assigned(portal: Portal, cast: Cast) -> None:
    await portal.sign_in("staff")
    chosen = {"organisation": cast.nord.id, "module": "", "category": "incident"}
    none = await portal.send_form("/staff/assignment", **chosen)
    assert (none.status_code, "Bitte wählen Sie, wer diese Tickets bekommt." in text(none)) == (422, True)
    made = await portal.send_form("/staff/assignment", **chosen, people=[cast.staff.id, cast.admin.id])
    assert made.status_code == 303
    shown = text(await portal.get("/staff/assignment"))
    assert "Verband Nord, Fehlermeldung" in shown
    assert "am wenigsten belastet" in shown
    again = await portal.send_form("/staff/assignment", **chosen, people=[cast.staff.id])
    assert (again.status_code, "gibt es schon eine Regel" in text(again)) == (422, True)
    odd = await portal.send_form("/staff/assignment", organisation="x", module="", category="x", people=["8"])
    assert odd.status_code == 422
    (row,) = await AssignmentRule.all()
    path = f"/staff/assignment/{row.id}"
    assert (await portal.send_form(path, version=row.version, people=[cast.admin.id])).status_code == 303
    late = await portal.send_form(path, version=row.version, people=[cast.staff.id])
    assert (late.status_code, "inzwischen geändert" in text(late)) == (409, True)
    assert "Regel für Verband Nord, Fehlermeldung entfernen?" in text(await portal.get(f"{path}/removal"))
    assert (await portal.send_form(f"{path}/removal", version=row.version)).status_code == 409
    assert (await portal.send_form(f"{path}/removal", version=row.version + 1)).status_code == 303
    assert not await AssignmentRule.all().exists()


async def test_the_link_of_a_closing_letter_opens_the_ticket_by_one_click(portal: Portal, cast: Cast) -> None:
    number = await cast.ticket("user", subject="Wieder auf")
    await cast.move("edv", number, "close")
    token = await reopening.offer(cast.user, await cast.see("user", number))
    for _ in range(2):  # whoever looks at links in mails looks in vain
        page = await portal.get(f"/reopen/{token}")
        assert (page.status_code, f"#{number} Wieder auf" in text(page)) == (200, True)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in page.headers["Cache-Control"]
    assert (await Ticket.get(number=number)).status == Status.CLOSED
    assert (await portal.send_form(f"/reopen/{token}", end=False)).status_code == 400
    answers = await asyncio.gather(*(portal.send_form(f"/reopen/{token}") for _ in range(3)))
    assert {(one.status_code, one.headers["Location"]) for one in answers} == {(303, f"/reopen/done?ticket={number}")}
    assert (await Ticket.get(number=number)).status == Status.IT_REVIEW
    assert f'href="/tickets/{number}"' in (await portal.get(f"/reopen/done?ticket={number}")).text
    dead = await portal.get(f"/reopen/{token}")
    assert (dead.status_code, "Dieser Link gilt nicht mehr" in text(dead)) == (404, True)
    assert "Wieder auf" not in text(dead)
    odd = await portal.get('/reopen/done?ticket="><script>')
    assert "<script>" not in odd.text.split("</head>")[1].split("<main")[1]
