"""Every table of the portal on one page: columns and questions about the own row, no verbs."""

from enum import StrEnum

import tortoise.models
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app import clock

# It would read and parse this whole file anew for every model, in search of comments that begin with `#:` and are none
# here: a quarter of the time that the portal takes to start.
tortoise.models._get_comments = lambda cls: {}


class Role(StrEnum):
    """What a person is: a customer's User or EDV, or the vendor's staff or admin."""

    USER = "user"
    EDV = "edv"
    STAFF = "staff"
    ADMIN = "admin"


class Status(StrEnum):
    """Who has to act on a ticket."""

    IT_REVIEW = "it_review"
    USER_REVIEW = "user_review"
    VENDOR_REVIEW = "vendor_review"
    CLOSED = "closed"


class Category(StrEnum):
    """What a ticket is about."""

    REQUEST = "request"
    INCIDENT = "incident"
    TASK = "task"


class Priority(StrEnum):
    """How urgent the reporter says it is."""

    NORMAL = "normal"
    HIGH = "high"


class Audience(StrEnum):
    """Who may read a message: all three parties, the customer's organisation only, or the vendor only."""

    EVERYONE = "everyone"
    ORGANISATION = "organisation"
    VENDOR = "vendor"


class Appearance(StrEnum):
    """Which of the two themes a person sees."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class RequestState(StrEnum):
    """What became of an access request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


class LetterState(StrEnum):
    """Where a letter is on its way; a dropped one is no longer for anybody."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class Purpose(StrEnum):
    """What a one-time token opens."""

    PASSWORD_RESET = "password_reset"  # noqa: S105
    INVITATION = "invitation"
    SECOND_FACTOR = "second_factor"
    X3_LOGIN = "x3_login"
    RATING = "rating"
    REOPEN = "reopen"


class Organisation(Model):
    """A customer, or the vendor itself."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=120)
    is_vendor = fields.BooleanField(default=False)
    responsible: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "domain.Person", related_name="organisations_cared_for", null=True, on_delete=fields.SET_NULL
    )
    closed_months = fields.IntField(null=True)  # how long closed tickets are kept; nothing for always
    deleted_months = fields.IntField(null=True)  # and deleted ones
    state = fields.CharField(max_length=2, default="", db_default="")  # workdays.STATES; "" for no state's holidays
    work_starts = fields.IntField(default=480, db_default=480)  # when they work, in minutes after midnight
    work_ends = fields.IntField(default=1020, db_default=1020)
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "organisation"
        constraints = [UniqueConstraint(fields=("name",), name="organisation_name")]


class OrganisationRules(Model):
    """What the portal does by itself for an organisation, counted in its working days. Nothing means never."""

    id = fields.IntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "domain.Organisation", related_name="deadlines"
    )
    organisation_id: int
    remind_days = fields.IntField(null=True)  # without an answer of the User, until a reminder
    announce_days = fields.IntField(null=True)  # from there until their ticket's closing is announced
    close_days = fields.IntField(null=True)  # and from there until it is closed
    review_days = fields.IntField(null=True)  # without a decision of the EDV, until a reminder, and until the next
    asks_satisfaction = fields.BooleanField(default=False, db_default=False)

    class Meta:
        table = "organisation_rules"
        constraints = [UniqueConstraint(fields=("organisation",), name="organisation_rules_once")]


