"""Fills a database to measure with: 200 organisations, 2,000 people, 30 modules; the same for the same seed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from tortoise.connection import get_connections

from app import clock
from app.config import Settings
from app.database import atomic, dialect, execute, rows
from app.demo.accounts import PASSWORD
from app.demo.bulk_tickets import TABLES, Chunk, Writer
from app.demo.bulk_world import World
from app.demo.corpus import Corpus
from app.domain import accounts, fulltext, turns

YEARS = timedelta(days=3 * 365)
CHUNK = 500
SAY_EVERY = 10  # chunks
COUNTED = ("organisation", "person", "module", "ticket")  # their rows bring their own ids


async def fill(settings: Settings, tickets: int, seed: int) -> None:
    """Fill the open, empty database and say how far it is; the demo's accounts are in it and can sign in."""
    end = clock.now().replace(minute=0, second=0, microsecond=0)
    corpus, random = Corpus(seed), Random(seed)  # noqa: S311 (tickets to measure with, not secrets)
    world = World(settings.vendor, corpus, random)
    writer = Writer(world, corpus, random, tickets, end - YEARS, end)
    stored = await accounts.hash_password(PASSWORD)
    async with atomic():
        for table, (columns, values) in world.tables(stored, end - YEARS).items():
            await _insert(table, columns, values)
        staff = next(human.id for human in world.staff)
        await execute("UPDATE organisation SET responsible_id = ? WHERE is_vendor = ?", staff, True)
    async with fulltext.without_indexes():
        for done, chunk in enumerate(writer.chunks(CHUNK), 1):
            await _write(chunk)
            if done % SAY_EVERY == 0 or done * CHUNK >= tickets:
                print(f"{min(done * CHUNK, tickets)} von {tickets} Tickets", flush=True)
    await _finish()


async def _write(chunk: Chunk) -> None:
    async with atomic():
        for table, columns in TABLES.items():
            await _insert(table, columns, chunk.tables[table])
        if dialect() == "sqlite":
            await _many(
                "INSERT INTO ticket_search (rowid, facts, everyone, organisation, vendor) "
                "SELECT f.number, f.facts, ?2, ?3, ?4 FROM ticket_facts f WHERE f.number = ?1",
                chunk.documents,
            )
        else:
            await _many(
                "INSERT INTO ticket_search (ticket_id, organisation, vendor) VALUES ($1, "
                "array_to_tsvector(string_to_array($2, ' ')), array_to_tsvector(string_to_array($3, ' ')))",
                [(n, f"{all} {own}".strip(), f"{all} {ours}".strip()) for n, all, own, ours in chunk.documents],
            )


async def _insert(table: str, columns: str, values: Sequence[tuple[Any, ...]]) -> None:
    numbers = range(1, columns.count(",") + 2)
    marks = ", ".join("?" if dialect() == "sqlite" else f"${number}" for number in numbers)
    await _many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)  # noqa: S608 (constants)


async def _many(sql: str, values: Sequence[tuple[Any, ...]]) -> None:
    await get_connections().get("default").execute_many(sql, [list(row) for row in values])
    await asyncio.sleep(0)


async def _finish() -> None:
    """What is closed has been read; whose turn it was; the numbers go on after ours; the planner knows the tables."""
    await execute(
        "INSERT INTO read_mark (person_id, ticket_id, message_id) SELECT x.person_id, x.number, MAX(m.id) FROM "
        "(SELECT p.person_id, t.number FROM participant p JOIN ticket t ON t.number = p.ticket_id "
        "WHERE t.status = 'closed' UNION SELECT reporter_id, number FROM ticket WHERE status = 'closed') x "
        "JOIN message m ON m.ticket_id = x.number GROUP BY x.person_id, x.number"
    )
    await turns.fill()
    if dialect() == "sqlite":
        await execute("INSERT INTO ticket_search (ticket_search) VALUES ('optimize')")
    else:
        for table in COUNTED:
            key = "number" if table == "ticket" else "id"
            await rows(f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), MAX({key})) FROM {table}")  # noqa: S608
    await execute("ANALYZE")
