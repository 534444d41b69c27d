"""Text blocks of the demo's staff."""

from app.domain import text_blocks
from app.domain.models import Person
from app.domain.tokens import new_token

# name, text, whether it is everybody's of the vendor
BLOCKS = (
    ("Bitte um Bildschirmfoto",
     "Guten Tag [Name],\n\nbitte hängen Sie an das Ticket #[Ticketnummer] ein Bildschirmfoto der Meldung an, am besten "
     "mit der ganzen Maske. Dann sehen wir schneller, woran es liegt.\n\nFreundliche Grüße\n[Ihr Name]", True),
    ("Behoben mit der nächsten Version",
     "Guten Tag [Name],\n\nder Fehler „[Betreff]“ ist mit der nächsten Version behoben. Wir melden uns, sobald Sie sie "
     "einspielen können.\n\nFreundliche Grüße\n[Ihr Name]", True),
    ("Rückruf heute", "Ich rufe Sie heute noch an.\n\n[Ihr Name]", False),
)  # fmt: skip


async def write(author: Person) -> None:
    """Write them, the last one as the author's own."""
    for name, body, shared in BLOCKS:
        await text_blocks.create(author, name, body, shared, new_token())