class Module(Model):
    """A part of the vendor's product."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=60)
    position = fields.IntField(default=0)
    responsible: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "domain.Person", related_name="modules_cared_for", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "module"
        constraints = [UniqueConstraint(fields=("name",), name="module_name")]


class OrganisationModule(Model):
    """A module that an organisation has, and who looks after it there."""

    id = fields.IntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField("domain.Organisation")
    module: fields.ForeignKeyRelation[Module] = fields.ForeignKeyField("domain.Module")
    responsible: fields.ForeignKeyNullableRelation["Person"] = fields.ForeignKeyField(
        "domain.Person", related_name="rules", null=True, on_delete=fields.SET_NULL
    )

    class Meta:
        table = "organisation_module"
        constraints = [UniqueConstraint(fields=("organisation", "module"), name="organisation_module_once")]


class Person(Model):
    """Somebody who may sign in. `user_name` and `email` are kept in lower case, so they are unique in any case."""

    id = fields.IntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField("domain.Organisation")
    organisation_id: int
    user_name = fields.CharField(max_length=60)
    email = fields.CharField(max_length=254)
    first_name = fields.CharField(max_length=60)
    last_name = fields.CharField(max_length=60)
    role = fields.CharEnumField(Role, max_length=20)
    sees_organisation = fields.BooleanField(default=False)
    may_hand_over = fields.BooleanField(default=False)
    active = fields.BooleanField(default=True)
    password_hash = fields.CharField(max_length=200, null=True)
    appearance = fields.CharEnumField(Appearance, max_length=20, default=Appearance.SYSTEM)
    default_filter = fields.CharField(max_length=500, default="")
    language = fields.CharField(max_length=5, default="", db_default="")  # "" as the browser asks
    browser_language = fields.CharField(max_length=5, default="de", db_default="de")  # what it asked for at the sign-in
    muted = fields.CharField(max_length=300, default="", db_default="")  # letters not wanted, with blanks between
    digest = fields.BooleanField(default=False, db_default=False)
    shortcuts = fields.BooleanField(default=True, db_default=True)  # whether single keys do something
    list_columns = fields.CharField(max_length=200, default="", db_default="")  # "" as usual; with blanks between
    totp_secret = fields.CharField(max_length=64, null=True)
    totp_step = fields.IntField(null=True)  # the last half minute whose code was used
    signed_in_at = fields.DatetimeField(null=True)
    pseudonymised_at = fields.DatetimeField(null=True)  # since then the names above are a pseudonym
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "person"
        constraints = [
            UniqueConstraint(fields=("user_name",), name="person_user_name"),
            UniqueConstraint(fields=("email",), name="person_email"),
        ]
        indexes = [
            Index(fields=("organisation_id", "last_name"), name="person_by_organisation"),
            Index(fields=("role", "last_name"), name="person_by_role"),
        ]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        """At most two letters for the round mark."""
        return (self.first_name[:1] + self.last_name[:1]).upper()

    @property
    def is_staff(self) -> bool:
        """Whether they work for the vendor."""
        return self.role in (Role.STAFF, Role.ADMIN)

    @property
    def side(self) -> str:
        """`vendor` or `customer`."""
        return "vendor" if self.is_staff else "customer"


class PersonModule(Model):
    """A module that a person may use."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person")
    module: fields.ForeignKeyRelation[Module] = fields.ForeignKeyField("domain.Module")

    class Meta:
        table = "person_module"
        constraints = [UniqueConstraint(fields=("person", "module"), name="person_module_once")]


