"""Sections of „Einstellungen“: in which language the portal speaks, what it looks like, and what it mails."""

from collections.abc import Collection, Mapping
from typing import Any

from wtforms import BooleanField, SelectMultipleField

from app.domain.models import Appearance, Person, Role
from app.domain.outbox import DIGEST_HOUR, LABELS, URGENT
from app.language import LANGUAGES, translate
from app.web.forms import Form, choice

AS_THE_BROWSER = ""
APPEARANCES = {
    Appearance.SYSTEM.value: "Wie das System", Appearance.LIGHT.value: "Hell", Appearance.DARK.value: "Dunkel",
}  # fmt: skip

EVERYBODY = frozenset(Role)
CUSTOMERS = frozenset({Role.USER, Role.EDV})
EDV = frozenset({Role.EDV})
STAFF = frozenset({Role.STAFF, Role.ADMIN})
# When each of TICKET_LETTERS comes, and to whom it can come at all (domain/notify.py).
EVENTS = {
    "ticket_to_review": ("Ein Ticket wartet auf die Prüfung durch Ihre EDV.", EDV),
    "handed_over": ("Ein Ticket wird Ihnen übergeben oder zugewiesen.", STAFF),
    "asked_back": ("Jemand braucht zu einem Ihrer Tickets etwas von Ihnen.", CUSTOMERS),
    "new_message": ("Jemand schreibt in einem Ticket, an dem Sie beteiligt sind.", EVERYBODY),
    "escalated": ("Ein Ticket, das auf Sie wartet, wird eskaliert.", EVERYBODY),
    "closed": ("Eines Ihrer Tickets wird geschlossen.", CUSTOMERS),
    "taking_part": ("Jemand beteiligt Sie an einem Ticket.", EVERYBODY),
    "created_for_you": ("Jemand erstellt ein Ticket unter Ihrem Namen.", CUSTOMERS),
    "reminder": ("Ein Ticket wartet schon länger auf Sie.", CUSTOMERS),
    "review_overdue": ("Ein Ticket wartet schon länger auf die Prüfung durch Ihre EDV.", EDV),
    "closing_announced": ("Eines Ihrer Tickets wird bald geschlossen, weil eine Antwort fehlt.", CUSTOMERS),
    "reopened": ("Jemand öffnet ein Ticket wieder, das dann auf Sie wartet.", frozenset({*EDV, *STAFF})),
}


class LanguageForm(Form):
    """German, English, or what the browser asks for."""

    language = choice("Sprache", "Bitte wählen Sie eine Sprache.", choices=[AS_THE_BROWSER, *LANGUAGES])


class AppearanceForm(Form):
    """Light, dark, or as the system has it."""

    appearance = choice("Darstellung", "Bitte wählen Sie eine Darstellung.", choices=list(APPEARANCES))


class ShortcutsForm(Form):
    """Whether single keys do something."""

    shortcuts = BooleanField("Tastenkürzel")


class LettersForm(Form):
    """Which letters are wanted, and whether they come one by one."""

    letters = SelectMultipleField("Benachrichtigungen", validate_choice=False)
    digest = BooleanField("Einmal täglich gesammelt")


def language_section(form: Form | None, person: Person) -> dict[str, Any]:
    """The field and what it offers; a language is called by its own name."""
    field = (form or LanguageForm(language=person.language))["language"]
    labels = {AS_THE_BROWSER: translate("Wie der Browser"), **LANGUAGES}
    return {"field": field, "options": offered(labels, [field.data])}


def appearance_section(form: Form | None, person: Person) -> dict[str, Any]:
    """The field and what it offers."""
    field = (form or AppearanceForm(appearance=person.appearance.value))["appearance"]
    return {"field": field, "options": offered(translated(APPEARANCES), [field.data])}


def letters_section(form: Form | None, person: Person) -> dict[str, Any]:
    """One box for each letter that can come to this person, and the digest."""
    names = offered_letters(person)
    form = form or LettersForm(letters=[n for n in names if n not in person.muted.split()], digest=person.digest)
    labels = {name: translate(LABELS[name]) for name in names}
    boxes = offered(labels, form["letters"].data or [])
    return {
        "form": form,
        "options": [box | {"hint": translate(EVENTS[box["value"]][0])} for box in boxes],
        "hour": DIGEST_HOUR,
        "urgent": [labels[name] for name in URGENT if name in names],
    }


def offered_letters(person: Person) -> list[str]:
    """The letters that can come to somebody with this role."""
    return [name for name, (_, roles) in EVENTS.items() if person.role in roles]


def muted(form: LettersForm, person: Person) -> list[str]:
    """The letters that the person does not want. What cannot come to them now stays as it was."""
    names = offered_letters(person)
    kept = [name for name in person.muted.split() if name not in names]
    return sorted({*kept, *names} - set(form.letters.data or []))


def offered(labels: Mapping[str, str], chosen: Collection[str]) -> list[dict[str, Any]]:
    """Choices for the page: value, label, and whether it is chosen."""
    return [{"value": value, "label": label, "checked": value in chosen} for value, label in labels.items()]


def translated(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels in the reader's language."""
    return {value: translate(label) for value, label in labels.items()}
