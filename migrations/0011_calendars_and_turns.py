"""When organisations work, and how long each side had each ticket; `turns.fill` writes the turns of old tickets."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("domain", "0010_letters_in_the_language_that_the_browser_asked_for")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Organisation", name="state", field=fields.CharField(max_length=2, default="", db_default="")
        ),
        ops.AddField(
            model_name="Organisation", name="work_starts", field=fields.IntField(default=480, db_default=480)
        ),
        ops.AddField(
            model_name="Organisation", name="work_ends", field=fields.IntField(default=1020, db_default=1020)
        ),
        ops.CreateModel(
            name="WorkingCalendar",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("state", fields.CharField(max_length=2)),
                ("starts", fields.IntField()),
                ("ends", fields.IntField()),
            ],
            options={
                "table": "working_calendar", "app": "domain", "pk_attr": "id",
                "constraints": [UniqueConstraint(fields=("state", "starts", "ends"), name="working_calendar_once")],
                "table_description": (
                    "When an organisation works, or has worked: what `workdays.Calendar` is made of."
                ),
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            model_name="WorkingCalendar",
            constraint=UniqueConstraint(fields=("state", "starts", "ends"), name="working_calendar_once"),
        ),
        ops.CreateModel(
            name="Turn",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ticket", fields.ForeignKeyField(
                    "domain.Ticket", source_field="ticket_id", db_constraint=True, to_field="number",
                    related_name="turns", on_delete=OnDelete.CASCADE,
                )),
                ("calendar", fields.ForeignKeyField(
                    "domain.WorkingCalendar", source_field="calendar_id", db_constraint=True, to_field="id",
                    related_name="turns", on_delete=OnDelete.CASCADE,
                )),
                ("side", fields.CharField(max_length=10)),
                ("is_first", fields.BooleanField()),
                ("from_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("until_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("from_reading", fields.IntField()),
                ("until_reading", fields.IntField(null=True)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("answer_seconds", fields.IntField(null=True)),
            ],
            options={
                "table": "turn", "app": "domain", "pk_attr": "id",
                "indexes": [
                    Index(fields=["ticket_id", "id"], name="turn_by_ticket"),
                    Index(fields=["until_at"], name="turn_by_end"),
                    Index(fields=["is_first", "side", "from_at"], name="turn_by_first"),
                    Index(fields=["calendar_id"], name="turn_by_calendar"),
                ],
                "table_description": (
                    "How long a side (`user`, `edv`, `vendor`) had to act on a ticket, without an end for the one that "
                    "has to now."
                ),
            },
            bases=["Model"],
        ),
        ops.AddIndex(model_name="Ticket", index=Index(fields=["closed_at"], name="ticket_by_closed")),
    ]