class Absence(Model):
    """When somebody is away, from one midnight in Berlin to another, and who stands in for them."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="absences")
    deputy: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="deputises", null=True, on_delete=fields.SET_NULL
    )
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "absence"
        indexes = [
            Index(fields=("person_id", "ends_at"), name="absence_by_person"),
            Index(fields=("deputy_id",), name="absence_by_deputy"),
        ]


class AssignmentRule(Model):
    """Who gets new tickets of an organisation, a module, a category, each of which may be left open."""

    id = fields.IntField(primary_key=True)
    organisation: fields.ForeignKeyNullableRelation[Organisation] = fields.ForeignKeyField(
        "domain.Organisation", related_name="assignment_rules", null=True, on_delete=fields.CASCADE
    )
    module: fields.ForeignKeyNullableRelation[Module] = fields.ForeignKeyField(
        "domain.Module", related_name="assignment_rules", null=True, on_delete=fields.CASCADE
    )
    category = fields.CharEnumField(Category, max_length=20, null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "assignment_rule"
        indexes = [
            Index(fields=("organisation_id",), name="assignment_rule_by_organisation"),
            Index(fields=("module_id",), name="assignment_rule_by_module"),
        ]


class AssignmentRulePerson(Model):
    """One of the staff members among whom a rule chooses."""

    id = fields.IntField(primary_key=True)
    rule: fields.ForeignKeyRelation[AssignmentRule] = fields.ForeignKeyField(
        "domain.AssignmentRule", related_name="people"
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="assignment_rules"
    )

    class Meta:
        table = "assignment_rule_person"
        constraints = [UniqueConstraint(fields=("rule", "person"), name="assignment_rule_person_once")]
        indexes = [Index(fields=("person_id",), name="assignment_rule_person_by_person")]


class SavedFilter(Model):
    """A filter of the ticket list that a person has named.

    Their default is the one that says what `Person.default_filter` says.
    """

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="saved_filters")
    name = fields.CharField(max_length=60)
    query = fields.CharField(max_length=500)
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "saved_filter"
        constraints = [UniqueConstraint(fields=("person", "name"), name="saved_filter_name")]


class Session(Model):
    """A signed-in browser, known by the hash of its cookie."""

    id = fields.IntField(primary_key=True)
    token_hash = fields.CharField(max_length=64)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="sessions")
    person_id: int
    browser = fields.CharField(max_length=200, default="")
    address = fields.CharField(max_length=45, default="")
    created_at = fields.DatetimeField(default=clock.now)
    seen_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "session"
        constraints = [UniqueConstraint(fields=("token_hash",), name="session_token")]
        indexes = [Index(fields=("person_id",), name="session_by_person")]


ASKED = ("number", "deleted_at", "handed_over_at", "module_id", "category", "priority", "reporter_id")


class Ticket(Model):
    """One matter that three parties work on. Its number is its key: it counts up from 1001, never reused."""

    number = fields.IntField(primary_key=True)
    subject = fields.CharField(max_length=200)
    category = fields.CharEnumField(Category, max_length=20)
    priority = fields.CharEnumField(Priority, max_length=20, default=Priority.NORMAL)
    status = fields.CharEnumField(Status, max_length=20)
    module: fields.ForeignKeyRelation[Module] = fields.ForeignKeyField("domain.Module")
    module_id: int
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField("domain.Organisation")
    organisation_id: int
    reporter: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="reported")
    reporter_id: int
    responsible: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="cared_for", null=True, on_delete=fields.SET_NULL
    )
    responsible_id: int | None
    escalated_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="escalated", null=True, on_delete=fields.SET_NULL
    )
    escalated_at = fields.DatetimeField(null=True)
    escalation_reason = fields.TextField(null=True)
    handed_over_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    waiting_since = fields.DatetimeField(default=clock.now)
    created_at = fields.DatetimeField(default=clock.now)
    updated_at = fields.DatetimeField(default=clock.now)
    closed_at = fields.DatetimeField(null=True)
    x3_context = fields.JSONField[dict[str, str]](null=True)
    urgency = fields.IntField(default=2, db_default=2)  # flow.urgency(), kept so that the queue has an index
    merged_into: fields.ForeignKeyNullableRelation["Ticket"] = fields.ForeignKeyField(
        "domain.Ticket", related_name="merged", null=True, on_delete=fields.SET_NULL
    )  # a duplicate, closed: everything of it stands in that one
    merged_into_id: int | None
    version = fields.IntField(default=1)

    class Meta:
        table = "ticket"
        indexes = [
            # An order within a status, alone and there: within an organisation. What a count asks stands behind it.
            Index(fields=("status", "updated_at", *ASKED), name="ticket_by_status"),
            Index(fields=("organisation_id", "status", "updated_at", *ASKED), name="ticket_by_organisation"),
            Index(fields=("status", "waiting_since", "number"), name="ticket_by_waiting"),
            Index(fields=("organisation_id", "status", "waiting_since", "number"), name="ticket_by_waiting_there"),
            Index(fields=("status", "priority", "waiting_since", "number"), name="ticket_by_priority"),
            Index(
                fields=("organisation_id", "status", "priority", "waiting_since", "number"),
                name="ticket_by_priority_there",
            ),
            Index(fields=("status", "number"), name="ticket_by_number"),
            Index(fields=("organisation_id", "status", "number"), name="ticket_by_number_there"),
            Index(fields=("module_id", "status"), name="ticket_by_module"),
            Index(fields=("reporter_id", "status"), name="ticket_by_reporter"),
            Index(fields=("updated_at",), name="ticket_by_updated"),
            Index(fields=("created_at",), name="ticket_by_created"),
            Index(fields=("closed_at",), name="ticket_by_closed"),
            Index(fields=("status", "urgency", "waiting_since"), name="ticket_by_urgency"),
            Index(fields=("merged_into_id",), name="ticket_by_merged_into"),
            Index(fields=("responsible_id", "status"), name="ticket_by_responsible"),
        ]


class WorkingCalendar(Model):
    """When an organisation works, or has worked: what `workdays.Calendar` is made of."""

    id = fields.IntField(primary_key=True)
    state = fields.CharField(max_length=2)
    starts = fields.IntField()
    ends = fields.IntField()

    class Meta:
        table = "working_calendar"
        constraints = [UniqueConstraint(fields=("state", "starts", "ends"), name="working_calendar_once")]


class Turn(Model):
    """How long a side (`user`, `edv`, `vendor`) had to act on a ticket, without an end for the one that has to now.

    The readings are those of the calendar's working clock at both ends, in seconds. The first turn of each side also
    says when that side first answered, and after how many working seconds.
    """

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="turns")
    calendar: fields.ForeignKeyRelation[WorkingCalendar] = fields.ForeignKeyField(
        "domain.WorkingCalendar", related_name="turns"
    )
    side = fields.CharField(max_length=10)
    is_first = fields.BooleanField()
    from_at = fields.DatetimeField()
    until_at = fields.DatetimeField(null=True)
    from_reading = fields.IntField()
    until_reading = fields.IntField(null=True)
    answered_at = fields.DatetimeField(null=True)
    answer_seconds = fields.IntField(null=True)

    class Meta:
        table = "turn"
        indexes = [
            Index(fields=("ticket_id", "id"), name="turn_by_ticket"),
            Index(fields=("until_at",), name="turn_by_end"),
            Index(fields=("is_first", "side", "from_at"), name="turn_by_first"),
            Index(fields=("calendar_id",), name="turn_by_calendar"),
        ]


class Participant(Model):
    """Somebody besides the reporter who takes part in a ticket."""

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="participants")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="takes_part")

    class Meta:
        table = "participant"
        constraints = [UniqueConstraint(fields=("ticket", "person"), name="participant_once")]
        indexes = [Index(fields=("person_id", "ticket_id"), name="participant_by_person")]


class Message(Model):
    """One message of a ticket's correspondence. `audience` has no default on purpose."""

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="messages")
    ticket_id: int
    author: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="messages")
    author_id: int
    audience = fields.CharEnumField(Audience, max_length=20)
    body = fields.TextField()
    origin = fields.IntField(null=True)  # the number of the merged ticket that it was written in
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "message"
        indexes = [Index(fields=("ticket_id", "audience", "id"), name="message_by_ticket")]


