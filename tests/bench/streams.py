"""What many open event streams cost a real server: memory, CPU while nothing happens, time from a reply to its event.

    python -m tests.bench.streams [--streams 1000] [--seconds 60] [--replies 5] [--database postgres]

Every stream belongs to a session and a person of its own, all of them EDV of one organisation, so that every reply
concerns every stream: the worst case. Each needs a file descriptor here and one in the server (`ulimit -n`).
"""

import argparse
import asyncio
import resource
import secrets
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx

from app.config import Settings
from app.database import rows
from app.domain.models import Person, PersonModule, Role, Session
from app.domain.tokens import token_hash
from app.migrate import connected
from tests.bench import corpora
from tests.bench.processes import Program, running
from tests.cast import LIKE_A_BROWSER, form_key
from tests.postgres import Postgres

SETTLED = 3.0  # seconds until what an opening or a reply left behind is done


class Stream:
    """One browser's line to `/events`, over a plain socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int, token: str) -> "Stream":
        """Ask, and read up to the first line of the stream."""
        stream = cls(*await asyncio.open_connection("127.0.0.1", port, limit=4096))
        head = f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: session={token}\r\n\r\n"
        stream.writer.write(head.encode())
        assert b"200" in await stream.reader.readline()
        await stream.reader.readuntil(b"retry: ")
        return stream

    async def hears(self, number: int) -> float:
        """When this ticket's number came."""
        await self.reader.readuntil(f"data: {number}\n".encode())
        return time.perf_counter()


async def sessions(settings: Settings, count: int) -> list[str]:
    """The cookies of so many new people, each with the rights of an EDV of „Verband Nord“."""
    tokens = [secrets.token_urlsafe(32) for _ in range(count)]
    async with connected(settings):
        edv = await Person.get(user_name="edv-nord").select_related("organisation")
        used = await PersonModule.filter(person=edv).values_list("module_id", flat=True)
        for number, token in enumerate(tokens):
            name = f"bench-{number}"
            person = await Person.create(
                organisation=edv.organisation, user_name=name, email=f"{name}@nord.example", first_name="Bench",
                last_name=str(number), role=Role.EDV, muted="new_message",
            )  # fmt: skip
            await PersonModule.bulk_create([PersonModule(person=person, module_id=module) for module in used])
            await Session.create(token_hash=token_hash(token), person=person)
    return tokens


async def open_ticket(settings: Settings) -> int:
    """A ticket that all of them see."""
    async with connected(settings):
        nord = "(SELECT organisation_id FROM person WHERE user_name = 'edv-nord')"
        found = await rows(
            f"SELECT number FROM ticket WHERE status = 'it_review' AND deleted_at IS NULL AND organisation_id = {nord}"
        )
    return int(found[0]["number"])


async def reply(server: Program, token: str, number: int) -> None:
    """Somebody answers the ticket."""
    cookies = {"session": token}
    async with httpx.AsyncClient(base_url=server.url, headers=LIKE_A_BROWSER, cookies=cookies) as client:
        fields = {"form_key": form_key(), "version": "1", "body": "Danke.", "audience": "everyone", "end": "1"}
        parts = [(name, (None, value)) for name, value in fields.items()]
        answer = await client.post(f"/tickets/{number}/messages", files=parts)
        assert answer.status_code == 303, answer.status_code


async def latencies(server: Program, streams: list[Stream], token: str, number: int, replies: int) -> list[float]:
    """Milliseconds from the beginning of a reply to its event, for every stream and reply."""
    found = []
    for _ in range(replies):
        begun = time.perf_counter()
        heard = [asyncio.create_task(stream.hears(number)) for stream in streams]
        await reply(server, token, number)
        found += [(at - begun) * 1000 for at in await asyncio.gather(*heard)]
        await asyncio.sleep(SETTLED)
    return found


async def measure(server: Program, settings: Settings, tokens: list[str], given: argparse.Namespace) -> None:
    """Open the streams, and print what they cost."""
    number = await open_ticket(settings)
    warm = [await Stream.open(server.port, tokens[0]) for _ in range(3)]
    await latencies(server, warm, tokens[0], number, 2)
    for stream in warm:
        stream.writer.close()
    await asyncio.sleep(SETTLED)
    before, begun = server.memory, time.perf_counter()
    streams = [await Stream.open(server.port, token) for token in tokens]
    opened = time.perf_counter() - begun
    await asyncio.sleep(SETTLED)
    after, cpu = server.memory, server.cpu()
    each = (after - before) * 1024 / len(streams)
    print(f"{len(streams)} streams opened in {opened:.1f} s")
    print(f"memory            {before:6.1f} → {after:6.1f} MB, {after - before:5.1f} MB more, {each:.0f} kB each")
    await asyncio.sleep(given.seconds)
    print(f"CPU while idle    {(server.cpu() - cpu) * 0.06 / given.seconds:.2f} s a minute")
    print(f"memory then       {server.memory:.1f} MB")
    cpu = server.cpu()
    times = sorted(await latencies(server, streams, tokens[0], number, given.replies))
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"reply to event    p50 {p50:.0f} ms, p95 {p95:.0f} ms, last {times[-1]:.0f} ms")
    print(f"CPU for a reply   {(server.cpu() - cpu) / given.replies:.0f} ms")
    print(f"memory at last    {server.memory:.1f} MB")
    for stream in streams:
        stream.writer.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--replies", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    given = parser.parse_args()
    needed = given.streams + 100
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(needed, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), most))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        environment = {"PORTAL_DATA_DIR": folder}
        if given.database == "postgres":
            postgres = stack.enter_context(Postgres.started(Path(folder) / "postgres"))
            environment["PORTAL_DATABASE_URL"] = postgres.create("streams")
        corpora.portal("demo", **environment)
        settings = Settings.from_environment(environment)
        tokens = asyncio.run(sessions(settings, given.streams))
        server = stack.enter_context(running("app.cli", "serve", ready="/health/ready", **environment))
        asyncio.run(measure(server, settings, tokens, given))


if __name__ == "__main__":
    main()
