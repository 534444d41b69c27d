"""The demo's tickets: every step is one the table of moves allows, and there is enough of everything."""

import re
from collections import Counter
from collections.abc import Iterable

import pytest

from app.demo.stories import STORIES, Step, Story

pytestmark = pytest.mark.no_database

IT, USER, VENDOR, CLOSED = "it_review", "user_review", "vendor_review", "closed"
STAFF = {"staff", "admin"}
CAST = {"nord": {"user-nord", "user2-nord", "edv-nord"}, "sued": {"user-sued", "edv-sued"}}
MODULES = {
    *("Mitglieder", "Beiträge", "Seminare", "Finanzen"),
    *("Korrespondenz", "Dokumente", "Prüfungen", "Auswertungen"),
}
OPEN = {IT, USER, VENDOR}
# move → statuses it starts from, status it leads to (None: unchanged), who may (any of these)
MOVES: dict[str, tuple[set[str], str | None, set[str]]] = {
    "handover": ({IT, USER}, VENDOR, {"edv", "answering"}),
    "to_it": ({USER, VENDOR}, IT, {"reporter", "staff"}),
    "to_user": ({IT, VENDOR}, USER, {"edv", "staff"}),
    "escalate": (OPEN, None, {"reporter", "edv"}),
    "calm": (OPEN, None, {"staff"}),
    "close": (OPEN, CLOSED, {"reporter", "edv", "staff"}),
    "reopen": ({CLOSED}, None, {"reporter", "edv", "staff"}),
    "delete": ({*OPEN, CLOSED}, CLOSED, {"reporter", "edv", "staff"}),
    "restore": ({CLOSED}, CLOSED, {"edv", "staff"}),
}


