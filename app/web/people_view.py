"""Accounts as several pages show them: the rows of lists, and the form about what somebody may do."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from quart import request
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField

from app.database import Row
from app.domain import directory
from app.domain import identity as identities
from app.domain.directory import PAGE
from app.domain.identity import Identity
from app.domain.models import Person, Role
from app.domain.people import Rights
from app.domain.policy import roles_for
from app.domain.ticket_filter import LONGEST_QUERY, bounded_id
from app.language import translate
from app.text import clean_line
from app.web.forms import Form


class RightsForm(Form):
    """What somebody may do."""

    modules = SelectMultipleField("Module", validate_choice=False)
    sees_organisation = BooleanField("Recht")
    may_hand_over = BooleanField("Recht")

    def rights(self, role: str) -> Rights:
        """What was chosen, together with a role; unknown roles and modules stand for none."""
        return Rights(
            Role(role) if role in list(Role) else None,
            frozenset(bounded_id(id) or 0 for id in self.modules.data or []),
            bool(self.sees_organisation.data), bool(self.may_hand_over.data),
        )  # fmt: skip

    def offers(self, owned: Iterable[Row]) -> dict[str, Any]:
        """What a page needs to draw the form: modules and rights, with what is chosen."""
        chosen = set(self.modules.data or [])
        return {
            "form": self,
            "modules": [
                {"value": str(one["id"]), "label": one["name"], "checked": str(one["id"]) in chosen} for one in owned
            ],
            "rights": [
                {"field": self.sees_organisation, "label": translate(directory.SEES_ORGANISATION)},
                {"field": self.may_hand_over, "label": translate(directory.MAY_HAND_OVER)},
            ],
        }


class RoleForm(RightsForm):
    """What somebody is and may do."""

    role = StringField("Rolle")

    def role_and_rights(self) -> Rights:
        """What was chosen."""
        return self.rights(self.role.data or "")

    def roles(self, is_vendor: object) -> list[dict[str, Any]]:
        """The roles that there are to choose from."""
        return [
            {"value": role.value, "label": directory.role_label(role), "checked": role == self.role.data}
            for role in roles_for(is_vendor)
        ]


class AccountForm(RoleForm):
    """Who somebody is, what they may do, and what the form was built from."""

    first_name = StringField("Vorname")
    last_name = StringField("Nachname")
    user_name = StringField("Benutzername")
    email = StringField("E-Mail-Adresse")
    stamp = HiddenField()

    def identity(self) -> Identity:
        """Who was typed, cleaned."""
        return identities.clean(
            first_name=self.first_name.data or "", last_name=self.last_name.data or "",
            user_name=self.user_name.data or "", email=self.email.data or "",
        )  # fmt: skip


class ResponsibleForm(Form):
    """Who of the vendor is responsible."""

    responsible = StringField("Zuständig")

    @property
    def responsible_id(self) -> int | None:
        """Who was chosen; 0, which nobody is, for what is no choice."""
        return (bounded_id(self.responsible.data) or 0) if self.responsible.data else None


def filled(account: Row) -> dict[str, Any]:
    """What a form about an account starts with."""
    return {
        "first_name": account["first_name"], "last_name": account["last_name"], "user_name": account["user_name"],
        "email": account["email"], "role": account["role"], "modules": [str(id) for id in account["modules"]],
        "sees_organisation": bool(account["sees_organisation"]), "may_hand_over": bool(account["may_hand_over"]),
        "stamp": account["stamp"],
    }  # fmt: skip


async def entries(found: Sequence[Row], place: str) -> list[dict[str, Any]]:
    """The rows of a list of accounts, each with the address of its page below `place`."""
    modules = await directory.modules_of([row["id"] for row in found])
    return [
        {
            "id": row["id"], "name": name(row), "user_name": row["user_name"], "email": row["email"],
            "organisation": row["organisation"], "active": bool(row["active"]), "invited": bool(row["invited"]),
            "pseudonymised": bool(row["pseudonymised_at"]),
            "role": directory.role_label(row["role"]), "rights": directory.rights(row),
            "modules": modules.get(row["id"], []), "href": f"{place}/{row['id']}",
            "all_modules": bool(row["is_vendor"]) or len(modules.get(row["id"], [])) == row["owned"] > 1,
        }
        for row in found
    ]  # fmt: skip


def name(row: Row) -> str:
    """First and last name."""
    return f"{row['first_name']} {row['last_name']}".strip()


def state(account: Row) -> str:
    """Whether an account is `active`, `invited` only, or `inactive`."""
    if not account["active"]:
        return "inactive"
    return "active" if account["has_password"] or account["signed_in_at"] else "invited"


@dataclass(frozen=True)
class Search:
    """The words and the page that the address of a list of people carries."""

    place: str
    q: str
    page: int

    @classmethod
    def read(cls, place: str) -> "Search":
        """Out of the request's address."""
        words = clean_line(request.args.get("q", ""))[:LONGEST_QUERY]
        return cls(place, words, min(bounded_id(request.args.get("page", "")) or 1, 1000))

    def url(self, page: int) -> str:
        """The address of a page of it."""
        pairs = {"q": self.q, "page": page if page > 1 else ""}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{self.place}?{query}" if query else self.place

    async def found(self, person: Person) -> dict[str, Any]:
        """What the list shows of the people whom somebody may look up."""
        found = await directory.people(person, self.q)
        shown = found[(self.page - 1) * PAGE : self.page * PAGE]
        return {
            "q": self.q,
            "people": await entries(shown, self.place),
            "total_text": total(len(found)),
            "previous_url": self.url(self.page - 1) if self.page > 1 else None,
            "next_url": self.url(self.page + 1) if self.page * PAGE < len(found) else None,
        }


def total(number: int) -> str:
    """How many people, in words."""
    return translate("1 Person") if number == 1 else translate("%(n)s Personen", n=number)


def options(offered: Iterable[Row], chosen: Collection[int | None]) -> list[dict[str, Any]]:
    """Choices of a select out of rows with id and name."""
    return [{"value": row["id"], "label": row["name"], "checked": row["id"] in chosen} for row in offered]


def responsible_options(staff: Iterable[Row], now: Row | None, chosen: str | None) -> list[dict[str, Any]]:
    """Who of the vendor can be responsible; whoever is it now stays a choice, also when their account is closed."""
    offered = [{"value": str(one["id"]), "label": one["name"]} for one in staff]
    if now and now["responsible_id"] and not now["responsible_active"]:
        label = translate("%(name)s (deaktiviert)", name=now["responsible"])
        offered.append({"value": str(now["responsible_id"]), "label": label})
    return [one | {"checked": one["value"] == chosen} for one in offered]
