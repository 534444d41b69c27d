"""The form for a new ticket."""

from collections.abc import Sequence
from typing import Any

from quart import Blueprint, Response, request
from wtforms import BooleanField, HiddenField, SelectMultipleField, StringField

from app.database import Row
from app.domain import creation, drafts, flow, guide, policy, priority, search, thread, x3
from app.domain.creation import NewTicket
from app.domain.drafts import Page
from app.domain.models import Category, Person, Priority, Status
from app.domain.refusals import Refused
from app.domain.ticket_filter import bounded_id
from app.domain.tickets import Draft
from app.domain.tokens import token_hash
from app.language import translate
from app.text import fold
from app.web import composer, ticket_view
from app.web.forms import LONGEST_MESSAGE, Form, accept_files, choice, file_names, files, line, read_form, text
from app.web.guard import me, takes_files
from app.web.measured import measured
from app.web.respond import fragments, page, see_other, wants_fragments

blueprint = Blueprint("creation", __name__)

QUESTIONS = dict(guide.QUESTIONS)
CATEGORY_HINTS = {
    Category.REQUEST: "Sie möchten etwas wissen oder brauchen Rat.",
    Category.INCIDENT: "Etwas funktioniert nicht, wie es soll.",
    Category.TASK: "Wir sollen etwas einrichten oder ändern.",
}


class TicketForm(Form):
    """A new ticket. For an incident the five questions take the place of the description."""

    category = choice("Kategorie", "Bitte wählen Sie, worum es geht.", choices=list(Category))
    module = line("Modul", 20, "Bitte wählen Sie ein Modul.")
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
    keep = SelectMultipleField("Aus X3 übernommen", validate_choice=False)
    x3 = HiddenField()
    draft = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether everything is there; all that is missing is said at once."""
        fine = super().validate(extra_validators)
        words = self.message()
        if words and len(words) <= LONGEST_MESSAGE:
            return fine
        field = "symptom" if not words and self.category.data == Category.INCIDENT else "description"
        missing = translate("Bitte beschreiben Sie kurz, worum es geht.")
        self.refuse(Refused(**{field: translate("Bitte höchstens 20.000 Zeichen.") if words else missing}))
        return False

    def message(self) -> str:
        """The first message: the answered questions of an incident, then whatever was written freely."""
        answers = [self[name].data for name in QUESTIONS] if self.category.data == Category.INCIDENT else []
        return "\n\n".join(part for part in (guide.incident_text(answers), self.description.data) if part)


@blueprint.get("/tickets/new")
async def new() -> Response:
    """The form; staff first say for whom. Whoever comes from X3 finds there what X3 told."""
    form = TicketForm(request.args)
    found = await _told_by_x3(form)
    form.x3.data, told = "" if found is None else form.x3.data, found or {}
    usual = Category.INCIDENT if "error" in told else Category.REQUEST
    form.category.data = form.category.data if form.category.data in list(Category) else usual.value
    form.priority.data = Priority.NORMAL.value
    form.keep.data = list(told)
    form.module.data = form.module.data or await _module_named(told.get("module", ""))
    kept = await _kept(form)
    if kept:
        composer.restore(form, kept[0], given=request.args)
    return await _form_page(form, 200, kept)


async def _kept(form: TicketForm) -> list[Row]:
    """The drafts of this form; staff who do not say yet for whom are led to their newest one."""
    person, organisation = me(), bounded_id(form.organisation.data or "")
    if person.is_staff and not organisation:
        begun = (row["form"].partition(":")[2] for row in await drafts.of_person(person))
        form.organisation.data = next(filter(str.isdigit, begun), "")
    return await drafts.of_form(person, drafts.of_new(**_query(form)))


def _query(form: TicketForm) -> dict[str, int | None]:
    """What tells one form for a new ticket from another."""
    organisation = bounded_id(form.organisation.data or "") if me().is_staff else None
    return {"organisation": organisation, "x3": bounded_id(form.x3.data or "")}


async def _told_by_x3(form: TicketForm) -> dict[str, str] | None:
    """What X3 told when it sent this person here, out of the login code's row; None without X3."""
    token = bounded_id(form.x3.data or "")
    return await x3.context_of(me(), token) if token else None


async def _module_named(name: str) -> str:
    modules = await creation.modules_of(me(), me().organisation_id) if name else []
    return next((str(row["id"]) for row in modules if fold(row["name"]) == fold(name)), "")


