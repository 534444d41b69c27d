"""Functions that the tests run in a child process."""

import os
import time
from pathlib import Path


def echo(text: str) -> bytes:
    return text.encode()


def pause(seconds: float) -> bytes:
    time.sleep(seconds)
    return b"rested"


def spin(seconds: float) -> bytes:
    """Compute without a break, as a real document does."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
    return b"x" * 2_000_000


def fail(secret: str) -> bytes:
    raise ValueError(secret)


def die(marker: str, times: int) -> bytes:
    """Die without an answer, as often as asked."""
    path = Path(marker)
    died = len(path.read_text()) if path.exists() else 0
    if died < times:
        path.write_text("x" * (died + 1))
        os._exit(9)
    return b"alive"


def chatter() -> bytes:
    print("this must not be taken for the answer")
    return b"quiet"


def environment() -> bytes:
    return "\n".join(sorted(os.environ)).encode()


def hoard() -> bytes:
    return bytes(8_000_000_000)


def process() -> bytes:
    return str(os.getpid()).encode()
