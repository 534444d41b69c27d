"""Everything that happens to a ticket stands in its journal; sign-ins and the like stand in the audit log."""

from datetime import UTC, datetime

import pytest

from app import clock, language
from app.domain import accounts, journal, passwords, thread, tickets
from app.domain.models import AuditEntry, Status, TicketEvent
from app.domain.passwords import NewPassword
from app.domain.refusals import Conflict, Refused
from tests.cast import PASSWORD, Cast, form_key

NEW = "ein ganz neues Passwort"


async def lines(cast: Cast, who: str, number: int) -> list[str]:
    """The journal as somebody reads it."""
    return [
        f"{row['actor']} {journal.sentence(row['kind'], row['before'], row['after'])}"
        for row in await thread.events(cast.person(who), number)
    ]


async def test_each_verb_writes_its_line(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.move("edv", number, "handover")
    await cast.reply("staff", number, "Welche Maske?", move="to_user")
    await cast.reply("user", number, "Die mit den Beiträgen", move="handover")
    await cast.move("staff", number, "to_it")
    await cast.reply("user", number, "Es eilt", move="escalate")
    await cast.reply("staff", number, "Morgen früh", move="calm")
    await tickets.assign(cast.staff, await cast.see("staff", number), cast.admin.id, 7)
    await cast.move("user", number, "close")
    await cast.move("user", number, "reopen")
    await cast.move("user", number, "delete")
    await cast.move("edv", number, "restore")
    assert await lines(cast, "user", number) == [
        "Ute Petersen hat das Ticket erstellt",
        "Erik Holm hat das Ticket an UNIPLUS übergeben",
        "Stefan Kramer hat beim User nachgefragt",
        "Ute Petersen hat das Ticket an UNIPLUS übergeben",
        "Stefan Kramer hat das Ticket an die EDV übergeben",
        "Ute Petersen hat das Ticket eskaliert",
        "Stefan Kramer hat die Eskalation beantwortet",
        "Stefan Kramer hat Anna Winter als zuständig eingetragen",
        "Ute Petersen hat das Ticket geschlossen",
        "Ute Petersen hat das Ticket wieder geöffnet",
        "Ute Petersen hat das Ticket gelöscht",
        "Erik Holm hat das Ticket wiederhergestellt",
    ]
    assert await lines(cast, "staff", number) == await lines(cast, "user", number)


async def test_how_a_ticket_came_about_is_told(cast: Cast) -> None:
    assert await lines(cast, "edv", await cast.ticket("edv", release=True)) == [
        "Erik Holm hat das Ticket erstellt", "Erik Holm hat das Ticket an UNIPLUS übergeben",
    ]  # fmt: skip
    for_somebody = await cast.ticket("staff", of="user")
    assert await lines(cast, "user", for_somebody) == ["Stefan Kramer hat das Ticket für Ute Petersen erstellt"]
    from_x3 = await cast.ticket("user", x3_context={"Maske": "Beiträge"})
    assert await lines(cast, "user", from_x3) == ["Ute Petersen hat das Ticket aus X3 erstellt"]


async def test_a_move_keeps_where_from_where_to_and_when(cast: Cast) -> None:
    number = await cast.ticket("user")
    at = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    with clock.at(at):
        await cast.move("edv", number, "handover")
    event = (await thread.events(cast.user, number))[-1]
    assert (event["before"], event["after"], event["created_at"]) == (
        "Prüfung durch EDV", "Prüfung durch UNIPLUS", at,
    )  # fmt: skip


async def test_what_was_refused_leaves_no_line(cast: Cast) -> None:
    number = await cast.ticket("user")
    with pytest.raises(Conflict):
        await cast.move("user", number, "close", version=5)
    with pytest.raises(Refused):
        await cast.move("edv", number, "to_user")
    assert await TicketEvent.filter(ticket_id=number).count() == 1


async def test_there_is_a_sentence_for_every_kind_and_no_other_kind(cast: Cast) -> None:
    for kind in journal.TICKET_KINDS:
        assert "%" not in journal.sentence(kind, "Normal", "Hoch")
    number = await cast.ticket("user")
    with pytest.raises(KeyError):
        await journal.record(cast.user, "invented", number)
    with pytest.raises(KeyError):
        await journal.audit(cast.user, "invented")
    assert not await AuditEntry.filter(kind="invented").exists()


async def test_a_percent_sign_in_a_name_is_just_a_percent_sign(cast: Cast) -> None:
    cast.user.first_name = "100%(vendor)s"
    assert journal.sentence("assigned", "", cast.user.name) == "hat 100%(vendor)s Petersen als zuständig eingetragen"
    assert journal.sentence("created") == "hat das Ticket erstellt"


async def test_another_vendors_name_stands_in_every_sentence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(language._names, "vendor", "Beispiel & Söhne 100 %")
    assert journal.sentence("handover") == "hat das Ticket an Beispiel & Söhne 100 % übergeben"


async def test_signing_in_and_out_and_failing_are_audited(cast: Cast) -> None:
    await accounts.authenticate("user-nord", "falsch", "192.0.2.7")
    person = await accounts.authenticate("user-nord", PASSWORD, "192.0.2.7")
    assert person is not None
    token = await accounts.start_session(person, "Firefox", "192.0.2.7")
    session = await accounts.find_session(token)
    assert session is not None
    await accounts.end_session(session)
    await accounts.end_sessions(person)
    await passwords.change_password(person, PASSWORD, NewPassword(NEW, NEW, form_key()), "192.0.2.8")
    written = await AuditEntry.all().order_by("id").values_list("kind", "actor_id", "address")
    assert written == [
        ("sign_in_failed", None, "192.0.2.7"), ("signed_in", person.id, "192.0.2.7"), ("signed_out", person.id, ""),
        ("signed_out_everywhere", person.id, ""), ("password_changed", person.id, "192.0.2.8"),
    ]  # fmt: skip


async def test_no_password_stands_in_the_audit_log(cast: Cast) -> None:
    await accounts.authenticate("user-nord", "mein-geheimes-wort", "192.0.2.7")
    for entry in await AuditEntry.all():
        assert "geheimes" not in entry.subject


async def test_a_closed_ticket_keeps_its_journal_when_it_is_deleted(cast: Cast) -> None:
    number = await cast.ticket("user", status=Status.CLOSED)
    await cast.move("user", number, "delete")
    assert (await lines(cast, "edv", number))[-1] == "Ute Petersen hat das Ticket gelöscht"
