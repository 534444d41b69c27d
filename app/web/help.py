"""What is there for everybody: which keys do what, and how accessible the portal is."""

from quart import Blueprint, Response

from app.web.guard import public
from app.web.respond import fragments, page, settings, wants_fragments

blueprint = Blueprint("help", __name__)

# The arbitration body of § 16 BGG.
ARBITRATION = {
    "site": "www.schlichtungsstelle-bgg.de", "url": "https://www.schlichtungsstelle-bgg.de",
    "mail": "info@schlichtungsstelle-bgg.de",
}  # fmt: skip


@blueprint.get("/shortcuts")
async def shortcuts() -> Response:
    """„Tastenkürzel“: a dialog where htmx asks, else a page."""
    if wants_fragments():
        return await fragments("help/_shortcuts.html")
    return await page("help/shortcuts.html")


@blueprint.get("/accessibility")
@public
async def accessibility() -> Response:
    """„Erklärung zur Barrierefreiheit“."""
    mail, address = settings().sender, settings().base_url
    return await page("help/accessibility.html", mail=mail, address=address, arbitration=ARBITRATION)