class Attachment(Model):
    """A file of a message. Its bytes lie in the storage under `sha256`."""

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="attachments")
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField("domain.Message", related_name="attachments")
    message_id: int
    name = fields.CharField(max_length=200)
    content_type = fields.CharField(max_length=40)
    size = fields.IntField()
    sha256 = fields.CharField(max_length=64)
    width = fields.IntField(null=True)
    height = fields.IntField(null=True)
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "attachment"
        indexes = [
            Index(fields=("ticket_id", "message_id"), name="attachment_by_ticket"),
            Index(fields=("sha256",), name="attachment_by_content"),
            Index(fields=("message_id",), name="attachment_by_message"),
        ]


class TicketEvent(Model):
    """One line of a ticket's journal."""

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="events")
    actor: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="ticket_events", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=40)
    before = fields.CharField(max_length=200, default="")
    after = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "ticket_event"
        indexes = [
            Index(fields=("ticket_id", "id"), name="ticket_event_by_ticket"),
            Index(fields=("kind", "created_at"), name="ticket_event_by_kind"),
        ]


class Reminder(Model):
    """What the portal did because nobody answered, once for each turn: the silence since a message or a move."""

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="reminders")
    kind = fields.CharField(max_length=20)
    turn = fields.CharField(max_length=40)
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "reminder"
        constraints = [UniqueConstraint(fields=("ticket", "kind", "turn"), name="reminder_once")]


