"""Dear requests before the real server: what each takes, and how long everybody else waits meanwhile.

A row for each attack of security.md's „dear answers to cheap requests“: ratios to a bare request, no limits.

    python -m tests.bench.limits DIR [--rounds 3]

DIR holds a demo instance (`portal demo --tickets 20000 --seed 7 --data DIR`). The floor is `GET /health/live`, asked
again and again by somebody else: before, and beside each dear request.
"""

import argparse
import io
import sqlite3
import statistics
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pypdf

from app.demo.accounts import PASSWORD
from tests.bench.measure import SomebodyElse
from tests.bench.processes import running
from tests.cast import PDF, form_key

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=x"}
PIECE = 64 * 1024
GUESSES = 100
Ask = Callable[[], str]


def pieces(body: bytes) -> Iterator[bytes]:
    """A body as it comes over a line, without a length said before."""
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def png(width: int, height: int, *, whole: bool = True) -> bytes:
    """A picture of one colour: tiny on the line, and as large in memory as its header says."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + bytes([8, 2, 0, 0, 0])
    packer, pixels = zlib.compressobj(9), b""
    for _ in range(height if whole else 1):
        pixels += packer.compress(bytes(1 + 3 * width))
    pixels += packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def long_pdf(pages: int) -> bytes:
    """A PDF with a page of words again and again."""
    writer = pypdf.PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(595, 842)
        stream = pypdf.generic.DecodedStreamObject()
        stream.set_data(b"BT /F1 9 Tf 40 800 Td " + b"(Mitglied Beitrag Seminar Rechnung) Tj 0 -9 Td " * 80 + b"ET")
        page[pypdf.generic.NameObject("/Contents")] = stream
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()[: 10 * 1024 * 1024]


def nested(depth: int) -> bytes:
    """A multipart body within a multipart body, and so on."""
    inner = "".join(f"--{n}\r\nContent-Type: multipart/mixed; boundary={n + 1}\r\n\r\n" for n in range(depth))
    return b"--x\r\nContent-Disposition: form-data; name=body\r\n\r\n" + inner.encode() + b"\r\n--x--\r\n"


def dear_requests(client: httpx.Client, ticket: int) -> dict[str, Ask]:
    """What is measured, by name; each returns the status of its answer."""

    def post(path: str, body: bytes, headers: dict[str, str]) -> Ask:
        return lambda: str(client.post(path, content=pieces(body), headers=headers).status_code)

    def get(path: str) -> Ask:
        return lambda: str(client.get(path).status_code)

    def four_files() -> str:
        full = PDF + bytes(10 * 1024 * 1024 - len(PDF))
        fields = {"form_key": form_key(), "body": "Vier Dateien", "audience": "vendor", "version": "1", "files": None}
        parts: list[Any] = [(name, (None, value)) for name, value in fields.items() if value]
        parts += [("files", (f"{n}.pdf", full, "application/pdf")) for n in range(4)]
        return str(client.post(messages, files=[*parts, ("end", (None, "1"))]).status_code)

    def guesses() -> str:
        def guess(number: int) -> int:
            form = {"form_key": form_key(), "user_name": f"nobody{number}", "password": "wrong", "next": "", "end": "1"}
            return client.post("/login", data=form).status_code

        with ThreadPoolExecutor(GUESSES) as crowd:
            answers = Counter(crowd.map(guess, range(GUESSES)))
        return " ".join(f"{count}×{status}" for status, count in answers.items())

    def attached(*contents: bytes) -> Ask:
        def send() -> str:
            fields = {"form_key": form_key(), "body": "Anhang", "audience": "vendor", "version": "1"}
            parts: list[Any] = [(name, (None, value)) for name, value in fields.items()]
            parts += [("files", (f"{n}.bin", content, "image/png")) for n, content in enumerate(contents)]
            return str(client.post(messages, files=[*parts, ("end", (None, "1"))]).status_code)

        return send

    messages = f"/tickets/{ticket}/messages"
    words = "+".join(f'{letter}{letter}*"(' for letter in "abcdefghijklmnopqrstuvwxyz")
    return {
        "15 MB of a=& to /login": post("/login", b"a=&" * 5_000_000, FORM),
        "15 MB of a=& to a ticket": post(messages, b"a=&" * 5_000_000, FORM),
        "400,000 tiny parts": post(
            messages, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 400_000, PARTS
        ),
        "a header without end, 40 MB": post(messages, b"--x\r\n" + b"A: b\r\n" * 7_000_000, PARTS),
        "a part in a part in a part …": post(messages, nested(3000), PARTS),
        "four files of 10 MB": four_files,
        "a header that claims 12 GP": attached(png(110_000, 110_000, whole=False)),
        "four pictures of 40 MP, 40 kB each": attached(*(png(12_000, 3_300 - n) for n in range(4))),
        "a PDF of 4,000 pages": attached(long_pdf(4_000)),
        "26 words of one letter": get(f"/tickets?status=all&q={words}"),
        "a subject of 200 letters": get("/tickets/similar?subject=" + "a+" * 100),
        "PDF of the longest ticket": get(f"/tickets/{ticket}.pdf"),
        "Excel of everything": get("/tickets/export.xlsx?status=all"),
        f"{GUESSES} passwords at once": guesses,
    }


def prepared(directory: Path) -> int:
    """Forgets the wrong passwords of an earlier run; the open ticket that the vendor sees with the most messages."""
    with closing(sqlite3.connect(directory / "portal.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM throttle_count")
        found = connection.execute(
            "SELECT t.number FROM ticket t JOIN message m ON m.ticket_id = t.number WHERE t.status <> 'closed' "
            "AND t.handed_over_at IS NOT NULL GROUP BY t.number ORDER BY COUNT(*) DESC LIMIT 1"
        ).fetchone()
    return int(found[0])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    ticket, headers = prepared(given.directory), {"Sec-Fetch-Site": "same-origin"}
    settings = {"PORTAL_DATA_DIR": str(given.directory)}
    with (
        running("app.cli", "serve", ready="/health/ready", **settings) as server,
        httpx.Client(base_url=server.url, headers=headers, timeout=120) as client,
    ):
        form = {"form_key": form_key(), "user_name": "staff", "password": PASSWORD, "next": "", "end": "1"}
        assert client.post("/login", data=form).status_code == 303
        with SomebodyElse(server.port) as calm:
            time.sleep(1)
        floor = statistics.median(calm.waits)
        print(f"floor {floor:.1f} ms, worst {max(calm.waits):.1f} ms\n")
        print(f"{'':36}{'seconds':>9}{'ratio':>8}{'others wait':>14}{'worst':>8}  answer")
        for name, ask in dear_requests(client, ticket).items():
            # Later guesses from this address are refused without any hashing.
            _measure(server.port, name, ask, 1 if "passwords" in name else given.rounds, floor)


def _measure(port: int, name: str, ask: Ask, rounds: int, floor: float) -> None:
    taken, waits, answer = [], [], ""
    for _ in range(rounds):
        with SomebodyElse(port) as other:
            before, start = len(other.waits), time.perf_counter()
            answer = ask()
            taken.append(time.perf_counter() - start)
        waits += other.waits[before:]
    seconds = statistics.median(taken)
    middle, worst = statistics.median(waits), max(waits)
    ratios = f"{seconds * 1000 / floor:8.0f}{middle / floor:14.1f}{worst / floor:8.0f}"
    print(f"{name:36}{seconds:9.2f}{ratios}  {answer}", flush=True)


if __name__ == "__main__":
    main()
