"""„Bausteine“: every component of the design once in each state, made by the very templates that the pages use."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, get_args

from quart import Blueprint, Response
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from app import clock
from app.documents.charts import Series, bar_chart, column_chart
from app.documents.colours import colours
from app.domain import flow, journal
from app.domain.flow import DELETED, MOVES, STATUS_TOKENS, StatusToken
from app.domain.models import Audience, Category, Priority, Status
from app.domain.priority import Measure
from app.domain.ticket_filter import TicketFilter
from app.language import translate, vendor
from app.web import columns as list_columns
from app.web import composer, ticket_view
from app.web.composer import MessageForm
from app.web.forms import Form, files
from app.web.guard import me, staff_only
from app.web.measured import measured
from app.web.modules import modules_for
from app.web.respond import page

blueprint = Blueprint("components", __name__)

HERE = "/staff/components"
WHY = "Bitte schreiben Sie kurz, warum es eilt; ohne Nachricht lässt sich nicht eskalieren."
TYPE_SIZES = ("xl", "l", "m", "sm", "s", "xs")


class SampleForm(Form):
    """One field of each kind."""

    line = StringField("Betreff")
    filled = StringField("Betreff")
    text = TextAreaField("Nachricht")
    select = StringField("Modul")
    chips = RadioField("Priorität")
    boxes = StringField("Module")
    category = RadioField("Kategorie")
    ticked = BooleanField("Recht")
    files = files("Anhänge")


@blueprint.get(HERE)
@staff_only
async def index() -> Response:
    """The page where the design is looked at."""
    return await page("components/index.html", **_fields(), **_marks(), **_ticket(), **_list(), **_rest())


def _fields() -> dict[str, Any]:
    plain, wrong = SampleForm(prefix="plain-"), SampleForm(prefix="wrong-")
    for form in (plain, wrong):
        form.filled.data = _subject()
        for field in form:
            if form is wrong and field is not form.form_key:
                field.errors = [translate("Bitte wählen Sie mindestens %(n)s Zeichen.", n=3)]
    categories = ticket_view.options(flow.CATEGORY_LABELS, Category.INCIDENT)
    return {
        "forms": (("plain", plain), ("wrong", wrong)),
        "priorities": ticket_view.options(flow.PRIORITY_LABELS, Priority.NORMAL),
        "categories": [one | {"hint": translate("Etwas funktioniert nicht, wie es soll.")} for one in categories],
    }


def _marks() -> dict[str, Any]:
    light, dark = colours("light"), colours("dark")
    return {
        "tokens": [{"name": name, "light": light[name], "dark": dark[name]} for name in light],
        "sizes": TYPE_SIZES,
        "statuses": [{"token": token, "label": _label(token)} for token in get_args(StatusToken)],
    }


def _label(token: StatusToken) -> str:
    if token == DELETED:
        return translate(flow.DELETED_LABEL)
    return flow.status_label(next(status for status, known in STATUS_TOKENS.items() if known == token))


def _ticket() -> dict[str, Any]:
    row = _row(1042, Status.VENDOR_REVIEW, Priority.HIGH, escalated=True)
    return {
        "ticket": row | {"version": 1, "participants": [me().name], "x3_context": {}},
        "thread": list(_thread()),
        "functions": [_function(move.name) for move in MOVES.values()],
        "after": "0-0",
        "composer": {
            "form": MessageForm(), "action": HERE, "draft_url": HERE, "move": "escalate", "after": "0-0",
            "file_names": [], "button": translate(MOVES["escalate"].send_label), "hint": translate(WHY),
            "may_release": True, "cancel_url": HERE, "audiences": _audiences(),
        },
        "dialog": {
            "action": HERE, "cancel_url": HERE, "version": 1, "button": translate("Löschen"),
            "question": translate("Ticket #%(number)s „%(subject)s“ löschen?", number=1042, subject=_subject()),
            "text": translate("Es verschwindet aus allen Listen. Ihre EDV und %(vendor)s können es wiederherstellen."),
        },
    }  # fmt: skip


def _function(name: str) -> dict[str, Any]:
    move = MOVES[name]
    kind = "confirm" if move.danger else "compose" if move.needs_message else "link"
    return {"key": name, "label": translate(move.label), "kind": kind, "href": HERE, "icon": move.icon,
            "danger": move.danger, "primary": name == "handover"}  # fmt: skip


def _audiences() -> list[dict[str, Any]]:
    own = composer.audience_label(Audience.VENDOR, {"organisation": ""})
    return [
        {"value": Audience.EVERYONE.value, "label": translate("Alle am Ticket"), "checked": True},
        {"value": Audience.VENDOR.value, "label": own, "checked": False},
    ]


def _thread() -> Iterable[dict[str, Any]]:
    """A day, a journal line, and a message of each side to each audience."""
    at = clock.now() - timedelta(hours=3)
    yield {"type": "day", "day": at}
    yield {"type": "event", "id": 1, "at": at, "sentence": f"{_reporter()} {journal.sentence('created')}"}
    customer = {"organisation": _organisation(), "author": _reporter(), "side": "customer"}
    ours = {"organisation": vendor(), "author": me().name, "side": "vendor"}
    yield _message(1, at, **customer, files=[_file(1, "Bildschirm.png"), _file(2, "Protokoll.pdf")])
    yield _message(2, at, **customer, audience_label=translate("nur %(name)s", name=_organisation()))
    yield _message(3, at, **ours, own=True)
    yield _message(4, at, **ours, own=True, audience_label=translate("nur %(name)s", name=vendor()))
    yield _message(5, at, **customer, new=True)


def _message(id: int, at: datetime, **more: Any) -> dict[str, Any]:
    said = {"type": "message", "id": id, "at": at, "body": translate("So steht eine Nachricht im Ticket.")}
    return said | {"audience_label": None, "new": False, "own": False, "files": []} | more


def _file(id: int, name: str) -> dict[str, Any]:
    picture = name.endswith(".png")
    return {"id": id, "name": name, "size": 48_000 * id, "url": HERE, "picture": picture, "width": 336, "height": 224,
            "preview_url": "/static/img/icons.svg" if picture else None}  # fmt: skip


def _list() -> dict[str, Any]:
    shown = [
        _row(1042, Status.VENDOR_REVIEW, Priority.HIGH, escalated=True, unread=True, files=2),
        _row(1041, Status.IT_REVIEW), _row(1040, Status.USER_REVIEW, Priority.HIGH), _row(1039, Status.CLOSED),
        _row(1038, Status.CLOSED, deleted=True),
    ]  # fmt: skip
    columns = {"number": "Nr.", "updated": "Letzte Nachricht", "waiting": "Wartet seit", "priority": "Priorität"}
    return {
        **list_columns.shown(list_columns.USUAL), "urgent_share": measured(Measure(28, 2, HERE), "all"),
        "rows": shown, "filter": TicketFilter(), "total_text": translate("%(n)s Tickets", n=len(shown)),
        "next_url": HERE, "first_url": None, "since": 0, "mark": "0", "offer": "",
        "sorts": {
            key: {"url": HERE, "label": translate(label), "direction": "desc" if key == "updated" else None}
            for key, label in columns.items()
        },
        "people": [
            {"name": me().name, "user_name": me().user_name, "email": me().email, "role": translate("Mitarbeiter"),
             "href": HERE, "all_modules": True, "modules": [], "active": active, "invited": invited}
            for active, invited in ((True, False), (True, True), (False, False))
        ],
    }  # fmt: skip


def _row(
    number: int, status: Status, priority: Priority = Priority.NORMAL, *, escalated: bool = False,
    deleted: bool = False, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """A ticket as lists and pages know it."""
    now = clock.now()
    escalation = {"escalated_by": me().name, "escalation_reason": translate(WHY)}
    return ticket_view.facts({
        "number": number, "subject": _subject(), "category": Category.INCIDENT, "module": translate("Modul"),
        "priority": priority, "status": status, "deleted_at": now if deleted else None, "reporter": _reporter(),
        "organisation": _organisation(), "responsible": me().name, "created_at": now - timedelta(days=9),
        "updated_at": now, "waiting_since": now - timedelta(days=3), "escalated_at": now if escalated else None,
        "handed_over_at": now - timedelta(days=3), "last_author": me().name, "last_at": now,
    }) | escalation | {"unread": False, "files": 0, "fits": True, "stamp": "0"} | more | {"url": HERE}  # fmt: skip


def _rest() -> dict[str, Any]:
    statuses = [(flow.status_label(status), STATUS_TOKENS[status]) for status in flow.OPEN]
    weeks = [translate("KW %(n)s", n=week) for week in range(41, 49)]
    created, closed = (3, 5, 2, 6, 4, 7, 5, 4), (1, 4, 3, 3, 5, 4, 6, 2)
    return {
        "tiles": [
            {"key": one.key, "href": HERE, "icon": one.icon, "label": translate(one.label), "text": translate(one.text),
             "count": count}
            for one, count in zip(modules_for(me()), (22, None, 1), strict=False)
        ],
        "charts": [
            column_chart(
                "columns", translate("Erstellt und geschlossen je Woche"), translate("Woche"), weeks,
                [Series(translate("Erstellt"), "accent", created), Series(translate("Geschlossen"), "done", closed)],
            ),
            column_chart(
                "stacked", translate("Offene Tickets nach Alter"), translate("Alter"), weeks[:4],
                [Series(label, token, created[turn:][:4]) for turn, (label, token) in enumerate(statuses)],
                stacked=True,
            ),
            bar_chart(
                "bars", translate("Status"), translate("Status"), [(label, 3 * len(label)) for label, _ in statuses],
                measure=translate("Offen"), tokens=[token for _, token in statuses],
            ),
            bar_chart("nothing", translate("Offene Tickets nach Modul"), translate("Modul"), [], measure=""),
        ],
    }  # fmt: skip


def _subject() -> str:
    return translate("Ein Betreff, wie er im Alltag vorkommt")


def _reporter() -> str:
    return translate("Gemeldet von")


def _organisation() -> str:
    return translate("Organisation")
