"""What a demo ticket is made of: plain data, so that the texts can be read and changed without the app."""

from dataclasses import dataclass, field

File = tuple[str, str, str]  # name, kind ("png", "jpg" or "pdf"), the words drawn into it


@dataclass(frozen=True)
class Step:
    """One thing somebody does: a message, a move, or a message that carries a move."""

    who: str
    text: str
    move: str | None = None
    audience: str = "everyone"
    hours: float = 0  # after the step before
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Story:
    """One ticket of the demo instance from its first message to its last step."""

    org: str
    reporter: str
    category: str
    module: str
    subject: str
    priority: str
    days_ago: int
    steps: tuple[Step, ...] = field(repr=False)
    release: bool = False  # starts at the vendor; what staff open without it starts with the reporter
    opened_by: str = "reporter"
    # For an incident instead of the first text: affected, record, symptom, trigger, impact.
    answers: tuple[str, ...] = field(default=(), repr=False)
