"""The tickets of a measuring database, as rows: from their first message to where they stand today."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from app.demo.bulk_world import Human, Member, Rows, World
from app.demo.corpus import Corpus
from app.domain.flow import status_label, urgency
from app.domain.models import Status
from app.text import fold

FIRST = 1001
WORDS = 60
# How many messages: Zipf over 1 to 20, about four on average with the few long ones.
LENGTHS = range(1, 21)
LENGTH_WEIGHTS = list(accumulate(1 / length**1.36 for length in LENGTHS))
LONG, LONG_EVERY = 150, 2000
MEAN_DAYS = 6.0

TABLES = {
    "ticket": (
        "number, subject, category, priority, status, module_id, organisation_id, reporter_id, responsible_id, "
        "escalated_by_id, escalated_at, escalation_reason, handed_over_at, deleted_at, waiting_since, created_at, "
        "updated_at, closed_at, version, urgency"
    ),
    "message": "ticket_id, author_id, audience, body, created_at",
    "ticket_event": "ticket_id, actor_id, kind, before, after, created_at",
    "participant": "ticket_id, person_id",
}


@dataclass
class Chunk:
    """Rows by table, and the search documents: number, words for everyone, the organisation, the vendor."""

    tables: dict[str, Rows] = field(default_factory=lambda: {table: [] for table in TABLES})
    documents: Rows = field(default_factory=list)


@dataclass
class Life:
    """What became of one ticket."""

    number: int
    member: Member
    reporter: Human
    edv: Human
    staff: Human
    module: int
    status: Status
    times: list[datetime]
    handed_over_at: datetime | None
    deleted: bool
    escalated: bool


class Writer:
    """Draws one ticket after the other, oldest first."""

    def __init__(
        self, world: World, corpus: Corpus, random: Random, tickets: int, start: datetime, end: datetime
    ) -> None:
        self.world, self.corpus, self.random = world, corpus, random
        self.tickets, self.start, self.end = tickets, start, end

    def chunks(self, size: int) -> Iterator[Chunk]:
        """All tickets, so many at a time."""
        for first in range(0, self.tickets, size):
            chunk = Chunk()
            for index in range(first, min(first + size, self.tickets)):
                self._write(chunk, self._live(index))
            yield chunk

    def _live(self, index: int) -> Life:
        random, world = self.random, self.world
        [member] = random.choices(world.members, cum_weights=world.weights)
        [module] = random.choices(member.modules, cum_weights=world.module_weights[member.id])
        recent = index > self.tickets * 0.8
        is_open = random.random() < (0.3 if recent else 0.025)
        times = self._times(index)
        handed_over = random.random() < 0.7
        status = Status.CLOSED
        if is_open:
            status = random.choice(
                (Status.VENDOR_REVIEW, Status.VENDOR_REVIEW, Status.USER_REVIEW) if handed_over
                else (Status.IT_REVIEW, Status.IT_REVIEW, Status.USER_REVIEW)
            )  # fmt: skip
        return Life(
            number=FIRST + index, member=member, reporter=random.choice(member.users), edv=random.choice(member.edv),
            staff=world.staff[module % len(world.staff)], module=module, status=status, times=times,
            handed_over_at=times[min(1, len(times) - 1)] if handed_over else None,
            deleted=not is_open and random.random() < 0.01, escalated=is_open and random.random() < 0.06,
        )  # fmt: skip

    def _times(self, index: int) -> list[datetime]:
        """When the messages were written; all between the ticket's creation and the end."""
        random = self.random
        created = self.start + (self.end - self.start) * ((index + random.random()) / self.tickets)
        [length] = random.choices(LENGTHS, cum_weights=LENGTH_WEIGHTS)
        if index % LONG_EVERY == LONG_EVERY // 2:
            length = LONG
        lasts = min(timedelta(days=random.expovariate(1 / MEAN_DAYS)), self.end - created)
        return [created, *sorted(created + lasts * random.random() for _ in range(length - 1))]

    def _write(self, chunk: Chunk, life: Life) -> None:
        random, last = self.random, life.times[-1]
        closed = life.status == Status.CLOSED
        subject = self.corpus.subject()
        [category] = random.choices(("request", "incident", "task"), (45, 40, 15))
        priority = "high" if random.random() < 0.12 else "normal"
        chunk.tables["ticket"].append((
            life.number, subject, category, priority, life.status.value,
            life.module, life.member.id, life.reporter.id, life.staff.id,
            life.edv.id if life.escalated else None, last if life.escalated else None,
            "Wir kommen ohne Ihre Hilfe nicht weiter." if life.escalated else None,
            life.handed_over_at, last if life.deleted else None, last, life.times[0], last, last if closed else None,
            1 + len(life.times) // 2, urgency(life.escalated, priority),
        ))  # fmt: skip
        self._write_events(chunk, life)
        words = self._write_messages(chunk, life)
        facts = fold(
            f"{life.number} {subject} {self.world.modules[life.module]} {life.reporter.name} {life.member.name}"
        )
        words["everyone"].insert(0, facts)
        chunk.documents.append((life.number, *(" ".join(filter(None, part)) for part in words.values())))

    def _write_messages(self, chunk: Chunk, life: Life) -> dict[str, list[str]]:
        words: dict[str, list[str]] = {"everyone": [], "organisation": [], "vendor": []}
        others = set()
        for index, at in enumerate(life.times):
            author = self._author(index, life)
            own = "vendor" if author is life.staff else "organisation"
            audience = own if index > 1 and self.random.random() < 0.06 else "everyone"
            body = self.corpus.message(self.random.randint(WORDS // 3, WORDS * 5 // 3))
            chunk.tables["message"].append((life.number, author.id, audience, body, at))
            words[audience].append(fold(f"{author.name} {body}"))
            others.add(author.id)
        chunk.tables["participant"] += [(life.number, id) for id in sorted(others - {life.reporter.id})]
        return words

    def _author(self, index: int, life: Life) -> Human:
        if index % 2 == 0:
            return life.reporter
        return life.staff if life.handed_over_at and index > 1 else life.edv

    def _write_events(self, chunk: Chunk, life: Life) -> None:
        last, closed = life.times[-1], life.status == Status.CLOSED
        who = life.staff if life.handed_over_at else life.edv
        happened: list[tuple[bool, Human, str, Status, Status, datetime]] = [
            (True, life.reporter, "created", Status.IT_REVIEW, Status.IT_REVIEW, life.times[0]),
            (bool(life.handed_over_at), life.edv, "handover", Status.IT_REVIEW, Status.VENDOR_REVIEW,
             life.handed_over_at or last),
            (life.status == Status.USER_REVIEW, who, "to_user", Status.VENDOR_REVIEW, Status.USER_REVIEW, last),
            (life.escalated, life.edv, "escalate", life.status, life.status, last),
            (closed and not life.deleted, who, "close", Status.VENDOR_REVIEW, Status.CLOSED, last),
            (life.deleted, life.reporter, "delete", Status.IT_REVIEW, Status.CLOSED, last),
        ]  # fmt: skip
        for true, actor, kind, before, after, at in happened:
            if true:
                labels = ("", "") if kind == "created" else (status_label(before), status_label(after))
                chunk.tables["ticket_event"].append((life.number, actor.id, kind, *labels, at))
