"""The demo instance: its people, and every story played through the real verbs at the time when it happened."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app import clock
from app.config import Settings
from app.database import atomic, rows
from app.demo import blocks, log, office, silence
from app.demo.accounts import PASSWORD
from app.demo.people import COLLEAGUES, MODULES, ORGANISATIONS, PEOPLE, REQUESTS, RULES, VENDOR, X3_KEYS
from app.demo.pictures import draw
from app.demo.stories import STORIES
from app.demo.story import File, Step, Story
from app.domain import accounts, creation, participants, tickets
from app.domain.guide import incident_text
from app.domain.models import (
    AccessRequest,
    Audience,
    Category,
    FormKey,
    Letter,
    Module,
    Organisation,
    OrganisationModule,
    Person,
    PersonModule,
    Priority,
    Status,
    X3Key,
)
from app.domain.policy import visible_tickets
from app.domain.storage import Storage, StoredFile, Upload, storage_for
from app.domain.tokens import token_hash
from app.domain.x3 import ENDING

UNREAD = 2 * office.DAY  # what happened since then is new to everybody who did not write it
AGE = timedelta(days=400)  # of the accounts
MASKS = {
    "Mitglieder": "MG0110 Anschriften", "Beiträge": "BE0300 Beitragslauf", "Seminare": "SE0200 Buchungen",
    "Finanzen": "FI0810 Bankauszüge", "Korrespondenz": "KO0310 Serienbriefe", "Dokumente": "DO0100 Archiv",
    "Prüfungen": "PR0400 Prüfungstermine", "Auswertungen": "AW0500 Berichte",
}  # fmt: skip


@dataclass
class Stage:
    """Who and what the stories need while they are played."""

    storage: Storage
    people: dict[str, Person]
    modules: dict[str, int]
    numbers: dict[str, int] = field(default_factory=dict)  # a story's subject → its ticket


@dataclass(frozen=True, order=True)
class Cue:
    """One step of a story, at its place in office time."""

    position: int
    story: int
    step: int


async def seed(settings: Settings) -> None:
    """Fill the open, empty database; apart from the date the outcome is always the same."""
    anchor = clock.now().replace(minute=0, second=0, microsecond=0)
    with clock.at(anchor - AGE):
        people, modules = await _settle(settings.vendor)
        await blocks.write(people["staff"])
        await silence.set_up(people, office.position(anchor))
    stage = Stage(storage_for(settings), people, modules)
    now = office.position(anchor)
    cues = sorted(cue for index, story in enumerate(STORIES) for cue in _cues(index, story, now))
    unread = False
    for cue in cues:
        if cue.position > now - UNREAD and not unread:
            unread = True
            await _read_everything(people)
        with clock.at(office.moment(cue.position)):
            await _play(stage, cue)
    await _ask_for_access(now)
    for order, person in enumerate(people.values()):
        await Person.filter(id=person.id).update(signed_in_at=office.moment(now - 5 - 40 * order))
    await silence.remind(now)
    await log.write(people, now)
    # The past is not mailed, and its forms are not sent again.
    await Letter.all().delete()
    await FormKey.all().delete()


def _cues(index: int, story: Story, now: int) -> list[Cue]:
    """A story's steps in office time, all of them before `now`; stories of one day do not start at one time."""
    position = now - office.minutes(timedelta(days=story.days_ago)) - 1 - index * 37 % 110
    cues = []
    for number, step in enumerate(story.steps):
        position += max(1, office.minutes(timedelta(hours=step.hours))) if number else 0
        cues.append(Cue(position, index, number))
    return cues


# --- people ---


async def _settle(vendor: str) -> tuple[dict[str, Person], dict[str, int]]:
    stored = await accounts.hash_password(PASSWORD)
    async with atomic():
        names = {**ORGANISATIONS, VENDOR: vendor}
        organisations = {org: await Organisation.create(name=n, is_vendor=org == VENDOR) for org, n in names.items()}
        people = {}
        for somebody in PEOPLE:
            edv = somebody.role == "edv"
            people[somebody.user_name] = await Person.create(
                organisation=organisations[somebody.org], user_name=somebody.user_name, email=somebody.email,
                first_name=somebody.first_name, last_name=somebody.last_name, role=somebody.role,
                sees_organisation=edv, may_hand_over=edv, password_hash=stored if somebody.signs_in else None,
            )  # fmt: skip
        await Organisation.filter(is_vendor=True).update(responsible_id=people["staff"].id)
        modules = await _share_modules(organisations, people)
        for org, key in X3_KEYS.items():
            await X3Key.create(
                organisation=organisations[org], name="Demo", key_hash=token_hash(key), ending=key[-ENDING:],
                created_by=people["admin"],
            )  # fmt: skip
    return people, modules


