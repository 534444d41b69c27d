"""The filter of the ticket list as an object: it reads its address, knows its defaults and writes its address back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from app.domain.flow import DELETED
from app.domain.models import Category, Person, Priority, Role, Status
from app.domain.policy import sees_deleted
from app.domain.trail import Trail
from app.text import clean_line

LONGEST_QUERY = 200
LARGEST_ID = 2**31 - 1
LAST_PAGE = 2000
ALL = "all"
SORTS = ("number", "-number", "updated", "-updated", "waiting", "-waiting", "priority", "-priority")
URGENT_FIRST = "urgent"  # the order of the staff's queue: escalated, high priority, the rest; longest waiting first
DEFAULT_SORT = "-updated"
URGENT = "urgent"  # as a priority: high or escalated
ROLE_STATUS = {
    Role.USER: Status.USER_REVIEW,
    Role.EDV: Status.IT_REVIEW,
    Role.STAFF: Status.VENDOR_REVIEW,
    Role.ADMIN: Status.VENDOR_REVIEW,
}
STATUS_CHOICES = (*(status.value for status in Status), DELETED)


@dataclass(frozen=True)
class TicketFilter:
    """What the list shows. Empty `statuses` means every status but deleted."""

    q: str = ""
    statuses: tuple[str, ...] = ()
    modules: tuple[int, ...] = ()
    category: str = ""
    priority: str = ""
    escalated: bool = False
    scope: str = ""
    organisation: int | None = None
    sort: str = DEFAULT_SORT
    page: int = 1
    trail: Trail = field(default_factory=Trail)
    default_statuses: tuple[str, ...] = field(default=(), compare=False)
    own_default: bool = field(default=False, compare=False)

    @classmethod
    def default(cls, person: Person) -> "TicketFilter":
        """What the role looks at first."""
        first = (ROLE_STATUS[person.role].value,)
        return cls(statuses=first, default_statuses=first, own_default=bool(person.default_filter))

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]], person: Person) -> "TicketFilter":
        """The filter of an address; what is unknown or not the person's to use is left out."""
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name, []).append(value)
        default = cls.default(person)
        statuses = default.statuses
        if "status" in given:
            statuses = tuple(
                s for s in STATUS_CHOICES if s in given["status"] and (s != DELETED or sees_deleted(person))
            )
        one = {name: values[-1] for name, values in given.items()}
        return cls(
            q=clean_line(one.get("q", ""))[:LONGEST_QUERY],
            statuses=statuses,
            modules=tuple(sorted({i for v in given.get("module", []) if (i := bounded_id(v))})),
            category=_one_of(one.get("category"), Category),
            priority=_one_of(one.get("priority"), (*Priority, URGENT)),
            escalated=one.get("escalated") == "1",
            scope="mine" if one.get("scope") == "mine" else "",
            organisation=bounded_id(one.get("organisation", "")) if person.is_staff else None,
            sort=one["sort"] if one.get("sort") in _sorts(person) else DEFAULT_SORT,
            page=min(bounded_id(one.get("page", "")) or 1, LAST_PAGE),
            trail=Trail.read(one, person),
            default_statuses=default.statuses,
            own_default=default.own_default,
        )

    @classmethod
    def for_person(cls, pairs: Sequence[tuple[str, str]], person: Person) -> "TicketFilter":
        """The filter of an address; a bare address shows the person's own default."""
        return cls.read(pairs or parse_qsl(person.default_filter), person)

    def query(self, **changes: Any) -> str:
        """The query string of this filter with `changes`, what is default left out.

        For somebody with an own default the bare address means that one, so the role's default is spelt out.
        """
        other = replace(self, **changes) if changes else self
        pairs: list[tuple[str, object]] = [("q", other.q)]
        if set(other.statuses) != set(other.default_statuses):
            pairs += [("status", status) for status in other.statuses or (ALL,)]
        pairs += [("module", module) for module in other.modules]
        pairs += [
            ("category", other.category),
            ("priority", other.priority),
            ("escalated", "1" if other.escalated else ""),
            ("scope", other.scope),
            ("organisation", other.organisation or ""),
            *other.trail.pairs(),
            ("sort", other.sort if other.sort != DEFAULT_SORT else ""),
            ("page", other.page if other.page > 1 else ""),
        ]
        set_ = [(name, value) for name, value in pairs if value != ""]
        if not set_ and other.own_default:
            set_ = [("status", status) for status in other.statuses]
        return urlencode(set_)

    def spelt_out(self) -> str:
        """The first page's query string that means the same to whoever reads it: no status is left to a default."""
        return replace(self, default_statuses=()).query(page=1, statuses=self.statuses or (ALL,))

    def url(self, path: str = "/tickets", **changes: Any) -> str:
        """The address of the filtered list, or of another path with the same filter."""
        query = self.query(**changes)
        return f"{path}?{query}" if query else path


def _sorts(person: Person) -> tuple[str, ...]:
    return (*SORTS, URGENT_FIRST) if person.is_staff else SORTS


def bounded_id(value: str) -> int | None:
    """A positive number that both databases can hold, else None."""
    if value.isascii() and value.isdigit() and len(value) <= 10 and 0 < int(value) <= LARGEST_ID:
        return int(value)
    return None


def _one_of(value: str | None, choices: Iterable[str]) -> str:
    return next((str(choice) for choice in choices if choice == value), "")
