"""The accounts of the demo instance (product.md 6.1), shown on its sign-in page."""

PASSWORD = "Kundenportal-Demo-1"  # noqa: S105  written in the manual; exists in demo instances only

ACCOUNTS = (
    ("user-nord", "user@nord.example", "User, Verband Nord"),
    ("user2-nord", "user2@nord.example", "User, Verband Nord"),
    ("edv-nord", "edv@nord.example", "EDV, Verband Nord"),
    ("user-sued", "user@sued.example", "User, Kammer Süd"),
    ("edv-sued", "edv@sued.example", "EDV, Kammer Süd"),
    ("staff", "staff@uniplus.example", "Mitarbeiterin beim Hersteller"),
    ("admin", "admin@uniplus.example", "Administration beim Hersteller"),
)
