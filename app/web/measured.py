"""The one line that says what share of the open tickets is urgent, with the link to the list that makes it up."""

from typing import Any

from app.domain.priority import Measure
from app.language import format_number, translate

# Whose tickets they are → the sentence for one urgent ticket, and for several.
SENTENCES = {
    "own": (
        "%(urgent)s Ihrer %(open)s offenen Tickets (%(share)s) hat bereits hohe Priorität oder ist eskaliert.",
        "%(urgent)s Ihrer %(open)s offenen Tickets (%(share)s) haben bereits hohe Priorität oder sind eskaliert.",
    ),
    "organisation": (
        "%(urgent)s von %(open)s offenen Tickets von %(name)s (%(share)s) hat hohe Priorität oder ist eskaliert.",
        "%(urgent)s von %(open)s offenen Tickets von %(name)s (%(share)s) haben hohe Priorität oder sind eskaliert.",
    ),
    "all": (
        "%(urgent)s von %(open)s offenen Tickets (%(share)s) hat hohe Priorität oder ist eskaliert.",
        "%(urgent)s von %(open)s offenen Tickets (%(share)s) haben hohe Priorität oder sind eskaliert.",
    ),
}
PLACE = "\N{OBJECT REPLACEMENT CHARACTER}"  # where the number stands; no text has it


def measured(found: Measure, whose: str, name: str = "") -> dict[str, Any] | None:
    """The sentence around its number: before, number, after, url; None while nothing is urgent."""
    if not found.urgent:
        return None
    one, several = SENTENCES[whose]
    share = translate("%(n)s %%", n=format_number(round(found.share * 100))).replace(" ", "\N{NO-BREAK SPACE}")
    said = translate(
        one if found.urgent == 1 else several, urgent=PLACE, open=format_number(found.open), share=share, name=name
    )
    before, _, after = said.partition(PLACE)
    return {"before": before, "number": format_number(found.urgent), "after": after, "url": found.url}
