"""Migrations: an empty and a filled database, step by step, end where the models are; only harmless operations."""

import asyncio
import importlib
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.migrations import operations as ops
from tortoise.migrations.api.migrate import migrate as run
from tortoise.migrations.autodetector import MigrationAutodetector

from app.config import Settings
from app.database import APPS, Row, atomic, close_database, configuration, execute, marks, open_database, rows
from app.domain import accounts, models, throttle
from app.migrate import StartError, check_migrated, migrate, only_process
from tests import cast as cast_module
from tests.cast import Cast
from tests.conftest import DATABASE

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in ROOT.joinpath("migrations").glob("0*.py"))
MODELS = [model for model in vars(models).values() if isinstance(model, type) and issubclass(model, models.Model)]
MODELS = [model for model in MODELS if model is not models.Model]
# Beside the models: the full text, and Tortoise's own notes.
BESIDE = ("ticket_search", "tortoise_migrations", "sqlite_")

ALLOWED = (ops.CreateModel, ops.DeleteModel, ops.AddField, ops.AddIndex, ops.RemoveIndex, ops.RunPython, ops.RunSQL)


def for_steps(settings: Settings) -> dict[str, Any]:
    """Tortoise's configuration as app/migrate.py makes it for migrating."""
    config = configuration(settings)
    if "reads" in config["connections"]:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        config["connections"]["default"]["credentials"]["foreign_keys"] = "OFF"
    return config


async def step(settings: Settings, name: str) -> None:
    """Migrate as far as `name`."""
    try:
        await run(config=for_steps(settings), app_labels=["domain"], target=f"domain.{name}")
    finally:
        await close_database()


