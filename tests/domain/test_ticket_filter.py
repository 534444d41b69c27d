"""The filter as an object: it reads its address, leaves out what is default or not allowed, and writes it back."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.models import Person, Role
from app.domain.ticket_filter import SORTS, STATUS_CHOICES, TicketFilter

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]

FIELDS = (
    "q", "status", "module", "category", "priority", "escalated", "scope", "organisation", "sort", "page", "end",
    "form_key", "status[]", "",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([
        *STATUS_CHOICES, *SORTS, "all", "request", "incident", "task", "normal", "high", "1", "0", "mine", "2", "50",
        "2147483647", "2147483648", "-1", "9" * 30, "١", "", " ", "name", "-name", "number; DROP", "t.number",
    ]),
    st.text(max_size=20),
)  # fmt: skip
PAIRS = st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=10)


def person(role: Role) -> Person:
    return Person(id=7, role=role, organisation_id=3, default_filter="")


def read(query: str, role: Role) -> TicketFilter:
    return TicketFilter.read(parse_qsl(query, keep_blank_values=True), person(role))


@given(pairs=PAIRS, role=st.sampled_from(Role))
def test_an_address_written_and_read_again_is_the_same_filter(pairs: list[tuple[str, str]], role: Role) -> None:
    once = TicketFilter.read(pairs, person(role))
    query = once.query()
    again = read(query, role)
    assert again == once
    assert again.query() == query


@given(pairs=PAIRS, role=st.sampled_from(Role))
def test_a_filter_holds_only_what_is_known_and_allowed(pairs: list[tuple[str, str]], role: Role) -> None:
    filter = TicketFilter.read(pairs, person(role))
    assert set(filter.statuses) <= set(STATUS_CHOICES)
    assert "deleted" not in filter.statuses or role != Role.USER
    assert filter.organisation is None or role in (Role.STAFF, Role.ADMIN)
    assert filter.sort in SORTS
    assert 1 <= filter.page <= 2000
    assert len(filter.q) <= 200
    assert all(0 < module < 2**31 for module in filter.modules)


def test_each_role_starts_with_what_waits_for_it() -> None:
    first = {role: TicketFilter.default(person(role)).statuses for role in Role}
    assert first == {
        Role.USER: ("user_review",), Role.EDV: ("it_review",), Role.STAFF: ("vendor_review",),
        Role.ADMIN: ("vendor_review",),
    }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_defaults_are_left_out(role: Role) -> None:
    assert TicketFilter.default(person(role)).url() == "/tickets"
    assert read("", role) == TicketFilter.default(person(role))
    own = TicketFilter.default(person(role)).statuses[0]
    assert read(f"status={own}&sort=-updated&page=1&q=&category=&priority=&scope=&escalated=0", role).query() == ""


@pytest.mark.parametrize(("query", "written"), [
    ("q=%C3%A4pfel+kuchen", "q=%C3%A4pfel+kuchen"),
    ("status=it_review&status=closed", "status=it_review&status=closed"),
    ("status=closed&status=it_review&status=closed", "status=it_review&status=closed"),
    ("status=all", "status=all"),
    ("status=", "status=all"),
    ("status=nonsense", "status=all"),
    ("module=3&module=1&module=3&module=x", "module=1&module=3"),
    ("category=incident&priority=high&escalated=1&scope=mine",
     "category=incident&priority=high&escalated=1&scope=mine"),
    ("category=evil&priority=evil&scope=evil&escalated=yes", ""),
    ("sort=number&page=3", "sort=number&page=3"),
    ("sort=t.number%3B--&page=-3", ""),
    ("organisation=5", ""),
    ("status=deleted", "status=all"),
    ("q=+%00+x%0d%0ay+", "q=x+y"),
])  # fmt: skip
def test_an_address_becomes_canonical(query: str, written: str) -> None:
    assert read(query, Role.USER).query() == written


def test_staff_choose_an_organisation_and_everybody_but_users_the_deleted() -> None:
    assert read("organisation=5", Role.STAFF).query() == "organisation=5"
    assert read("organisation=5", Role.EDV).query() == ""
    assert read("status=deleted", Role.EDV).query() == "status=deleted"
    assert read("status=deleted", Role.ADMIN).statuses == ("deleted",)


def test_an_address_can_be_written_with_changes_and_for_other_pages() -> None:
    filter = read("q=beitrag&page=2", Role.EDV)
    assert filter.url("/tickets/export.xlsx", page=1) == "/tickets/export.xlsx?q=beitrag"
    assert filter.url(page=3) == "/tickets?q=beitrag&page=3"
    assert filter.page == 2


@pytest.mark.parametrize(("default", "pairs", "expected"), [
    ("", [], "user_review"),
    ("status=it_review", [], "it_review"),
    ("status=it_review", [("q", "x")], "user_review"),
    ("status=it_review", [("status", "closed")], "closed"),
    ("status=deleted&sort=evil", [], ""),
])  # fmt: skip
def test_a_bare_address_shows_the_own_default_filter(default: str, pairs: Any, expected: str) -> None:
    me = person(Role.USER)
    me.default_filter = default
    assert ",".join(TicketFilter.for_person(pairs, me).statuses) == expected
