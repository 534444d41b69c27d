"""Makes a demo instance out of an empty database, once."""

import asyncio
from pathlib import Path

from app.config import Settings
from app.database import dialect, execute, rows
from app.demo.people import PEOPLE
from app.migrate import StartError, connected, migrate, sqlite_file


def prepare(settings: Settings, tickets: int | None = None, number: int = 1) -> None:
    """Migrate, and fill a database that is empty: with the stories, or with so many `tickets` drawn by `number`.

    The caller holds only_process. Raises StartError for a database that is somebody's own.
    """
    file = sqlite_file(settings)
    unfinished = Path(f"{file or settings.data_dir / 'demo'}.unfinished")
    if file and unfinished.exists():
        # The last start broke off while it filled this file, which it had found empty.
        for ending in ("", "-wal", "-shm"):
            Path(f"{file}{ending}").unlink(missing_ok=True)
    if asyncio.run(_is_empty(settings)):
        unfinished.touch()
        asyncio.run(_fill(settings, tickets, number))
        unfinished.unlink()
    elif unfinished.exists():
        raise StartError("Das Anlegen der Demo-Instanz ist abgebrochen worden; nehmen Sie eine leere Datenbank.")


async def _is_empty(settings: Settings) -> bool:
    await migrate(settings)
    async with connected(settings):
        if not await rows("SELECT 1 AS one FROM organisation LIMIT 1"):
            return True
        if not await rows("SELECT 1 AS one FROM person WHERE user_name = ?", PEOPLE[0].user_name):
            raise StartError("Diese Datenbank gehört zu keiner Demo-Instanz; nehmen Sie für die Demo eine leere.")
        return False


async def _fill(settings: Settings, tickets: int | None, number: int) -> None:
    async with connected(settings):
        if dialect() == "sqlite":
            # What a power failure spoils is unfinished and made anew.
            await execute("PRAGMA synchronous = OFF")
        if tickets is None:
            from app.demo.seed import seed

            print("Die Demo-Instanz wird angelegt …", flush=True)
            await seed(settings)
        else:
            from app.demo.bulk import fill

            await fill(settings, tickets, number)