class Play:
    """One story on its way through the table."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.by_staff = story.opened_by == "staff"
        self.handed_over = story.release
        self.status = VENDOR if story.release else USER if self.by_staff else IT
        self.deleted = self.escalated = False

    def roles(self, who: str) -> set[str]:
        if who in STAFF:
            return {"staff"}
        roles = {"edv"} if who == f"edv-{self.story.org}" else set()
        if who == self.story.reporter:
            roles |= {"reporter", "answering"} if self.handed_over else {"reporter"}
        return roles

    def take(self, step: Step) -> None:
        assert self.roles(step.who), f"{step.who} has no part in this ticket"
        seen = self.handed_over or self.by_staff
        assert seen or step.who not in STAFF, "staff cannot see it yet"
        if step.move is None:
            assert step.text, "neither a message nor a move"
            assert self.status != CLOSED, "a message on a closed ticket opens it again: say reopen"
        else:
            assert step.audience == "everyone", "a move is told to everybody"
            self.move(step)

    def move(self, step: Step) -> None:
        sources, target, rights = MOVES[step.move or ""]
        assert self.status in sources, f"{step.move} does not start from {self.status}"
        assert rights & self.roles(step.who), f"{step.who} has no right to {step.move}"
        assert step.text or step.move not in {"to_user", "escalate", "calm"}, f"{step.move} needs a message"
        assert not step.text or step.move not in {"delete", "restore"}, f"{step.move} has no message"
        assert self.deleted == (step.move == "restore"), "deleted: restore, and only then"
        assert self.escalated or step.move != "calm"
        assert not self.escalated or step.move != "escalate"
        self.status = target or self.status
        if step.move == "reopen":
            self.status = VENDOR if self.handed_over else IT
        self.handed_over |= self.status == VENDOR
        self.deleted = step.move == "delete"
        self.escalated = step.move == "escalate" or (self.escalated and step.move != "calm")


def final_state(story: Story) -> tuple[str, bool, bool]:
    """Status, deleted, escalated after the last step; fails at the first step the table does not allow."""
    play = Play(story)
    for step in story.steps[1:]:
        play.take(step)
    return play.status, play.deleted, play.escalated


def texts(story: Story) -> Iterable[str]:
    yield from story.answers
    yield from (step.text for step in story.steps)


each = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.subject)


@each
def test_every_step_is_legal(story: Story) -> None:
    final_state(story)


@each
def test_opens_well(story: Story) -> None:
    first = story.steps[0]
    assert story.reporter in CAST[story.org]
    assert story.opened_by in {"reporter", "staff"}
    assert first.who == ("staff" if story.opened_by == "staff" else story.reporter)
    assert (first.move, first.audience, first.hours) == (None, "everyone", 0)
    assert not story.release or story.opened_by == "staff" or story.reporter.startswith("edv-")
    incident = story.category == "incident"
    assert len(story.answers) == (5 if incident else 0)
    assert bool(first.text) != incident
    assert all(story.answers)
    assert len(story.subject) <= 200


@each
def test_notes_stay_on_the_side_of_their_author(story: Story) -> None:
    for step in story.steps:
        assert step.audience in {"everyone", "vendor" if step.who in STAFF else "organisation"}


@each
def test_time_runs_forward_and_ends_in_the_past(story: Story) -> None:
    later = [step.hours for step in story.steps[1:]]
    assert all(hours > 0 for hours in later)
    assert not later or sum(later) < story.days_ago * 24 - 1
    assert 0 <= story.days_ago <= 119


@each
def test_files_can_be_made(story: Story) -> None:
    for step in story.steps:
        assert len(step.files) <= 4
        for name, kind, caption in step.files:
            assert kind in {"png", "jpg", "pdf"}
            assert name.endswith(f".{kind}")
            assert caption


def test_enough_of_everything() -> None:
    assert len(STORIES) >= 88
    assert len({story.subject for story in STORIES}) == len(STORIES)
    assert Counter(story.module for story in STORIES).keys() == MODULES
    assert min(Counter(story.module for story in STORIES).values()) >= 11
    categories = Counter(story.category for story in STORIES)
    assert categories.keys() == {"request", "incident", "task"}
    assert min(categories.values()) >= 14
    priorities = Counter(story.priority for story in STORIES)
    assert priorities.keys() == {"normal", "high"}
    assert 5 <= len(STORIES) / priorities["high"] <= 7
    assert Counter(story.org for story in STORIES)["sued"] >= 30
    assert {story.reporter for story in STORIES} == CAST["nord"] | CAST["sued"]
    assert any(story.opened_by == "staff" for story in STORIES)


def test_spread_over_the_statuses() -> None:
    final = [final_state(story) for story in STORIES]
    status = Counter(status for status, deleted, _ in final if not deleted)
    assert status.keys() == {IT, USER, VENDOR, CLOSED}
    assert min(status[where] for where in OPEN) >= 12
    assert 32 <= status[CLOSED] <= 40
    assert sum(deleted for _, deleted, _ in final) == 3
    assert sum(escalated for status, _, escalated in final if status != CLOSED) >= 3


def test_spread_over_the_days() -> None:
    days = [story.days_ago for story in STORIES]
    assert max(days) >= 117
    assert min(days) == 0
    assert sum(day <= 2 for day in days) >= 5
    assert all(any(start <= day < start + 15 for day in days) for start in range(0, 120, 15))


def test_moves_notes_and_files_are_all_shown() -> None:
    steps = [step for story in STORIES for step in story.steps]
    assert {step.move for step in steps} == {None, *MOVES}
    assert sum(step.move == "escalate" for step in steps) >= 8
    assert sum(step.move == "calm" for step in steps) >= 3
    notes = Counter(step.audience for step in steps)
    assert notes["organisation"] >= 8
    assert notes["vendor"] >= 8
    names = [name for step in steps for name, _, _ in step.files]
    assert len(names) >= 30
    assert len(set(names)) == len(names)


def test_no_sentence_is_said_twice() -> None:
    sentences = Counter(
        sentence.strip()
        for story in STORIES
        for text in texts(story)
        for sentence in re.split(r"(?<=[.!?])\s+", text)
        if len(sentence.split()) >= 4
    )
    assert [sentence for sentence, times in sentences.items() if times > 1] == []


def test_only_example_addresses() -> None:
    words = " ".join(text for story in STORIES for text in texts(story))
    hosts = re.findall(r"(?:@|www\.|https?://)([\w.-]*\w\.\w+)", words)
    assert all(host.endswith(".example") for host in hosts)
    assert re.search(r"lorem|\bdu\b|\bdein", words, re.IGNORECASE) is None