class AuditEntry(Model):
    """One line of the audit log: sign-ins, failures, rights, approvals, exports."""

    id = fields.IntField(primary_key=True)
    actor: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="audit_entries", null=True, on_delete=fields.SET_NULL
    )
    kind = fields.CharField(max_length=40)
    subject = fields.CharField(max_length=300, default="")
    address = fields.CharField(max_length=45, default="")
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "audit_entry"
        indexes = [
            Index(fields=("created_at",), name="audit_entry_by_time"),
            Index(fields=("actor_id", "id"), name="audit_entry_by_actor"),
        ]


class Rating(Model):
    """How content somebody was with what came of a ticket, asked by the letter that told them it was closed.

    One for each closing, told apart by its moment: 3 is content, 1 is not.
    """

    id = fields.IntField(primary_key=True)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="ratings")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="ratings")
    closed_at = fields.DatetimeField()
    value = fields.IntField()
    words = fields.TextField(default="")
    rated_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "rating"
        constraints = [UniqueConstraint(fields=("ticket", "closed_at"), name="rating_once")]
        indexes = [
            Index(fields=("person_id",), name="rating_by_person"),
            Index(fields=("rated_at",), name="rating_by_time"),
        ]


class ReadMark(Model):
    """How far a person has read a ticket: up to and including message `message_id`."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="read_marks")
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField("domain.Ticket", related_name="read_marks")
    message_id = fields.IntField()

    class Meta:
        table = "read_mark"
        constraints = [UniqueConstraint(fields=("person", "ticket"), name="read_mark_once")]
        indexes = [Index(fields=("ticket_id",), name="read_mark_by_ticket")]


class FormKey(Model):
    """A form that was sent: the same key again gets the first answer, `outcome`, instead of a second deed."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="form_keys")
    key = fields.CharField(max_length=64)
    outcome = fields.CharField(max_length=200, default="")
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "form_key"
        constraints = [UniqueConstraint(fields=("person", "key"), name="form_key_once")]
        indexes = [Index(fields=("created_at",), name="form_key_by_time")]


class SavedDraft(Model):
    """What somebody typed into a form and has not sent yet, a row for each page that it was typed on.

    `form_key` is that page's: once a form with it was sent, the draft is over. `turn` counts what the page saved.
    """

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="drafts")
    form = fields.CharField(max_length=40)
    form_key = fields.CharField(max_length=64)
    turn = fields.IntField()
    typed = fields.JSONField[dict[str, object]]()
    saved_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "draft"
        constraints = [UniqueConstraint(fields=("person", "form", "form_key"), name="draft_once")]
        indexes = [Index(fields=("saved_at",), name="draft_by_time")]