@blueprint.get("/tickets/similar")
async def similar() -> Response:
    """Open tickets like the subject that is being typed."""
    found = await search.similar(request.args.get("subject", "")[:200], me())
    rows = [
        {"number": row["number"], "subject": row["subject"], "url": f"/tickets/{row['number']}",
         "status_label": flow.status_label(row["status"]), "may_join": policy.may_join(me(), row)}
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
        new = await _new_ticket(form)
        number = await creation.create(me(), new)
        await _keep_changes(number, new.message)
    except Refused as refused:
        form.refuse(refused)
        return await _refused(form)
    return see_other(f"/tickets/{number}", notice="created")


async def _keep_changes(number: int, draft: Draft) -> None:
    """Words that were changed after a first sending whose answer was lost wait in the ticket's composer."""
    first = (await thread.messages(me(), number))[:1]
    if first and draft.body and first[0]["body"] != draft.body:
        await drafts.save(me(), drafts.of_ticket(number), Page(token_hash(draft.form_key)), {"body": draft.body})


async def _new_ticket(form: TicketForm) -> NewTicket:
    person = me()
    reporter = None
    if person.is_staff or (policy.may_speak_for_others(person) and form.reporter.data):
        reporter = await creation.reporter(person, bounded_id(form.reporter.data or "") or 0)
    module = bounded_id(form.module.data or "")
    if not module:
        raise Refused(module=translate("Bitte wählen Sie ein Modul."))
    await creation.check_module(person, reporter or person, module)
    told = await _told_by_x3(form)
    return NewTicket(
        category=Category(form.category.data), module_id=module, subject=form.subject.data or "",
        priority=Priority(form.priority.data), release=form.release.data, reporter=reporter,
        start=Status.USER_REVIEW if form.start.data == Status.USER_REVIEW else Status.VENDOR_REVIEW,
        message=Draft(
            form.message(), form.form_key.data or "", files=await accept_files(), shown=form.draft.data or ""
        ),
        x3_context={x3.LABELS[name]: fact for name, fact in (told or {}).items() if name in (form.keep.data or [])},
        from_x3=told is not None,
    )  # fmt: skip


async def _refused(form: TicketForm) -> Response:
    if wants_fragments():
        return await fragments("forms/_errors.html", status=form.status, form=form)
    return await _form_page(form, form.status)


async def _form_page(form: TicketForm, status: int, kept: Sequence[Row] = ()) -> Response:
    person = me()
    organisation = bounded_id(form.organisation.data or "") if person.is_staff else person.organisation_id
    modules = await creation.modules_of(person, organisation) if organisation else []
    return await page(
        "tickets/new.html", status, form=form,
        categories=[
            option | {"hint": translate(CATEGORY_HINTS[Category(option["value"])])}
            for option in ticket_view.options(flow.CATEGORY_LABELS, form.category.data or "")
        ],
        modules=[row | {"checked": str(row["id"]) == form.module.data or len(modules) == 1} for row in modules],
        priorities=ticket_view.options(flow.PRIORITY_LABELS, form.priority.data or ""),
        may_release=policy.may_release(person),
        measure=None if person.is_staff else measured(await priority.own(person), "own"),
        similar=[], **await _from_x3(form), file_names=kept[0]["typed"].get("chosen") if kept else await file_names(),
        drafts=composer.draft_lines(kept), draft_url=composer.new_url(**_query(form), place="/draft"),
        discard_url=composer.new_url(**_query(form), place="/draft/discard"),
        **await _staff_step(person, form, organisation),
    )  # fmt: skip


async def _from_x3(form: TicketForm) -> dict[str, Any]:
    told = await _told_by_x3(form)
    chips = [
        {"name": name, "label": _chip(name, fact), "kept": name in (form.keep.data or [])}
        for name, fact in (told or {}).items()
    ]
    return {"from_x3": told is not None, "x3_context": chips}


def _chip(name: str, fact: str) -> str:
    return {
        "module": translate("Modul: %(fact)s", fact=fact),
        "mask": translate("Maske: %(fact)s", fact=fact),
        "record": translate("Datensatz: %(fact)s", fact=fact),
        "version": translate("Version: %(fact)s", fact=fact),
        "error": translate("Fehlermeldung: %(fact)s", fact=fact),
    }[name]


async def _colleagues(person: Person, form: TicketForm) -> list[dict[str, Any]]:
    """For whom the person may write besides themselves."""
    if not policy.may_speak_for_others(person):
        return []
    found = [row for row in await creation.reporters(person.organisation_id) if row["id"] != person.id]
    return [row | {"checked": str(row["id"]) == form.reporter.data} for row in found]


async def _staff_step(person: Person, form: TicketForm, organisation: int | None) -> dict[str, Any]:
    if not person.is_staff:
        return {"staff_step": False, "organisation": None, "colleagues": await _colleagues(person, form)}
    customers = [row for row in await search.choices(person) if row["kind"] == "organisation"]
    chosen = next((row for row in customers if row["id"] == organisation), None)
    people = await creation.reporters(organisation) if organisation and chosen else []
    starts = (Status.VENDOR_REVIEW, Status.USER_REVIEW)
    return {
        "staff_step": True,
        "colleagues": [],
        "organisation": chosen,
        "organisations": [row | {"checked": row["id"] == organisation} for row in customers],
        "people": [row | {"checked": str(row["id"]) == form.reporter.data} for row in people],
        "starts": [{"value": s.value, "label": flow.status_label(s), "checked": s == form.start.data} for s in starts],
    }
