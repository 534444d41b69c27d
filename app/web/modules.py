"""The portal's modules: one list. A new module is one line here and one file beside."""

from collections.abc import Callable
from dataclasses import dataclass

from app.domain.models import Person, Role


@dataclass(frozen=True)
class PortalModule:
    """A tile of the portal and an entry of the navigation."""

    key: str
    label: str
    text: str
    href: str
    icon: str
    for_whom: Callable[[Person], bool] = lambda person: True
    beside: tuple[str, ...] = ()  # further addresses that belong to it


MODULES = (
    PortalModule("tickets", "Ticketsystem", "Anfragen, Fehlermeldungen und Aufgaben", "/tickets", "ticket"),
    PortalModule("report", "Report", "Zahlen zu Ihren Tickets", "/report", "chart-column"),
    PortalModule(
        "people", "Benutzer", "Menschen Ihrer Organisation", "/organisation/people", "users",
        lambda person: person.role == Role.EDV,
    ),
    PortalModule(
        "access", "Freigaben", "Wer ein Konto haben möchte", "/staff/access-requests", "user-check",
        lambda person: person.is_staff,
    ),
    PortalModule(
        "directory", "Benutzer und Organisationen", "Kunden, ihre Menschen und Module", "/staff/people", "building-2",
        lambda person: person.is_staff, ("/staff/organisations", "/staff/modules", "/staff/retention"),
    ),
    PortalModule(
        "text_blocks", "Textbausteine", "Was Sie immer wieder schreiben", "/staff/text-blocks", "message-square",
        lambda person: person.is_staff,
    ),
    PortalModule(
        "mail", "Postausgang", "Welche E-Mails warten oder fehlgeschlagen sind", "/staff/mail", "mail",
        lambda person: person.role == Role.ADMIN,
    ),
    PortalModule(
        "audit", "Protokoll", "Wer was wann getan hat", "/staff/audit", "scroll-text",
        lambda person: person.role == Role.ADMIN,
    ),
    PortalModule("settings", "Einstellungen", "Name, Darstellung, Passwort", "/settings", "settings"),
)  # fmt: skip


def modules_for(person: Person) -> list[PortalModule]:
    """The modules that the person may use."""
    return [module for module in MODULES if module.for_whom(person)]
