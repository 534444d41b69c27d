"""The floor, and the spy: a bare server beside the portal's own, over the same database.

    python -m tests.bench.floor --port PORT        (settings as the portal takes them)

`GET /hello` is this stack's bare route. `POST /record` asks the portal, in this process, for a page, and remembers
which statements it sent to the database and which templates it rendered with what; it tells their number and their
plans. `GET /floor/<name>` then is the same without the portal: the statements that brought the page's rows, through the
bare driver, and the same templates over the same values; for a reply a bare insert of its text instead.
"""

import argparse
import asyncio
import logging
import os
import re
import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
from quart import Quart, Response, request

from app.config import Settings
from app.database import configuration, own_connection
from app.domain import accounts
from app.domain.models import Person
from app.main import create_app
from app.server import listen, serve
from app.web import respond
from tests.bench.plans import plan
from tests.bench.visits import TEXT

# What in a statement tells that it brings a page's own rows, and nothing around them.
ROWS = {"list": ("t.subject",), "ticket": ("SELECT t.*", "m.body", "e.kind", "FROM attachment"), "reply": ()}
QUERIES = logging.getLogger("tortoise.db_client")


@dataclass
class Seen:
    """What the portal did for one request."""

    statements: list[tuple[str, Sequence[Any]]] = field(default_factory=list)
    rendered: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class Spy(logging.Handler):
    """Listens to Tortoise, which logs every statement, and to the renderer."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.seen = Seen()
        render = respond.Renderer.render

        def heard(renderer: respond.Renderer, template: str, context: Any) -> str:
            self.seen.rendered.append((template, dict(context)))
            return render(renderer, template, context)

        respond.Renderer.render = heard  # type: ignore[method-assign]

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a statement; other words of this logger are about connections."""
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            sql, values = record.args
            values = list(values or ())  # type: ignore[call-overload]
            if values and isinstance(values[0], list | tuple):
                values = list(values[0])  # one statement for many rows
            self.seen.statements.append((" ".join(str(sql).split()), values))


class Driver:
    """The database without anything between."""

    def __init__(self, file: str, postgres: "asyncpg.Connection[Any] | None") -> None:
        self.postgres = postgres
        if not postgres:
            self.sqlite = sqlite3.connect(file, isolation_level=None)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -20000", "temp_store = MEMORY",
                           "busy_timeout = 5000"):  # fmt: skip
                self.sqlite.execute(f"PRAGMA {pragma}")

    async def all(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Every row of a statement."""
        if self.postgres:
            return list(await self.postgres.fetch(sql, *values))
        return self.sqlite.execute(sql, values).fetchall()

    async def insert(self, ticket: int, author: int) -> None:
        """A message, committed."""
        columns = "INSERT INTO message (ticket_id, author_id, audience, body, created_at) VALUES"
        if self.postgres:
            await self.postgres.execute(f"{columns} ($1, $2, 'everyone', $3, now())", ticket, author, TEXT)
        else:
            self.sqlite.execute(f"{columns} (?, ?, 'everyone', ?, '2026-01-01 00:00:00+00:00')", (ticket, author, TEXT))


class Floor:
    """The bare server's state: the portal that it spies on, and what it has seen."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.portal = create_app(settings)
        self.spy = Spy()
        self.kept: dict[str, tuple[Seen, str]] = {}
        self.tokens: dict[str, str] = {}
        self.opened = AsyncExitStack()

    async def start(self) -> None:
        """Open the portal and the bare driver."""
        QUERIES.setLevel(logging.DEBUG)
        QUERIES.propagate = False
        await self.portal.startup()
        given = configuration(self.settings)["connections"]["default"]["credentials"]
        postgres = "file_path" not in given
        own = await self.opened.enter_async_context(own_connection(self.settings)) if postgres else None
        self.driver = Driver(given.get("file_path", ""), own)

    async def stop(self) -> None:
        """Close both."""
        await self.opened.aclose()
        await self.portal.shutdown()

    async def record(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let the portal answer a request, twice, for the first may fill what is kept; and tell what it took."""
        headers = dict(asked["headers"]) | {"Sec-Fetch-Site": "same-origin"}
        if asked["who"]:
            headers["Cookie"] = f"session={await self._token(asked['who'])}"
        transport = httpx.ASGITransport(app=self.portal)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=self.settings.base_url, timeout=120) as client:
            QUERIES.addHandler(self.spy)
            try:
                self.spy.seen = Seen()
                answer = await client.request(
                    asked["method"], asked["path"], headers=headers, content=asked["body"].encode()
                )
            finally:
                QUERIES.removeHandler(self.spy)
        seen = self.spy.seen
        if asked["page"]:
            self.kept[asked["name"]] = (seen, asked["page"])
        plans = [{"sql": sql, "plan": await plan(self.driver, sql, values)} for sql, values in seen.statements]
        return {"status": answer.status_code, "location": answer.headers.get("location", ""), "plans": plans,
                "text": answer.text if asked["text"] else ""}  # fmt: skip

    async def _token(self, user_name: str) -> str:
        if user_name not in self.tokens:
            person = await Person.get(user_name=user_name)
            self.tokens[user_name] = await accounts.start_session(person, "bench", "127.0.0.1")
        return self.tokens[user_name]

    async def bare(self, name: str) -> str:
        """The page's rows through the driver, and its templates."""
        seen, page = self.kept[name]
        if page == "reply":
            ticket = next(context["ticket"] for _, context in seen.rendered if "ticket" in context)
            await self.driver.insert(ticket["number"], ticket["reporter_id"])
        for sql, values in _bringing(page, seen):
            await self.driver.all(sql, values)
        renderer = self.portal.extensions["renderer"]
        return "\n".join(renderer.environment.get_template(name).render(values) for name, values in seen.rendered)


def _bringing(page: str, seen: Seen) -> list[tuple[str, Sequence[Any]]]:
    found = [one for one in seen.statements if any(mark in one[0] for mark in ROWS[page])]
    assert found or page == "reply", "no statement brought this page's rows"
    return found


def bare_server(floor: Floor) -> Quart:
    """The routes."""
    app = Quart("floor", static_folder=None)
    app.before_serving(floor.start)
    app.after_serving(floor.stop)

    @app.get("/hello")
    async def hello() -> Response:
        return Response("hello", content_type="text/plain")

    @app.post("/record")
    async def record() -> dict[str, Any]:
        return await floor.record(await request.get_json())

    @app.get("/floor/<path:name>")
    async def bare(name: str) -> Response:
        return Response(await floor.bare(name), content_type="text/html")

    return app


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    settings = Settings.from_environment(os.environ)
    assert re.fullmatch("127.0.0.1:[0-9]+", urlsplit(settings.base_url).netloc)
    with listen("127.0.0.1", port) as listener:
        asyncio.run(serve(bare_server(Floor(settings)), listener, lambda: None))


if __name__ == "__main__":
    main()
