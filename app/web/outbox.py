"""„Postausgang“: which letters wait, which have failed and why, for the vendor's admins."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from quart import Blueprint, Response, request
from wtforms import HiddenField

from app import clock
from app.database import Row
from app.domain import dispatch, outbox
from app.domain.dispatch import PAGE
from app.domain.models import LetterState
from app.domain.ticket_filter import bounded_id
from app.language import format_datetime, translate
from app.mail import reasons
from app.web.forms import Form, read_form
from app.web.guard import admin_only, me
from app.web.respond import page, see_other, settings

blueprint = Blueprint("outbox", __name__)

PLACE = "/staff/mail"
LABELS = {
    "": "Offen",
    LetterState.WAITING: "Warten",
    LetterState.FAILED: "Fehlgeschlagen",
    LetterState.SENT: "Gesendet",
    LetterState.DROPPED: "Verworfen",
}
EMPTY = {
    "": "Alle E-Mails sind gesendet.",
    LetterState.WAITING: "Zurzeit wartet keine E-Mail.",
    LetterState.FAILED: "Keine E-Mail ist fehlgeschlagen.",
    LetterState.SENT: "In den letzten 90 Tagen wurde keine E-Mail gesendet.",
    LetterState.DROPPED: "In den letzten 30 Tagen wurde keine E-Mail verworfen.",
}


@dataclass(frozen=True)
class View:
    """Which letters are looked at: in one state, or all that are still open; and which page of them."""

    state: str = ""
    number: int = 1

    @classmethod
    def read(cls, state: str, number: str) -> "View":
        """The view of an address; what cannot be understood is left out."""
        return cls(state if state in LABELS else "", min(bounded_id(number) or 1, 10_000))

    def url(self, number: int = 1) -> str:
        """The address, defaults left out."""
        pairs = {"state": self.state, "page": number if number > 1 else ""}
        query = urlencode({name: value for name, value in pairs.items() if value})
        return f"{PLACE}?{query}" if query else PLACE


class RetryForm(Form):
    """Send again, and back to the same view."""

    state = HiddenField()
    page = HiddenField()


@blueprint.get(PLACE)
@admin_only
async def index() -> Response:
    """One page of letters, the newest first."""
    return await _page(View.read(request.args.get("state", ""), request.args.get("page", "")))


@blueprint.post(f"{PLACE}/retry")
@admin_only
async def retry_all() -> Response:
    """„Alle erneut senden“: every letter that has failed."""
    form = await read_form(RetryForm)
    if not form.validate():
        return await _page(_view(form), form)
    await dispatch.retry_all(me(), form.form_key.data or "")
    return see_other(_view(form).url(), notice="retried")


@blueprint.post(f"{PLACE}/<int:id>/retry")
@admin_only
async def retry(id: int) -> Response:
    """„Erneut senden“: one letter."""
    form = await read_form(RetryForm)
    if not form.validate():
        return await _page(_view(form), form)
    await dispatch.retry(me(), id, form.form_key.data or "")
    view = _view(form)
    return see_other(view.url(view.number), notice="retried")


def _view(form: RetryForm) -> View:
    return View.read(form.state.data or "", form.page.data or "")


async def _page(view: View, form: Form | None = None) -> Response:
    state = LetterState(view.state) if view.state else None
    found = await dispatch.letters(me(), state, view.number)
    counts = await dispatch.counts(me())
    return await page(
        "outbox/index.html",
        status=form.status if form else 200,
        form=form,
        view=view,
        tabs=[{"label": translate(label), "url": View(state).url(), "current": state == view.state}
              for state, label in LABELS.items()],
        figures=[
            {"label": translate(label), "count": counts[state], "url": View(state).url()}
            for state, label in ((LetterState.WAITING, "Warten"), (LetterState.FAILED, "Fehlgeschlagen"),
                                 (LetterState.SENT, "Heute gesendet"))
        ],
        letters=[_shown(row) for row in found[:PAGE]],
        empty=translate(EMPTY[view.state]) if view.number == 1 else translate("Auf dieser Seite steht nichts mehr."),
        previous_url=view.url(view.number - 1) if view.number > 1 else None,
        next_url=view.url(view.number + 1) if len(found) > PAGE else None,
        has_server=bool(settings().smtp_url),
    )  # fmt: skip


def _shown(row: Row) -> dict[str, Any]:
    return row | {
        "label": outbox.label(row["letter"]), "name": row["name"] or "", "failed": row["state"] == LetterState.FAILED,
        "what_next": _what_next(row), "reason": reasons.shown(row["error"]) if row["error"] else "",
    }  # fmt: skip


def _what_next(row: Row) -> str:
    """What will happen to a waiting letter, or what has become of the others."""
    later = row["due_at"] > clock.now()
    match row["state"], later:
        case LetterState.WAITING, True if not row["tries"]:
            return translate("kommt in die Zusammenfassung vom %(at)s", at=format_datetime(row["due_at"]))
        case LetterState.WAITING, True if not row["error"]:
            return translate("wird gerade gesendet")
        case LetterState.WAITING, True:
            return translate("nächster Versuch: %(at)s", at=format_datetime(row["due_at"]))
        case LetterState.WAITING, False:
            return translate("wird als Nächstes gesendet")
        case LetterState.SENT, _:
            return translate("gesendet: %(at)s", at=format_datetime(row["sent_at"]))
        case LetterState.DROPPED, _:
            return translate("verworfen: Niemand, für den sie bestimmt war, darf sie noch lesen.")
    return ""
