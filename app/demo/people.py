"""Everybody in the demo instance: who can sign in, and the colleagues who are only there."""

from dataclasses import dataclass

from app.demo.accounts import ACCOUNTS

ORGANISATIONS = {"nord": "Verband Nord", "sued": "Kammer Süd"}  # the vendor's name is a setting
VENDOR = "vendor"
EMAILS = {user_name: email for user_name, email, _ in ACCOUNTS}
DOMAINS = {"nord": "nord.example", "sued": "sued.example", VENDOR: "uniplus.example"}


@dataclass(frozen=True)
class Somebody:
    """One person of the demo instance."""

    user_name: str
    first_name: str
    last_name: str
    org: str
    role: str

    @property
    def signs_in(self) -> bool:
        """Whether they are one of the accounts on the sign-in page."""
        return self.user_name in EMAILS

    @property
    def email(self) -> str:
        """Their business address."""
        return EMAILS.get(self.user_name) or f"{self.user_name}@{DOMAINS[self.org]}"

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}"


PEOPLE = (
    Somebody("user-nord", "Katrin", "Petersen", "nord", "user"),
    Somebody("user2-nord", "Malte", "Brodersen", "nord", "user"),
    Somebody("edv-nord", "Torben", "Claußen", "nord", "edv"),
    Somebody("user-sued", "Franziska", "Huber", "sued", "user"),
    Somebody("edv-sued", "Sebastian", "Kirchner", "sued", "edv"),
    Somebody("staff", "Birgit", "Lindner", VENDOR, "staff"),
    Somebody("admin", "Helga", "Reimann", VENDOR, "admin"),
    Somebody("jonas.albrecht", "Jonas", "Albrecht", VENDOR, "staff"),
    Somebody("nadine.vogt", "Nadine", "Vogt", VENDOR, "staff"),
    Somebody("anke.thomsen", "Anke", "Thomsen", "nord", "user"),
    Somebody("jens.carstensen", "Jens", "Carstensen", "nord", "user"),
    Somebody("lukas.moser", "Lukas", "Moser", "sued", "user"),
    Somebody("theresa.baumgartner", "Theresa", "Baumgartner", "sued", "user"),
)
COLLEAGUES = {org: tuple(s for s in PEOPLE if s.org == org and not s.signs_in) for org in ORGANISATIONS}

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

# What each organisation's X3 would say; known to everybody, so they are for demos only.
X3_KEYS = {"nord": "x3-demo-nord", "sued": "x3-demo-sued"}

# Who waits for an account: organisation, user name, first name, last name, e-mail, phone, modules, days ago.
REQUESTS = (
    ("nord", "silke.harms", "Silke", "Harms", "silke.harms@nord.example", "0431 555 0117",
     ("Mitglieder", "Beiträge"), 3),
    ("sued", "peter.wimmer", "Peter", "Wimmer", "wimmer@steuerkanzlei-wimmer.example", "",
     ("Finanzen",), 1),
)  # fmt: skip
