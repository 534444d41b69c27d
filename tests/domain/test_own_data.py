"""„Meine Daten“: everything about the person, nothing of others beyond what they may see, and not too often."""

import io
import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest

from app import clock
from app.domain import accounts, journal, own_data
from app.domain.models import Audience, AuditEntry, Participant
from app.domain.throttle import TooMany
from tests.cast import PDF, PNG, Cast


async def data(cast: Cast, who: str) -> dict[str, Any]:
    """The files of the ZIP by name, JSON read."""
    person = await cast.again(who)
    with await own_data.archive(person, cast.storage, "192.0.2.7") as file, ZipFile(file) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    return {name: json.loads(raw) if name.endswith(".json") else raw for name, raw in found.items()}


async def test_the_account_is_there_without_its_secrets(cast: Cast) -> None:
    token = await accounts.start_session(cast.user, "Firefox", "192.0.2.7")
    found = await data(cast, "user")
    profile = found["profile.json"]
    assert (profile["user_name"], profile["organisation"], profile["role"]) == ("user-nord", "Verband Nord", "user")
    assert profile["modules"] == ["Mitglieder", "Seminare"]
    assert (profile["rights"], profile["second_factor"], profile["letters_switched_off"]) == ([], False, [])
    assert [(one["browser"], one["address"]) for one in found["sessions.json"]] == [("Firefox", "192.0.2.7")]
    everything = json.dumps({name: one for name, one in found.items() if name.endswith(".json")})
    for secret in (token, "argon2", "token_hash", "password_hash", "totp_secret"):
        assert secret not in everything
    assert "Ihre Daten aus dem Kundenportal von UNIPLUS" in found["LIESMICH.txt"].decode()


async def test_own_tickets_come_with_what_the_person_may_read_of_them(cast: Cast) -> None:
    number = await cast.ticket("user", subject="Mein Ticket", handed_over=True, x3_context={"Maske": "MG0110"})
    await cast.reply("edv", number, "Von der EDV")
    await cast.note("edv", number, "Nur für Nord")
    await cast.note("staff", number, "Nur für UNIPLUS")
    await cast.ticket("colleague", subject="Nicht meins")
    (ticket,) = (await data(cast, "user"))["tickets.json"]
    assert (ticket["number"], ticket["subject"], ticket["module"]) == (number, "Mein Ticket", "Mitglieder")
    assert ticket["x3_context"] == {"Maske": "MG0110"}
    assert [(one["author"], one["body"]) for one in ticket["messages"]] == [
        ("Ute Petersen", "Seit heute früh bricht der Beitragslauf ab."), ("Erik Holm", "Von der EDV"),
        ("Erik Holm", "Nur für Nord"),
    ]  # fmt: skip


async def test_own_words_are_there_wherever_they_stand_and_others_are_not(cast: Cast) -> None:
    number = await cast.ticket("user", subject="Fremder Betreff", body="Fremder Text")
    await Participant.create(ticket_id=number, person=cast.colleague)
    await cast.reply("colleague", number, "Mein Kommentar")
    own = await data(cast, "colleague")
    assert [(one["ticket"], one["body"]) for one in own["messages.json"]] == [(number, "Mein Kommentar")]
    assert own["tickets.json"] == []
    told = json.dumps(own["messages.json"] + own["history.json"] + own["audit.json"])
    assert "Fremder" not in told
    await cast.set(number, organisation_id=cast.sued.id)  # out of reach now, but what one wrote stays one's own
    assert len((await data(cast, "colleague"))["messages.json"]) == 1
    assert (await data(cast, "user"))["tickets.json"] == []


async def test_own_files_are_in_it_byte_for_byte_and_nobody_elses(cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file("Übersicht.png"), await cast.file("../a:b.pdf", PDF)])
    await cast.reply("edv", number, files=[await cast.file("fremd.png")])
    lost = await cast.file("verloren.png", PNG + b"\0")
    await cast.reply("user", number, files=[lost])
    cast.storage.place.path(lost.sha256).unlink()
    found = await data(cast, "user")
    listed = {one["name"]: one["path"] for one in found["files.json"]}
    assert listed == {
        "verloren.png": None, "a:b.pdf": "files/2 a_b.pdf", "Übersicht.png": "files/1 Übersicht.png",
    }  # fmt: skip
    assert found["files/1 Übersicht.png"] == PNG
    assert found["files/2 a_b.pdf"] == PDF
    assert not [name for name in found if "fremd" in name or name.startswith("/") or ".." in name]


async def test_beyond_the_limit_files_are_only_listed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_data, "MOST_BYTES", len(PNG))
    await cast.ticket("user", files=[await cast.file("alt.png")])
    await cast.ticket("user", files=[await cast.file("neu.png")])
    assert [(one["name"], one["path"]) for one in (await data(cast, "user"))["files.json"]] == [
        ("neu.png", "files/2 neu.png"), ("alt.png", None),
    ]  # fmt: skip


async def test_the_log_about_oneself_without_who_else_it_was(cast: Cast) -> None:
    await journal.audit(cast.user, "exported", "#1042.pdf", "192.0.2.7")
    await journal.audit(None, "sign_in_failed", "user-nord", "198.51.100.9")
    await journal.audit(cast.admin, "rights_changed", "Ute Petersen (user-nord), User → EDV", "203.0.113.5")
    await journal.audit(cast.admin, "person_changed", "Ute (user-nord2), x@nord.example → user@nord.example.org")
    await journal.audit(None, "sign_in_failed", "x.user-nord@nord.example", "198.51.100.9")
    await journal.audit(cast.edv, "exported", "#1043.pdf")
    found = (await data(cast, "user"))["audit.json"]
    assert [(one["kind"], one["address"]) for one in found] == [
        ("rights_changed", ""), ("sign_in_failed", "198.51.100.9"), ("exported", "192.0.2.7"),
    ]  # fmt: skip
    assert "203.0.113.5" not in json.dumps(found)
    assert not {"actor_id", "actor"} & set(found[0])


async def test_a_download_is_logged_and_a_few_in_an_hour_are_enough(cast: Cast) -> None:
    for _ in range(own_data.PER_HOUR):
        await data(cast, "user")
    with pytest.raises(TooMany):
        await data(cast, "user")
    await data(cast, "edv")
    assert await AuditEntry.filter(kind="data_downloaded", actor=cast.user).count() == own_data.PER_HOUR
    with clock.at(clock.now() + timedelta(hours=1, minutes=1)):
        await data(cast, "user")


async def test_nothing_is_left_on_the_disk(cast: Cast) -> None:
    before = sorted(cast.settings.data_dir.rglob("*"))
    with await own_data.archive(await cast.again("user"), cast.storage, "") as file:
        assert isinstance(file, io.BufferedRandom)
    kept = [path for path in sorted(cast.settings.data_dir.rglob("*")) if path not in before]
    assert [path.name for path in kept if not path.name.startswith("portal.sqlite3")] == []


async def test_staff_get_what_they_wrote_and_not_the_whole_portal(cast: Cast) -> None:
    number = await cast.ticket("user", handed_over=True)
    await cast.note("staff", number, "Intern")
    found = await data(cast, "staff")
    assert found["tickets.json"] == []
    assert [(one["audience"], one["body"]) for one in found["messages.json"]] == [(Audience.VENDOR.value, "Intern")]
