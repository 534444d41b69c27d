"""The audit log as it is read: found by words, kinds and days, page by page, by admins only."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app import clock
from app.domain import audit, journal
from app.domain.audit import GROUPS, PAGE, AuditFilter, Mark, pattern
from app.domain.models import AuditEntry, Person
from app.domain.refusals import NotAllowed
from tests.cast import PEOPLE, Cast

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


async def write(person: Person | None, kind: str, subject: str = "", address: str = "", at: datetime = NOON) -> None:
    with clock.at(at):
        await journal.audit(person, kind, subject, address)


async def found(cast: Cast, **filter: object) -> list[str]:
    """Kind and subject of what the filter finds, newest first."""
    rows = await audit.find(cast.admin, AuditFilter(**filter))  # type: ignore[arg-type]
    return [f"{row['kind']} {row['subject']}".strip() for row in rows]


@pytest.fixture
async def log(cast: Cast) -> Cast:
    """One line of each sort that the tests below tell apart."""
    await write(cast.user, "signed_in", address="192.0.2.7")
    await write(None, "sign_in_failed", "kasse@nord.example", "198.51.100.9", NOON + timedelta(hours=1))
    await write(cast.edv, "attachment_opened", "#1042 Übersicht 100%.pdf (7)", "192.0.2.8", NOON + timedelta(hours=2))
    await write(cast.admin, "rights_changed", "user-nord", at=NOON + timedelta(hours=3))
    await write(cast.stranger, "signed_in_x3", at=NOON + timedelta(days=1))
    return cast


@pytest.mark.parametrize("who", [name for name in PEOPLE if name != "admin"])
async def test_only_admins_read_the_log(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await audit.find(cast.person(who), AuditFilter())


async def test_the_newest_stands_first_with_who_it_was(log: Cast) -> None:
    rows = await audit.find(log.admin, AuditFilter())
    assert [row["kind"] for row in rows] == [
        "signed_in_x3", "rights_changed", "attachment_opened", "sign_in_failed", "signed_in",
    ]  # fmt: skip
    told = [rows[0][name] for name in ("actor", "user_name", "organisation")]
    assert told == ["Sven Bauer", "user-sued", "Kammer Süd"]
    assert (rows[3]["actor"], rows[3]["user_name"], rows[3]["address"]) == (None, None, "198.51.100.9")
    assert rows[4]["created_at"] == NOON


@pytest.mark.parametrize(("words", "kinds"), [
    ("petersen", ["signed_in"]), ("UTE pet", ["signed_in"]), ("edv-nord", ["attachment_opened"]),
    ("user@sued.example", ["signed_in_x3"]), ("kasse@nord", ["sign_in_failed"]), ("198.51.", ["sign_in_failed"]),
    ("#1042", ["attachment_opened"]), ("übersicht", ["attachment_opened"]), ("ÜBERSICHT.PDF", []),
    ("100%", ["attachment_opened"]), ("user-nord", ["rights_changed", "signed_in"]), ("_", []),
    ("%", ["attachment_opened"]),
    ("petersen 192.0.2.8", []), ("holm 1042", ["attachment_opened"]), ("'", []), ("\\", []), ("!", []),
])  # fmt: skip
async def test_all_words_must_match_name_account_subject_or_address(log: Cast, words: str, kinds: list[str]) -> None:
    assert [line.split(" ")[0] for line in await found(log, q=words)] == kinds


async def test_a_group_holds_its_kinds_and_no_others(log: Cast) -> None:
    assert await found(log, group="sign-in") == ["signed_in_x3", "sign_in_failed kasse@nord.example", "signed_in"]
    assert await found(log, group="accounts") == ["rights_changed user-nord"]
    assert await found(log, group="x3") == ["signed_in_x3"]
    assert await found(log, group="letters") == []


@pytest.mark.no_database
def test_every_kind_belongs_to_a_group_and_every_group_knows_only_kinds() -> None:
    assert {kind for _, kinds in GROUPS.values() for kind in kinds} == set(journal.AUDIT_KINDS)


async def test_days_are_berlins_and_both_ends_belong_to_them(cast: Cast) -> None:
    for at in ("2026-11-19T22:59", "2026-11-19T23:00", "2026-11-20T22:59", "2026-11-20T23:00"):
        await write(cast.user, "exported", at, at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    day = date(2026, 11, 20)
    assert await found(cast, first=day, last=day) == ["exported 2026-11-20T22:59", "exported 2026-11-19T23:00"]
    assert len(await found(cast, first=day)) == len(await found(cast, last=day)) == 3
    assert await found(cast, first=day, last=day - timedelta(days=1)) == []


async def test_pages_follow_each_other_without_a_gap_or_a_double(cast: Cast) -> None:
    # Every three have the same time, and more are written while somebody reads.
    await AuditEntry.bulk_create([
        AuditEntry(actor=cast.user, kind="exported", subject=str(n), created_at=NOON + timedelta(minutes=n // 3))
        for n in range(2 * PAGE + 7)
    ])  # fmt: skip
    seen, before = [], None
    for _ in range(3):
        rows = await audit.find(cast.admin, AuditFilter(before=before))
        seen += [int(row["subject"]) for row in rows[:PAGE]]
        before = Mark.read(str(Mark(rows[:PAGE][-1]["created_at"], rows[:PAGE][-1]["id"])))
        await write(cast.user, "exported", "999", at=NOON + timedelta(days=2))
    assert seen == list(range(2 * PAGE + 6, -1, -1))
    assert await audit.find(cast.admin, AuditFilter(before=before)) == []


@pytest.mark.no_database
def test_the_filter_writes_its_address_and_reads_it_back() -> None:
    filter = AuditFilter("ute & 50%", "x3", date(2026, 11, 1), date(2026, 11, 30), Mark(NOON, 77))
    address = filter.url()
    assert address == (
        "/staff/audit?q=ute+%26+50%25&kind=x3&from=2026-11-01&until=2026-11-30&before=1795172400000000-77"
    )
    given = {"q": filter.q, "kind": "x3", "from": "2026-11-01", "until": "2026-11-30", "before": "1795172400000000-77"}
    assert AuditFilter.read(given) == filter
    assert AuditFilter().url() == "/staff/audit"
    assert filter.url(before=None, q="") == "/staff/audit?kind=x3&from=2026-11-01&until=2026-11-30"


@pytest.mark.no_database
@pytest.mark.parametrize("given", [
    {"kind": "signed_in"}, {"from": "gestern"}, {"until": "2026-02-30"}, {"from": "0001-01-01"}, {"before": "7"},
    {"before": "-7"}, {"before": "1-0"}, {"before": "99999999999999999-1"}, {"before": "1-2147483648"}, {"q": "\0 \n"},
    {"before": "²-1"}, {"unknown": "x"},
])  # fmt: skip
def test_what_cannot_be_understood_is_left_out(given: dict[str, str]) -> None:
    assert AuditFilter.read(given) == AuditFilter()


@pytest.mark.no_database
def test_a_pattern_means_nothing_but_its_letters() -> None:
    assert pattern("50%_!") == "%50!%!_!!%"
    assert pattern("ÖzÄ") == "%_z_%"


async def test_the_same_line_within_a_moment_is_written_once(cast: Cast) -> None:
    half_an_hour = timedelta(minutes=30)
    for minutes in (0, 1, 29, 31, 60):
        with clock.at(NOON + timedelta(minutes=minutes)):
            await journal.audit_once(cast.user, "attachment_opened", "#1042 a.pdf", "192.0.2.7", half_an_hour)
    with clock.at(NOON):
        await journal.audit_once(cast.user, "attachment_opened", "#1042 b.pdf", "192.0.2.7", half_an_hour)
        await journal.audit_once(cast.edv, "attachment_opened", "#1042 a.pdf", "192.0.2.7", half_an_hour)
    entries = await AuditEntry.filter(actor=cast.user, subject="#1042 a.pdf").order_by("created_at")
    assert [(entry.created_at - NOON) // timedelta(minutes=1) for entry in entries] == [0, 31]
    assert await AuditEntry.all().count() == 4
    with pytest.raises(KeyError):
        await journal.audit_once(cast.user, "nonsense", "", "", half_an_hour)
