"""The full text knows each ticket's facts and every beginning of a word; the list has an index for every order."""

from typing import Any

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

BATCH = 2000  # tickets

# What a filter can ask of a ticket, as words of its search document; no word of a text has a „_“.
FACTS = """
CREATE VIEW ticket_facts AS SELECT t.number AS number,
  '_o' || t.organisation_id || ' _m' || t.module_id || ' _c' || t.category || ' _p' || t.priority
  || ' _u' || t.reporter_id || ' _r' || COALESCE(t.responsible_id, 0)
  || ' _s' || CASE WHEN t.deleted_at IS NULL THEN t.status ELSE 'deleted' END
  || ' _t' || (strftime('%s', t.updated_at) / 604800)
  || CASE WHEN t.escalated_at IS NULL THEN '' ELSE ' _e' END
  || CASE WHEN t.urgency < 2 THEN ' _n' ELSE '' END
  || COALESCE((SELECT ' ' || group_concat('_u' || p.person_id, ' ') FROM
       (SELECT person_id FROM participant WHERE ticket_id = t.number ORDER BY person_id) p), '') AS facts
FROM ticket t
"""
CHANGED = """
CREATE TRIGGER ticket_facts_{name} AFTER {event} BEGIN
  UPDATE ticket_search SET facts = (SELECT facts FROM ticket_facts WHERE number = {row})
  WHERE rowid = {row} AND facts IS NOT (SELECT facts FROM ticket_facts WHERE number = {row});
END
"""
COLUMNS = (
    "organisation_id, module_id, category, priority, reporter_id, responsible_id, deleted_at, status, updated_at, "
    "escalated_at, urgency"
)
EVENTS = {
    "changed": (f"UPDATE OF {COLUMNS} ON ticket", "NEW.number"),
    "joined": ("INSERT ON participant", "NEW.ticket_id"),
    "left": ("DELETE ON participant", "OLD.ticket_id"),
}
# One blank between words and nothing else is what parts them: the texts are folded before.
WORDS = """
CREATE VIRTUAL TABLE ticket_words USING fts5(facts, everyone, organisation, vendor, detail=column,
  prefix='1 2 3 4 5 6 7 8', tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'")
"""


# Words inside the row instead of beside it: a row is read in a third of the time, and the planner knows what it costs.
POSTGRES = (
    "CREATE TABLE ticket_words (ticket_id INT PRIMARY KEY REFERENCES ticket (number) ON DELETE CASCADE, "
    "organisation TSVECTOR NOT NULL DEFAULT '', vendor TSVECTOR NOT NULL DEFAULT '')",
    "ALTER TABLE ticket_words ALTER COLUMN organisation SET STORAGE MAIN, ALTER COLUMN vendor SET STORAGE MAIN",
    "INSERT INTO ticket_words (ticket_id, organisation, vendor) "
    "SELECT ticket_id, organisation, vendor FROM ticket_search ORDER BY ticket_id",
    "DROP TABLE ticket_search",
    "ALTER TABLE ticket_words RENAME TO ticket_search",
    "ALTER INDEX ticket_words_pkey RENAME TO ticket_search_pkey",
    "ALTER TABLE ticket_search RENAME CONSTRAINT ticket_words_ticket_id_fkey TO ticket_search_ticket_id_fkey",
    "CREATE INDEX ticket_search_organisation ON ticket_search USING gin (organisation) WITH (fastupdate = off)",
    "CREATE INDEX ticket_search_vendor ON ticket_search USING gin (vendor) WITH (fastupdate = off)",
)

# Of the few only: an index that said „not deleted“ of nearly all would mislead SQLite's planner, which asks no values.
RARE = {"ticket_deleted": "deleted_at", "ticket_escalated": "escalated_at"}


async def sqlite(client: Any) -> None:
    await client.execute_query(FACTS)
    await client.execute_query(WORDS)
    [last] = await client.execute_query_dict("SELECT COALESCE(MAX(number), 0) AS number FROM ticket")
    for start in range(0, last["number"] + 1, BATCH):
        await client.execute_query(
            "INSERT INTO ticket_words (rowid, facts, everyone, organisation, vendor) "
            "SELECT f.number, f.facts, s.everyone, s.organisation, s.vendor FROM ticket_facts f "
            "JOIN ticket_search s ON s.rowid = f.number WHERE f.number BETWEEN ? AND ?",
            [start, start + BATCH - 1],
        )
    await client.execute_query("DROP TABLE ticket_search")
    await client.execute_query("ALTER TABLE ticket_words RENAME TO ticket_search")
    for name, (event, row) in EVENTS.items():
        await client.execute_query(CHANGED.format(name=name, event=event, row=row))


async def forward(apps: Any, schema_editor: Any) -> None:
    if schema_editor.DIALECT == "sqlite":
        await sqlite(schema_editor.client)
    else:
        for statement in POSTGRES:
            await schema_editor.client.execute_query(statement)
    for name, rare in RARE.items():
        await schema_editor.client.execute_query(
            f"CREATE INDEX {name} ON ticket (updated_at, number, handed_over_at, organisation_id) "
            f"WHERE {rare} IS NOT NULL"
        )


async def backward(apps: Any, schema_editor: Any) -> None:
    for name in RARE:
        await schema_editor.client.execute_query(f"DROP INDEX {name}")
    if schema_editor.DIALECT != "sqlite":
        return
    for name in EVENTS:
        await schema_editor.client.execute_query(f"DROP TRIGGER ticket_facts_{name}")
    await schema_editor.client.execute_query("DROP VIEW ticket_facts")


# An order within a status, alone and within an organisation, with what a count or a filter asks of a row behind it.
ASKED = ["number", "deleted_at", "handed_over_at", "module_id", "category", "priority", "reporter_id"]
INDEXES = {
    "ticket_by_status": ["status", "updated_at", *ASKED],
    "ticket_by_organisation": ["organisation_id", "status", "updated_at", *ASKED],
    "ticket_by_waiting": ["status", "waiting_since", "number"],
    "ticket_by_waiting_there": ["organisation_id", "status", "waiting_since", "number"],
    "ticket_by_priority": ["status", "priority", "waiting_since", "number"],
    "ticket_by_priority_there": ["organisation_id", "status", "priority", "waiting_since", "number"],
    "ticket_by_number": ["status", "number"],
    "ticket_by_number_there": ["organisation_id", "status", "number"],
    "ticket_by_module": ["module_id", "status"],
}


class Migration(migrations.Migration):
    dependencies = [("domain", "0011_calendars_and_turns")]

    operations = [
        ops.RemoveIndex(model_name="Ticket", name="ticket_by_status"),
        ops.RemoveIndex(model_name="Ticket", name="ticket_by_organisation"),
        ops.RunPython(forward, backward),
        *(ops.AddIndex(model_name="Ticket", index=Index(fields=fields, name=name)) for name, fields in INDEXES.items()),
        ops.AddIndex(model_name="Person", index=Index(fields=["role", "last_name"], name="person_by_role")),
    ]
