"""Tickets count from 1001, and every ticket has a search document with a part per audience."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

SQLITE = (
    "INSERT INTO sqlite_sequence (name, seq) VALUES ('ticket', 1000)",
    "CREATE VIRTUAL TABLE ticket_search USING fts5(everyone, organisation, vendor, "
    "tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
)
POSTGRES = (
    "ALTER SEQUENCE ticket_number_seq RESTART WITH 1001",
    "CREATE TABLE ticket_search (ticket_id INT PRIMARY KEY REFERENCES ticket (number) ON DELETE CASCADE, "
    "organisation TSVECTOR NOT NULL DEFAULT '', vendor TSVECTOR NOT NULL DEFAULT '')",
    "CREATE INDEX ticket_search_organisation ON ticket_search USING gin (organisation) WITH (fastupdate = off)",
    "CREATE INDEX ticket_search_vendor ON ticket_search USING gin (vendor) WITH (fastupdate = off)",
)


async def forward(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.DIALECT == "sqlite" else POSTGRES:
        await schema_editor.client.execute_query(statement)


async def backward(apps: Any, schema_editor: Any) -> None:
    await schema_editor.client.execute_query("DROP TABLE ticket_search")


class Migration(migrations.Migration):
    dependencies = [("domain", "0001_the_first_tables")]
    operations = [ops.RunPython(forward, backward)]
