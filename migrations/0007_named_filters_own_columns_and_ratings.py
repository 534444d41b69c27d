"""Filters that people name, columns that they choose for their list, and how content they were with a closed ticket."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from app.clock import now

# Who has an own default filter finds it among the named ones.
NAMED = (
    "INSERT INTO saved_filter (person_id, name, query, created_at) "
    "SELECT id, 'Standardfilter', default_filter, created_at FROM person WHERE default_filter <> ''"
)


async def forward(apps: Any, schema_editor: Any) -> None:
    await schema_editor.client.execute_query(NAMED)


async def backward(apps: Any, schema_editor: Any) -> None:
    await schema_editor.client.execute_query("DELETE FROM saved_filter")


class Migration(migrations.Migration):
    dependencies = [("domain", "0006_people_switch_off_single_keys")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Person", name="list_columns",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person", fields.ForeignKeyField(
                    "domain.Person", source_field="person_id", db_constraint=True, to_field="id",
                    related_name="saved_filters", on_delete=OnDelete.CASCADE,
                )),
                ("name", fields.CharField(max_length=60)),
                ("query", fields.CharField(max_length=500)),
                ("created_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "saved_filter", "app": "domain", "pk_attr": "id",
                "constraints": [UniqueConstraint(fields=("person", "name"), name="saved_filter_name")],
                "table_description": "A filter of the ticket list that a person has named.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            model_name="SavedFilter",
            constraint=UniqueConstraint(fields=("person", "name"), name="saved_filter_name"),
        ),
        ops.CreateModel(
            name="Rating",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ticket", fields.ForeignKeyField(
                    "domain.Ticket", source_field="ticket_id", db_constraint=True, to_field="number",
                    related_name="ratings", on_delete=OnDelete.CASCADE,
                )),
                ("person", fields.ForeignKeyField(
                    "domain.Person", source_field="person_id", db_constraint=True, to_field="id",
                    related_name="ratings", on_delete=OnDelete.CASCADE,
                )),
                ("closed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("value", fields.IntField()),
                ("words", fields.TextField(default="", unique=False)),
                ("rated_at", fields.DatetimeField(default=now, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "rating", "app": "domain", "pk_attr": "id",
                "constraints": [UniqueConstraint(fields=("ticket", "closed_at"), name="rating_once")],
                "indexes": [
                    Index(fields=["person_id"], name="rating_by_person"),
                    Index(fields=["rated_at"], name="rating_by_time"),
                ],
                "table_description": "How content somebody was with what came of a ticket, asked by the letter that "
                "told them it was closed.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            model_name="Rating", constraint=UniqueConstraint(fields=("ticket", "closed_at"), name="rating_once")
        ),
        ops.RunPython(forward, backward),
    ]
