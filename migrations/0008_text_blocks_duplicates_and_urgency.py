"""Staff's day: text blocks, tickets merged into others, and how urgent a ticket is, for an index."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from app import clock

URGENCY = (
    "UPDATE ticket SET urgency = CASE WHEN escalated_at IS NOT NULL THEN 0 WHEN priority = 'high' THEN 1 ELSE 2 END "
    "WHERE escalated_at IS NOT NULL OR priority = 'high'"
)


async def tell_urgency(apps: Any, schema_editor: Any) -> None:
    await schema_editor.client.execute_query(URGENCY)


async def nothing(apps: Any, schema_editor: Any) -> None:
    """The column goes with the step back."""


class Migration(migrations.Migration):
    dependencies = [("domain", "0007_named_filters_own_columns_and_ratings")]

    operations = [
        ops.CreateModel(
            name="TextBlock",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "domain.Person",
                        source_field="person_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="text_blocks",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=80)),
                ("body", fields.TextField(unique=False)),
                ("version", fields.IntField(default=1)),
                ("changed_at", fields.DatetimeField(default=clock.now, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "text_block",
                "app": "domain",
                "indexes": [Index(fields=["person_id"], name="text_block_by_person")],
                "pk_attr": "id",
                "table_description": (
                    "A text that the vendor's people put into their messages, everybody's where no person is named."
                ),
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Ticket",
            name="merged_into",
            field=fields.ForeignKeyField(
                "domain.Ticket",
                source_field="merged_into_id",
                null=True,
                db_constraint=True,
                to_field="number",
                related_name="merged",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(model_name="Ticket", name="urgency", field=fields.IntField(default=2, db_default=2)),
        ops.AddField(model_name="Message", name="origin", field=fields.IntField(null=True)),
        ops.RunPython(tell_urgency, nothing),
        ops.AddIndex(
            model_name="Ticket",
            index=Index(fields=["status", "urgency", "waiting_since"], name="ticket_by_urgency"),
        ),
        ops.AddIndex(model_name="Ticket", index=Index(fields=["merged_into_id"], name="ticket_by_merged_into")),
    ]