async def tables() -> dict[str, set[str]]:
    """Table → columns, as the database has them."""
    if DATABASE == "sqlite":
        found = await rows(
            "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        )
    else:
        found = await rows(
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = 'public'"
        )
    tables: dict[str, set[str]] = {}
    for row in found:
        if not row["t"].startswith(BESIDE):
            tables.setdefault(row["t"], set()).add(row["c"])
    return tables


async def nullable() -> dict[str, set[str]]:
    """Table → columns that may be empty."""
    if DATABASE == "sqlite":
        found = await rows(
            "SELECT m.name AS t, c.name AS c FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND c.\"notnull\" = 0 AND c.pk = 0"
        )
    else:
        found = await rows(
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns "
            "WHERE table_schema = 'public' AND is_nullable = 'YES'"
        )
    empty: dict[str, set[str]] = {}
    for row in found:
        empty.setdefault(row["t"], set()).add(row["c"])
    return empty


async def indexes() -> set[tuple[str, tuple[str, ...], bool]]:
    """Every index and unique constraint of all rows: table, columns, unique."""
    if DATABASE == "sqlite":
        found = await rows(
            'SELECT m.name AS t, l.name AS i, l."unique" AS u, c.name AS c FROM sqlite_master m, '
            "pragma_index_list(m.name) l, pragma_index_info(l.name) c WHERE m.type = 'table' AND NOT l.partial "
            "ORDER BY l.name, c.seqno"
        )
    else:
        found = await rows(
            "SELECT t.relname AS t, i.relname AS i, x.indisunique AS u, a.attname AS c FROM pg_index x "
            "JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
            "JOIN pg_namespace n ON n.oid = t.relnamespace AND n.nspname = 'public' "
            "JOIN unnest(x.indkey) WITH ORDINALITY k(attnum, place) ON true "
            "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum "
            "WHERE NOT x.indisprimary AND x.indpred IS NULL ORDER BY i.relname, k.place"
        )
    columns: dict[tuple[str, str, bool], list[str]] = {}
    for row in found:
        if not row["t"].startswith(BESIDE):
            columns.setdefault((row["t"], row["i"], bool(row["u"])), []).append(row["c"])
    return {(table, tuple(names), unique) for (table, _, unique), names in columns.items()}


def column(model: Any, name: str) -> str:
    """The column of a field, whether named by the field or the column."""
    for candidate in (name, f"{name}_id"):
        if candidate in model._meta.fields_db_projection:
            return str(model._meta.fields_db_projection[candidate])
    raise KeyError(name)


def wanted_indexes() -> set[tuple[str, tuple[str, ...], bool]]:
    """What the models say."""
    wanted = set()
    for model in MODELS:
        for index, unique in (
            *((index, False) for index in model._meta.indexes),
            *((constraint, True) for constraint in getattr(model.Meta, "constraints", ())),
        ):
            wanted.add((model._meta.db_table, tuple(column(model, name) for name in index.fields), unique))
    return wanted


async def is_as_the_models_say() -> None:
    assert await tables() == {m._meta.db_table: set(m._meta.fields_db_projection.values()) for m in MODELS}
    may_be_empty = await nullable()
    for model in MODELS:
        expected = {c for f, c in model._meta.fields_db_projection.items() if model._meta.fields_map[f].null}
        assert may_be_empty.get(model._meta.db_table, set()) == expected, model.__name__
    assert await indexes() == wanted_indexes()


async def test_a_database_migrated_at_once_is_where_the_models_are(settings: Settings) -> None:
    with only_process(settings):
        assert await migrate(settings) == [], "a second time there is nothing to do"
    await check_migrated(settings)
    await open_database(settings)
    try:
        await is_as_the_models_say()
    finally:
        await close_database()


async def counted() -> dict[str, int]:
    """Table → rows."""
    return {t: (await rows(f'SELECT COUNT(*) AS n FROM "{t}"'))[0]["n"] for t in await tables()}


async def test_rows_survive_every_step_and_the_last_is_where_the_models_are(
    settings: Settings, bare_settings: Callable[[], Settings]
) -> None:
    """From the second migration on there are databases in use; only letters that nothing ever sent are let go."""
    written = await _rows_of_today(settings)
    used = bare_settings()
    for name in NAMES[:2]:
        with pytest.raises(StartError):
            await check_migrated(used)
        await step(used, name)
    before = await _written_then(used, written)
    assert all(before.values()), f"no row in {[t for t, n in before.items() if not n]}"
    for name in NAMES[2:]:
        with pytest.raises(StartError):
            await check_migrated(used)
        await step(used, name)
        await open_database(used)
        try:
            after = await counted()
            assert {table: after[table] for table in before} == before, name
        finally:
            await close_database()
    await check_migrated(used)
    await open_database(used)
    try:
        await is_as_the_models_say()
    finally:
        await close_database()


async def test_the_full_text_of_a_portal_in_use_is_whole_after_its_migration(
    settings: Settings, bare_settings: Callable[[], Settings]
) -> None:
    """0012 makes the documents anew: every word is found as before, and SQLite's know their tickets' facts."""
    [before] = [name for name in NAMES if name < "0012"][-1:]
    written = await _rows_of_today(settings)
    used = bare_settings()
    await step(used, before)
    await _written_then(used, written)
    key, texts = ("rowid", ("everyone", "organisation", "vendor")) if DATABASE == "sqlite" else (
        "ticket_id", ("organisation", "vendor"),
    )  # fmt: skip
    documents = f"SELECT {key} AS number, {', '.join(texts)} FROM ticket_search ORDER BY 1"
    await open_database(used)
    try:
        numbers = [row["number"] for row in await rows("SELECT number FROM ticket ORDER BY number")]
        values = ["beitragslauf ute", "geheim", ""][: len(texts)]
        for number in numbers:
            await execute(
                f"INSERT INTO ticket_search ({key}, {', '.join(texts)}) VALUES {marks([number, *values])}",
                number, *values,
            )  # fmt: skip
        old = await rows(documents)
    finally:
        await close_database()
    await step(used, NAMES[-1])
    await open_database(used)
    try:
        assert old
        assert await rows(documents) == old
        if DATABASE == "sqlite":
            known = await rows("SELECT rowid AS number, facts FROM ticket_search ORDER BY 1")
            assert known == await rows("SELECT number, facts FROM ticket_facts ORDER BY 1")
            await execute("UPDATE ticket SET priority = 'high', category = 'task'")
            [row] = (await rows("SELECT facts FROM ticket_search"))[:1]
            assert {"_phigh", "_ctask"} <= set(row["facts"].split())
    finally:
        await close_database()


async def _rows_of_today(settings: Settings) -> dict[str, list[Row]]:
    """Table → its rows, as today's portal writes them."""
    await open_database(settings)
    try:
        await cast_module.fill()
        await _one_of_each(await cast_module.load(settings))
        return {t: await rows(f'SELECT * FROM "{t}"') for t in await tables()}
    finally:
        await close_database()


async def _written_then(settings: Settings, written: dict[str, list[Row]]) -> dict[str, int]:
    """Put the rows into a database of an earlier step, as far as it has their columns; returns table → rows."""
    await open_database(settings)
    try:
        known = {table: columns for table, columns in (await tables()).items() if table in written}
        async with atomic():
            later = "PRAGMA defer_foreign_keys = ON"
            await execute(later if DATABASE == "sqlite" else "SET LOCAL session_replication_role = replica")
            for table, columns in known.items():
                names = ", ".join(f'"{name}"' for name in sorted(columns))
                for row in written[table]:
                    values = [row[name] for name in sorted(columns)]
                    await execute(f'INSERT INTO "{table}" ({names}) VALUES {marks(values)}', *values)
        return {table: number for table, number in (await counted()).items() if table in known}
    finally:
        await close_database()


async def _one_of_each(cast: Cast) -> None:
    number = await cast.ticket("user", files=[await cast.file()], x3_context={"Maske": "Beiträge"})
    await cast.reply("edv", number, "Wird geprüft", move="handover")
    await accounts.start_session(cast.user, "Firefox", "192.0.2.7")
    await throttle.count("key", timedelta(minutes=1))
    await models.AccessRequest.create(
        organisation=cast.nord, user_name="neu", first_name="N", last_name="Eu", email="neu@nord.example",
        modules=["Mitglieder"],
    )  # fmt: skip


async def test_uniques_hold(cast: Cast) -> None:
    number = await cast.ticket("user")
    await cast.reply("edv", number, "x")
    for table, columns in (
        ("person", ("user_name", "email")), ("organisation", ("name",)), ("module", ("name",)),
    ):  # fmt: skip
        for name in columns:
            with pytest.raises(IntegrityError):
                await execute(f"UPDATE {table} SET {name} = (SELECT MIN({name}) FROM {table})")
    with pytest.raises(IntegrityError):
        await execute("INSERT INTO participant (ticket_id, person_id) SELECT ticket_id, person_id FROM participant")
    with pytest.raises(IntegrityError):
        await execute(
            "INSERT INTO read_mark (person_id, ticket_id, message_id) SELECT person_id, ticket_id, 1 FROM read_mark"
        )


async def test_a_reference_into_nothing_is_refused(cast: Cast) -> None:
    with pytest.raises(IntegrityError):
        await execute("INSERT INTO participant (ticket_id, person_id) VALUES (?, ?)", 999, cast.user.id)


async def test_an_audience_has_no_default(cast: Cast) -> None:
    number = await cast.ticket("user")
    with pytest.raises(IntegrityError):
        await execute(
            "INSERT INTO message (ticket_id, author_id, body, created_at) VALUES (?, ?, 'x', CURRENT_TIMESTAMP)",
            number, cast.user.id,
        )  # fmt: skip


async def test_the_models_have_no_changes_that_no_migration_makes(database: Settings) -> None:
    assert Tortoise.apps is not None
    assert await MigrationAutodetector(Tortoise.apps, APPS).changes() == []


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_only_operations_that_lose_nothing_are_used() -> None:
    """AlterField and RemoveField rebuild a table on SQLite; AddConstraint does too, so only while it is empty."""
    for place, name in enumerate(NAMES):
        operations = importlib.import_module(f"migrations.{name}").Migration.operations
        new = {operation.name for operation in operations if isinstance(operation, ops.CreateModel)}
        for operation in operations:
            if isinstance(operation, ops.AddConstraint):
                assert operation.model_name in new, f"{name}: {operation.describe()}"
            else:
                assert isinstance(operation, ALLOWED), f"{name}: {operation.describe()}"
            if isinstance(operation, ops.AddField):
                field = operation.field
                assert place == 0 or field.null or field.has_db_default(), f"{name}: {operation.describe()}"
            if isinstance(operation, ops.AddIndex | ops.RemoveIndex):
                assert getattr(operation, "name", None) or operation.index.name, f"{name}: {operation.describe()}"


@pytest.mark.no_database
@pytest.mark.sqlite_only
def test_indexes_and_uniques_are_named_and_enums_have_room() -> None:
    for model in MODELS:
        assert all(index.name for index in model._meta.indexes), model.__name__
        assert all(constraint.name for constraint in getattr(model.Meta, "constraints", ())), model.__name__
        for name, field in model._meta.fields_map.items():
            assert not (field.index and not field.pk), f"{model.__name__}.{name}: indexes stand in Meta.indexes"
            assert not (field.unique and not field.pk), f"{model.__name__}.{name}: uniques stand in Meta.constraints"
            if getattr(field, "enum_type", None):
                assert field.max_length == 20, f"{model.__name__}.{name}"


async def test_a_database_newer_than_the_program_is_left_alone(settings: Settings) -> None:
    await open_database(settings)
    await execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('domain', '9999_from_the_future', "
        "CURRENT_TIMESTAMP)"
    )
    await close_database()
    with pytest.raises(StartError, match="9999_from_the_future"):
        await check_migrated(settings)


async def test_a_database_without_tables_is_not_served(bare_settings: Callable[[], Settings]) -> None:
    with pytest.raises(StartError, match="portal migrate"):
        await check_migrated(bare_settings())


@pytest.mark.sqlite_only
async def test_a_second_process_keeps_out(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    with only_process(settings), pytest.raises(StartError, match="anderer Prozess"), only_process(settings):
        pass


async def test_two_that_migrate_at_once_do_it_once(bare_settings: Callable[[], Settings], tmp_path: Path) -> None:
    """Two processes, started in the same second."""
    settings = bare_settings()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environment |= {"PORTAL_DATA_DIR": str(settings.data_dir)}
    if settings.database_url:
        environment["PORTAL_DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-m", "app.cli", "migrate"]
    both = [
        await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    said = [(await process.communicate())[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(line for text in said for line in text.splitlines() if line[:1] == "0") == NAMES
    await check_migrated(settings)


@pytest.mark.sqlite_first
async def test_a_broken_migration_changes_nothing_and_can_be_repeated(
    bare_settings: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = bare_settings()
    await step(settings, NAMES[0])
    last = importlib.import_module(f"migrations.{NAMES[1]}")
    good = (last.SQLITE, last.POSTGRES)
    monkeypatch.setattr(last, "SQLITE", (*good[0], "SELECT no_such_function()"))
    monkeypatch.setattr(last, "POSTGRES", (*good[1], "SELECT no_such_function()"))
    with only_process(settings), pytest.raises(Exception, match="no_such_function"):
        await migrate(settings)
    await close_database()
    monkeypatch.undo()
    with only_process(settings):
        assert await migrate(settings) == NAMES[1:]
    await check_migrated(settings)