class TextBlock(Model):
    """A text that the vendor's people put into their messages, everybody's where no person is named."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="text_blocks", null=True, on_delete=fields.CASCADE
    )
    name = fields.CharField(max_length=80)
    body = fields.TextField()
    version = fields.IntField(default=1)
    changed_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "text_block"
        indexes = [Index(fields=("person_id",), name="text_block_by_person")]


class Letter(Model):
    """A letter that is to be mailed, written in the transaction of what it tells about.

    It goes to a person, to the address that they have when it is sent. `address` is for whoever has no account.
    """

    id = fields.IntField(primary_key=True)
    to: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="letters", null=True, on_delete=fields.CASCADE
    )
    to_id: int | None
    address = fields.CharField(max_length=254, default="")
    letter = fields.CharField(max_length=40)
    context = fields.JSONField[dict[str, object]]()
    message_id = fields.CharField(max_length=120)
    state = fields.CharEnumField(LetterState, max_length=20, default=LetterState.WAITING)
    digest = fields.BooleanField(default=False)
    tries = fields.IntField(default=0)
    error = fields.CharField(max_length=300, default="")
    due_at = fields.DatetimeField(default=clock.now)
    created_at = fields.DatetimeField(default=clock.now)
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "letter"
        constraints = [UniqueConstraint(fields=("message_id",), name="letter_message_id")]
        indexes = [Index(fields=("state", "due_at"), name="letter_waiting"), Index(fields=("to_id",), name="letter_to")]


class Token(Model):
    """A secret that opens one thing once: a mailed link, a login code, the second step of a sign-in."""

    id = fields.IntField(primary_key=True)
    purpose = fields.CharEnumField(Purpose, max_length=20)
    token_hash = fields.CharField(max_length=64)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="tokens")
    person_id: int
    context = fields.JSONField[dict[str, object]](null=True)
    created_at = fields.DatetimeField(default=clock.now)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "token"
        constraints = [UniqueConstraint(fields=("token_hash",), name="token_hash_once")]
        indexes = [
            Index(fields=("person_id", "purpose"), name="token_by_person"),
            Index(fields=("expires_at",), name="token_by_end"),
        ]


class RecoveryCode(Model):
    """One of the codes that stand in for a lost second factor, each once."""

    id = fields.IntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField("domain.Person", related_name="recovery_codes")
    code_hash = fields.CharField(max_length=64)
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "recovery_code"
        constraints = [UniqueConstraint(fields=("person", "code_hash"), name="recovery_code_once")]


class X3Key(Model):
    """A key with which an organisation's X3 speaks to the portal, kept as a hash and its last letters."""

    id = fields.IntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "domain.Organisation", related_name="x3_keys"
    )
    organisation_id: int
    name = fields.CharField(max_length=60)
    key_hash = fields.CharField(max_length=64)
    ending = fields.CharField(max_length=8)
    created_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="x3_keys_made", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField(default=clock.now)
    used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "x3_key"
        constraints = [UniqueConstraint(fields=("key_hash",), name="x3_key_hash")]
        indexes = [Index(fields=("organisation_id",), name="x3_key_by_organisation")]


class ThrottleCount(Model):
    """How often something was tried under a key within a window of time."""

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=120)
    count = fields.IntField(default=0)
    until = fields.DatetimeField()

    class Meta:
        table = "throttle_count"
        constraints = [UniqueConstraint(fields=("key",), name="throttle_count_key")]


class AccessRequest(Model):
    """Somebody asks for an account in an organisation."""

    id = fields.IntField(primary_key=True)
    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField("domain.Organisation")
    user_name = fields.CharField(max_length=60)
    first_name = fields.CharField(max_length=60)
    last_name = fields.CharField(max_length=60)
    email = fields.CharField(max_length=254)
    phone = fields.CharField(max_length=60, default="")
    modules = fields.JSONField[list[str]]()
    state = fields.CharEnumField(RequestState, max_length=20, default=RequestState.PENDING)
    requested_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="access_requests_made", null=True, on_delete=fields.SET_NULL
    )  # a customer's EDV; nobody where X3 asked
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="access_requests_decided", null=True, on_delete=fields.SET_NULL
    )
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=1000, default="", db_default="")
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "domain.Person", related_name="access_requests", null=True, on_delete=fields.SET_NULL
    )  # the account that came of it
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "access_request"
        indexes = [Index(fields=("state", "created_at"), name="access_request_by_state")]
