"""Every table of the portal on one page: columns and questions about the own row, no verbs."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from app import clock


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
    created_at = fields.DatetimeField(default=clock.now)

    class Meta:
        table = "organisation"
        constraints = [UniqueConstraint(fields=("name",), name="organisation_name")]


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
    muted = fields.CharField(max_length=300, default="", db_default="")  # letters not wanted, with blanks between
    digest = fields.BooleanField(default=False, db_default=False)
    shortcuts = fields.BooleanField(default=True, db_default=True)  # whether single keys do something
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
        indexes = [Index(fields=("organisation_id", "last_name"), name="person_by_organisation")]

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
    version = fields.IntField(default=1)

    class Meta:
        table = "ticket"
        indexes = [
            Index(fields=("status", "updated_at"), name="ticket_by_status"),
            Index(fields=("organisation_id", "status", "updated_at"), name="ticket_by_organisation"),
            Index(fields=("reporter_id", "status"), name="ticket_by_reporter"),
            Index(fields=("updated_at",), name="ticket_by_updated"),
            Index(fields=("created_at",), name="ticket_by_created"),
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
