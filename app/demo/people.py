"""Everybody in the demo instance: who can sign in, and the colleagues who are only there."""

from dataclasses import dataclass

PASSWORD = "Kundenportal-Demo-1"  # noqa: S105 (printed on the sign-in page of the demo instance)

ORGANISATIONS = {"nord": "Verband Nord", "sued": "Kammer Süd"}  # the vendor's name is a setting
VENDOR = "vendor"


@dataclass(frozen=True)
class Somebody:
    """One person of the demo instance."""

    user_name: str
    email: str
    first_name: str
    last_name: str
    org: str
    role: str
    who: str = ""  # what the sign-in page calls them; without it they cannot sign in

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


PEOPLE = (
    Somebody("user-nord", "user@nord.example", "Katrin", "Petersen", "nord", "user", "User, Verband Nord"),
    Somebody("user2-nord", "user2@nord.example", "Malte", "Brodersen", "nord", "user", "User, Verband Nord"),
    Somebody("edv-nord", "edv@nord.example", "Torben", "Claußen", "nord", "edv", "EDV, Verband Nord"),
    Somebody("user-sued", "user@sued.example", "Franziska", "Huber", "sued", "user", "User, Kammer Süd"),
    Somebody("edv-sued", "edv@sued.example", "Sebastian", "Kirchner", "sued", "edv", "EDV, Kammer Süd"),
    Somebody("staff", "staff@uniplus.example", "Tobias", "Lindner", VENDOR, "staff", "Staff"),
    Somebody("admin", "admin@uniplus.example", "Helga", "Reimann", VENDOR, "admin", "Admin"),
    Somebody("jonas.albrecht", "jonas.albrecht@uniplus.example", "Jonas", "Albrecht", VENDOR, "staff"),
    Somebody("nadine.vogt", "nadine.vogt@uniplus.example", "Nadine", "Vogt", VENDOR, "staff"),
    Somebody("anke.thomsen", "anke.thomsen@nord.example", "Anke", "Thomsen", "nord", "user"),
    Somebody("jens.carstensen", "jens.carstensen@nord.example", "Jens", "Carstensen", "nord", "user"),
    Somebody("lukas.moser", "lukas.moser@sued.example", "Lukas", "Moser", "sued", "user"),
    Somebody("theresa.baumgartner", "theresa.baumgartner@sued.example", "Theresa", "Baumgartner", "sued", "user"),
)
ACCOUNTS = tuple(somebody for somebody in PEOPLE if somebody.who)
COLLEAGUES = {org: tuple(s for s in PEOPLE if s.org == org and not s.who) for org in ORGANISATIONS}

# Module → who of the vendor looks after it, in the order in which they are listed.
MODULES = {
    "Mitglieder": "staff",
    "Beiträge": "jonas.albrecht",
    "Seminare": "nadine.vogt",
    "Finanzen": "staff",
    "Korrespondenz": "staff",
    "Dokumente": "jonas.albrecht",
    "Prüfungen": "nadine.vogt",
    "Auswertungen": "admin",
}
# What an organisation has agreed otherwise.
RULES = {("nord", "Auswertungen"): "staff", ("sued", "Korrespondenz"): "nadine.vogt"}

# Who waits for an account: organisation, user name, first name, last name, e-mail, phone, modules, days ago.
REQUESTS = (
    ("nord", "silke.harms", "Silke", "Harms", "silke.harms@nord.example", "0431 555 0117",
     ("Mitglieder", "Beiträge"), 3),
    ("sued", "peter.wimmer", "Peter", "Wimmer", "wimmer@steuerkanzlei-wimmer.example", "",
     ("Finanzen",), 1),
)  # fmt: skip
