"""The ticket list, the ticket, and the form for a new one."""

from dataclasses import replace
from typing import Any

from quart import Blueprint, Response, request
from wtforms import BooleanField, StringField

from app.database import Row
from app.domain import flow, guide, policy, search, tickets
from app.domain.models import Category, Person, Priority, Status
from app.domain.refusals import Refused
from app.domain.search import COUNT_CAP, PAGE, TicketFilter, bounded_id
from app.domain.tickets import Draft, NewTicket
from app.language import translate
from app.web import ticket_view
from app.web.forms import Form, accept_files, choice, file_names, files, line, read_form, text
from app.web.guard import me, takes_files
from app.web.respond import fragments, page, see_other, target, wants_fragments

blueprint = Blueprint("tickets", __name__)

SORT_LABELS = {"number": "Nr.", "updated": "Letzte Nachricht", "waiting": "Wartet seit", "priority": "Priorität"}
QUESTIONS = dict(guide.QUESTIONS)
CATEGORY_HINTS = {
    Category.REQUEST: "Sie möchten etwas wissen oder brauchen Rat.",
    Category.INCIDENT: "Etwas funktioniert nicht, wie es soll.",
    Category.TASK: "Wir sollen etwas einrichten oder ändern.",
}


# --- the list ---


@blueprint.get("/tickets")
async def index() -> Response:
    """The filtered list; under htmx only what the filter changes."""
    person = me()
    given = [(name, value) for name, value in request.args.items(multi=True) if name not in ("jump", "notice")]
    filter = TicketFilter.for_person(given, person)
    if request.args.get("jump") and await _is_number(filter.q):
        return see_other(f"/tickets/{filter.q.lstrip('#')}")
    found = await search.find(filter, person)
    shown = _rows(filter, found)
    if target() == "tickets-more" and wants_fragments():
        return await fragments("tickets/_rows.html", **shown)
    everything = shown | await _around(filter, person, shown["rows"])
    if wants_fragments():
        return await fragments(
            "tickets/_results.html",
            oob=("tickets/_filters.html", "tickets/_export.html"),
            push=_address(filter, person),
            **everything,
        )
    return await page("tickets/list.html", **everything)


async def _is_number(q: str) -> bool:
    number = bounded_id(q.lstrip("#"))
    return number is not None and bool(await tickets.exists(me(), number))


def _address(filter: TicketFilter, person: Person) -> str:
    """The list's address; with an own default the bare one means that, so the role's default is spelt out."""
    query = filter.query()
    if not query and person.default_filter:
        query = "&".join(f"status={status}" for status in filter.statuses)
    return f"/tickets?{query}" if query else "/tickets"


