"""The organisations, people and modules of a measuring database; the demo's accounts are among them."""

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from app.demo import people as demo
from app.demo.corpus import Corpus, zipf
from app.text import fold

ORGANISATIONS, PEOPLE, MODULES, STAFF = 200, 2000, 30, 40
MORE_MODULES = (
    "Archiv", "Ausbildung", "Berufsbildung", "Bibliothek", "Buchhaltung", "Ehrungen", "Förderung", "Gremien",
    "Handwerksrolle", "Immobilien", "Inventar", "Kalender", "Kasse", "Lager", "Lehrgänge", "Lohn", "Mahnwesen",
    "Mandanten", "Newsletter", "Portal", "Rechnungswesen", "Sachverständige",
)  # fmt: skip

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Human:
    """As much of a person as their tickets need."""

    id: int
    name: str
    org: int
    role: str
    account: demo.Somebody | None = None


@dataclass(frozen=True)
class Member:
    """An organisation with its people and the modules that it has."""

    id: int
    name: str
    users: tuple[Human, ...]
    edv: tuple[Human, ...]
    modules: tuple[int, ...]


class World:
    """Everything that tickets refer to; the ids are counted from one, so the database must be empty."""

    def __init__(self, vendor: str, corpus: Corpus, random: Random) -> None:
        self.vendor = vendor
        self.modules = dict(enumerate((*demo.MODULES, *MORE_MODULES), 1))
        self.humans = list(_humans(corpus))
        self.staff = tuple(human for human in self.humans if human.org == ORGANISATIONS + 1)
        self.members = [self._member(id, corpus, random) for id in range(1, ORGANISATIONS + 1)]
        self.weights = zipf(ORGANISATIONS)
        self.module_weights = {member.id: zipf(len(member.modules)) for member in self.members}

    def _member(self, id: int, corpus: Corpus, random: Random) -> Member:
        own = [human for human in self.humans if human.org == id]
        has_demo = id <= len(demo.ORGANISATIONS)
        modules = tuple(self.modules) if has_demo else tuple(random.sample(list(self.modules), random.randint(8, 20)))
        name = list(demo.ORGANISATIONS.values())[id - 1] if has_demo else corpus.organisation_name(id)
        users, edv = (tuple(human for human in own if human.role == role) for role in ("user", "edv"))
        return Member(id, name, users, edv, modules)

    def caretaker(self, module: int) -> int:
        """The id of the staff member who looks after a module."""
        return self.staff[module % len(self.staff)].id

    def tables(self, password: str, at: datetime) -> dict[str, tuple[str, Rows]]:
        """Table → its columns and rows, in the order in which they must be written."""
        names = [(m.id, m.name, False) for m in self.members] + [(ORGANISATIONS + 1, self.vendor, True)]
        modules = {m.id: m.modules for m in self.members} | {ORGANISATIONS + 1: tuple(self.modules)}
        return {
            "organisation": ("id, name, is_vendor, created_at", [(*name, at) for name in names]),
            "person": (
                "id, organisation_id, user_name, email, first_name, last_name, role, sees_organisation, may_hand_over, "
                "active, password_hash, appearance, default_filter, created_at",
                [_person(human, password, at) for human in self.humans],
            ),
            "module": (
                "id, name, position, responsible_id",
                [(id, name, id, self.caretaker(id)) for id, name in self.modules.items()],
            ),
            "organisation_module": (
                "organisation_id, module_id",
                [(member.id, module) for member in self.members for module in member.modules],
            ),
            "person_module": (
                "person_id, module_id",
                [(human.id, module) for human in self.humans for module in modules[human.org]],
            ),
        }


def _humans(corpus: Corpus) -> list[Human]:
    """The demo's accounts first, then everybody else, dealt out over the organisations; each has an EDV."""
    orgs = {org: number for number, org in enumerate(demo.ORGANISATIONS, 1)} | {demo.VENDOR: ORGANISATIONS + 1}
    accounts = [somebody for somebody in demo.PEOPLE if somebody.signs_in]
    found = [Human(id, s.name, orgs[s.org], s.role, s) for id, s in enumerate(accounts, 1)]
    for id in range(len(found) + 1, PEOPLE + 1):
        if id <= STAFF:
            found.append(Human(id, corpus.person_name(), ORGANISATIONS + 1, "staff"))
        else:
            turn, org = divmod(id - STAFF - 1, ORGANISATIONS)
            found.append(Human(id, corpus.person_name(), org + 1, "edv" if turn == 0 else "user"))
    return found


def _person(human: Human, password: str, at: datetime) -> tuple[Any, ...]:
    first, _, last = human.name.partition(" ")
    slug = fold(human.name).replace(" ", ".")
    user_name, email = f"{slug}.{human.id}", f"{slug}.{human.id}@org{human.org}.example"
    if human.account:
        user_name, email = human.account.user_name, human.account.email
    edv = human.role == "edv"
    stored = password if human.account else None
    return (
        human.id, human.org, user_name, email, first, last, human.role, edv, edv, True, stored, "system", "", at,
    )  # fmt: skip