async def _share_modules(organisations: dict[str, Organisation], people: dict[str, Person]) -> dict[str, int]:
    modules = [
        await Module.create(name=name, position=position, responsible=people[who])
        for position, (name, who) in enumerate(MODULES.items(), 1)
    ]
    for org in ORGANISATIONS:
        for module in modules:
            rule = RULES.get((org, module.name))
            await OrganisationModule.create(
                organisation=organisations[org], module=module, responsible=people[rule] if rule else None
            )
    await PersonModule.bulk_create([PersonModule(person=p, module=m) for p in people.values() for m in modules])
    return {module.name: module.id for module in modules}


async def _ask_for_access(now: int) -> None:
    organisations = {o.name: o for o in await Organisation.all()}
    for org, user_name, first_name, last_name, email, phone, modules, days in REQUESTS:
        await AccessRequest.create(
            organisation=organisations[ORGANISATIONS[org]], user_name=user_name, first_name=first_name,
            last_name=last_name, email=email, phone=phone, modules=list(modules),
            created_at=office.moment(now - office.minutes(timedelta(days=days)) - 1),
        )  # fmt: skip


async def _read_everything(people: dict[str, Person]) -> None:
    async with atomic():
        for person in people.values():
            visible = visible_tickets(person)
            found = await rows(f"SELECT t.number FROM ticket t WHERE {visible.sql}", *visible.values)  # noqa: S608
            for row in found:
                await tickets.mark_read(person, row["number"])


# --- stories ---


async def _play(stage: Stage, cue: Cue) -> None:
    story = STORIES[cue.story]
    step = story.steps[cue.step]
    files = await _files(stage.storage, step.files)
    key = hashlib.sha256(f"{story.subject} {cue.step}".encode()).hexdigest()
    body = incident_text(story.answers) if story.answers and cue.step == 0 else step.text
    draft = tickets.Draft(body, key, Audience(step.audience), files)
    if cue.step == 0:
        number = await creation.create(stage.people[step.who], _new_ticket(stage, cue.story, draft))
        stage.numbers[story.subject] = number
        if cue.story % 5 == 2:
            await _invite_colleague(stage, story, number)
    else:
        await _act(stage.people[step.who], stage.numbers[story.subject], step, draft)


def _new_ticket(stage: Stage, index: int, draft: tickets.Draft) -> creation.NewTicket:
    story = STORIES[index]
    by_staff = story.opened_by == "staff"
    from_x3 = story.category == "incident" and not by_staff and index % 2 == 0
    return creation.NewTicket(
        category=Category(story.category),
        module_id=stage.modules[story.module],
        subject=story.subject,
        priority=Priority(story.priority),
        message=draft,
        release=story.release and not by_staff,
        reporter=stage.people[story.reporter] if by_staff else None,
        start=Status.VENDOR_REVIEW if story.release else Status.USER_REVIEW,
        x3_context={"Maske": MASKS[story.module], "Version": "2026.3"} if from_x3 else {},
    )


async def _act(actor: Person, number: int, step: Step, draft: tickets.Draft) -> None:
    ticket = await tickets.find(actor, number)
    # Whoever of the staff answers first takes some of the tickets over.
    if actor.is_staff and ticket["responsible_id"] != actor.id and number % 3 == 0:
        await tickets.assign(actor, ticket, actor.id, ticket["version"])
        ticket = await tickets.find(actor, number)
    if draft.body or draft.files:
        await tickets.reply(actor, ticket, draft, step.move or "", ticket["version"])
    else:
        await tickets.move(actor, ticket, step.move or "", ticket["version"])


async def _invite_colleague(stage: Stage, story: Story, number: int) -> None:
    colleagues = COLLEAGUES[story.org]
    colleague = stage.people[colleagues[number % len(colleagues)].user_name]
    reporter = await Person.get(reported__number=number)
    async with atomic():
        await participants.take_part(colleague, {"number": number, "reporter_id": reporter.id})


async def _files(storage: Storage, files: Sequence[File]) -> list[StoredFile]:
    return await storage.accept([Upload(name, io.BytesIO(draw(name, kind, words))) for name, kind, words in files])