def _rows(filter: TicketFilter, found: list[Row]) -> dict[str, Any]:
    more = len(found) > PAGE
    return {
        "rows": [_row(row) for row in found[:PAGE]],
        "next_url": filter.url(page=filter.page + 1) if more else None,
        "first_url": filter.url(page=1) if filter.page > 1 else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return ticket_view.facts(row) | {"files": row["files"], "unread": bool(row["unread"])}


async def _around(filter: TicketFilter, person: Person, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything on the list page but the rows: chips with counts, choices, sorting, what to do when it is empty."""
    counts = await search.count(filter, person)
    offered = await search.choices(person)
    choices = {kind: [row for row in offered if row["kind"] == kind] for kind in ("module", "organisation")}
    role = TicketFilter.default(person)
    return {
        "filter": filter,
        "statuses": _statuses(filter, counts),
        "modules": [row | {"checked": row["id"] in filter.modules} for row in choices["module"]],
        "organisations": [row | {"checked": row["id"] == filter.organisation} for row in choices["organisation"]],
        "categories": _options(flow.CATEGORY_LABELS, filter.category),
        "priorities": _options(flow.PRIORITY_LABELS, filter.priority),
        "scopes": _scopes(person, filter),
        "more_set": _more_set(filter),
        "filter_set": replace(filter, page=1, sort=role.sort) != role,
        "reset_url": _address(role, person),
        "total_text": _total(filter, counts, rows),
        "sorts": _sorts(filter),
        "export_url": filter.url("/tickets/export.xlsx", page=1),
        "closed_url": f"/tickets?status={Status.CLOSED.value}",
        "empty": _empty(filter, counts),
    }  # fmt: skip


def _more_set(filter: TicketFilter) -> int:
    """How many of the folded filters are set."""
    return sum(map(bool, (filter.category, filter.priority, filter.escalated, filter.scope, filter.organisation)))


def _statuses(filter: TicketFilter, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "value": value, "count": count, "count_text": _number(count), "checked": value in filter.statuses,
            "label": translate(flow.DELETED_LABEL) if value == flow.DELETED else flow.status_label(value),
            "token": flow.DELETED if value == flow.DELETED else flow.status_token(value),
        }
        for value, count in counts.items()
    ]  # fmt: skip


def _number(count: int) -> str:
    return translate("über 1.000") if count > COUNT_CAP else f"{count:,}".replace(",", ".")


def _total(filter: TicketFilter, counts: dict[str, int], rows: list[dict[str, Any]]) -> str:
    chosen = filter.statuses or [value for value in counts if value != flow.DELETED]
    total = max(sum(counts.get(value, 0) for value in chosen), len(rows))
    return translate("Ein Ticket") if total == 1 else translate("%(n)s Tickets", n=_number(total))


def _options(labels: dict[Any, str], chosen: str) -> list[dict[str, Any]]:
    return [{"value": key.value, "label": translate(label), "checked": key == chosen} for key, label in labels.items()]


def _scopes(person: Person, filter: TicketFilter) -> list[dict[str, Any]]:
    everything = "Alle Organisationen" if person.is_staff else "Meine Organisation"
    return [
        {"value": value, "label": translate(label), "checked": filter.scope == value}
        for value, label in (("", everything), ("mine", "Meine"))
    ]


def _sorts(filter: TicketFilter) -> dict[str, dict[str, Any]]:
    """For each column the address that sorts by it, and turns the order round when it is sorted so already."""
    found = {}
    for key, label in SORT_LABELS.items():
        first = f"-{key}" if key != "waiting" else key
        other = key if first.startswith("-") else f"-{key}"
        direction = {key: "asc", f"-{key}": "desc"}.get(filter.sort)
        url = filter.url(sort=other if filter.sort == first else first, page=1)
        found[key] = {"label": translate(label), "url": url, "direction": direction}
    return found


def _empty(filter: TicketFilter, counts: dict[str, int]) -> dict[str, str]:
    if filter.q or filter.modules or filter.category or filter.priority or filter.escalated or filter.scope:
        every = filter.url(statuses=(), page=1)
        if filter.statuses and sum(counts.values()):
            return {"text": translate("In diesem Status ist nichts zu finden, in anderen schon."),
                    "href": every, "label": translate("In jedem Status suchen")}  # fmt: skip
        return {"text": translate("Dazu gibt es kein Ticket, das Sie sehen dürfen."),
                "href": "/tickets", "label": translate("Filter zurücksetzen")}  # fmt: skip
    if not sum(counts.values()):
        return {"text": translate("Noch gibt es hier kein Ticket."), "href": "/tickets/new",
                "label": translate("Neues Ticket")}  # fmt: skip
    return {"text": translate("Hier wartet gerade nichts."), "href": filter.url(statuses=(), page=1),
            "label": translate("Alle Tickets zeigen")}  # fmt: skip


# --- one ticket ---


@blueprint.get("/tickets/<int:number>")
async def show(number: int) -> Response:
    """The ticket; `?move=` opens the composer for a move that needs words."""
    ticket = await tickets.find(me(), number)
    chosen = request.args.get("move", "")
    if target() == "tickets-send" and wants_fragments():
        composer = await ticket_view.composer(ticket, ticket_view.Seen(), chosen=chosen)
        return await fragments("tickets/_send.html", composer=composer)
    return await page("tickets/show.html", **await ticket_view.context(ticket, chosen=chosen))


@blueprint.post("/tickets/<int:number>/read")
async def read(number: int) -> Response:
    """Mark as read up to the newest message."""
    await tickets.find(me(), number)
    await read_form(Form)
    await tickets.mark_read(me(), number)
    if wants_fragments():
        return Response("", 204)
    return see_other(f"/tickets/{number}", notice="read")


# --- a new ticket ---


class TicketForm(Form):
    """A new ticket. For an incident the five questions take the place of the description."""

    category = choice("Kategorie", "Bitte wählen Sie, worum es geht.", choices=list(Category))
    module = StringField("Modul")
    subject = line("Betreff", 200, "Bitte geben Sie einen Betreff ein.")
    priority = choice("Priorität", "Bitte wählen Sie eine Priorität.", choices=list(Priority), default=Priority.NORMAL)
    affected = line(QUESTIONS["affected"], 500)
    record = line(QUESTIONS["record"], 500)
    symptom = text(QUESTIONS["symptom"], 6000)
    trigger = text(QUESTIONS["trigger"], 6000)
    impact = text(QUESTIONS["impact"], 6000)
    description = text("Beschreibung")
    files = files("Anhänge")
    release = BooleanField("Freigabe")
    organisation = StringField("Organisation")
    reporter = StringField("Gemeldet von")
    start = StringField("Beginnt mit", default=Status.VENDOR_REVIEW)

    def message(self) -> str:
        """The first message: the answered questions of an incident, then whatever was written freely."""
        answers = [self[name].data for name in QUESTIONS] if self.category.data == Category.INCIDENT else []
        return "\n\n".join(part for part in (guide.incident_text(answers), self.description.data) if part)


@blueprint.get("/tickets/new")
async def new() -> Response:
    """The form; staff first say for whom."""
    form = TicketForm(request.args)
    form.category.data = form.category.data if form.category.data in list(Category) else Category.REQUEST.value
    form.priority.data = Priority.NORMAL.value
    return await _form_page(form, 200)


@blueprint.get("/tickets/similar")
async def similar() -> Response:
    """Open tickets like the subject that is being typed."""
    found = await search.similar(request.args.get("subject", "")[:200], me())
    rows = [
        {"number": row["number"], "subject": row["subject"], "url": f"/tickets/{row['number']}",
         "status_label": flow.status_label(row["status"])}
        for row in found
    ]  # fmt: skip
    return await fragments("tickets/_similar.html", similar=rows)


@blueprint.post("/tickets")
@takes_files
async def create() -> Response:
    """Create the ticket, or show the form again with what is missing and everything that was typed."""
    form = await read_form(TicketForm)
    try:
        if not form.validate():
            return await _refused(form)
        _require_words(form)
        new = await _new_ticket(form)
        number = await tickets.create(me(), new)
    except Refused as refused:
        form.refuse(refused)
        return await _refused(form)
    return see_other(f"/tickets/{number}", notice="created")


def _require_words(form: TicketForm) -> None:
    if not form.message():
        field = "symptom" if form.category.data == Category.INCIDENT else "description"
        raise Refused(**{field: translate("Bitte beschreiben Sie kurz, worum es geht.")})
    if len(form.message()) > 20_000:
        raise Refused(description=translate("Bitte höchstens 20.000 Zeichen."))


async def _new_ticket(form: TicketForm) -> NewTicket:
    person = me()
    reporter = None
    if person.is_staff:
        reporter = await tickets.reporter(bounded_id(form.reporter.data or "") or 0)
    module = bounded_id(form.module.data or "")
    if not module:
        raise Refused(module=translate("Bitte wählen Sie ein Modul."))
    await tickets.check_module(person, reporter or person, module)
    return NewTicket(
        category=Category(form.category.data), module_id=module, subject=form.subject.data or "",
        priority=Priority(form.priority.data), release=form.release.data, reporter=reporter,
        start=Status.USER_REVIEW if form.start.data == Status.USER_REVIEW else Status.VENDOR_REVIEW,
        message=Draft(form.message(), form.form_key.data or "", files=await accept_files()),
    )  # fmt: skip


async def _refused(form: TicketForm) -> Response:
    if wants_fragments():
        return await fragments("forms/_errors.html", status=form.status, form=form)
    return await _form_page(form, form.status)


async def _form_page(form: TicketForm, status: int) -> Response:
    person = me()
    organisation = bounded_id(form.organisation.data or "") if person.is_staff else person.organisation_id
    modules = await tickets.modules_of(person, organisation) if organisation else []
    return await page(
        "tickets/new.html", status, form=form,
        categories=[
            option | {"hint": translate(CATEGORY_HINTS[Category(option["value"])])}
            for option in _options(flow.CATEGORY_LABELS, form.category.data or "")
        ],
        modules=[row | {"checked": str(row["id"]) == form.module.data or len(modules) == 1} for row in modules],
        priorities=_options(flow.PRIORITY_LABELS, form.priority.data or ""),
        may_release=policy.may_release(person),
        kind_hint=None if person.is_staff else search.high_or_escalated_hint(await search.urgent(person)),
        similar=[], x3_context={}, file_names=await file_names(),
        **await _staff_step(person, form, organisation),
    )  # fmt: skip


async def _staff_step(person: Person, form: TicketForm, organisation: int | None) -> dict[str, Any]:
    if not person.is_staff:
        return {"staff_step": False, "organisation": None}
    customers = [row for row in await search.choices(person) if row["kind"] == "organisation"]
    chosen = next((row for row in customers if row["id"] == organisation), None)
    people = await tickets.reporters(organisation) if organisation and chosen else []
    starts = (Status.VENDOR_REVIEW, Status.USER_REVIEW)
    return {
        "staff_step": True,
        "organisation": chosen,
        "organisations": [row | {"checked": row["id"] == organisation} for row in customers],
        "people": [row | {"checked": str(row["id"]) == form.reporter.data} for row in people],
        "starts": [{"value": s.value, "label": flow.status_label(s), "checked": s == form.start.data} for s in starts],
    }
