"""A child process does the slow work, and nothing it does harms the portal."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.documents import child
from app.documents.child import Busy, Failed, TooSlow, in_child
from tests.documents import jobs

pytestmark = [pytest.mark.anyio, pytest.mark.no_database]


@pytest.fixture(autouse=True)
async def ended() -> AsyncIterator[None]:
    yield
    await child.close()


def living() -> list[int]:
    started = child._children.started if child._children else []
    return [one.transport.get_pid() for one in started if not one.ended.is_set()]


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 (processes set no events)
            await asyncio.sleep(0.01)


def was_free(lags: list[float]) -> bool:
    """Whether the loop went on ticking while the child worked."""
    return len(lags) > 20


@asynccontextmanager
async def loop_lag() -> AsyncIterator[list[float]]:
    lags = [0.0]

    async def watch() -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(0.002)
            lags.append(time.perf_counter() - asked - 0.002)

    watcher = asyncio.create_task(watch())
    try:
        yield lags
    finally:
        watcher.cancel()


async def test_an_answer_comes_back_and_the_child_is_kept_for_the_next() -> None:
    assert await in_child(jobs.echo, "grüß Gott") == "grüß Gott".encode()
    assert await in_child(jobs.process) == await in_child(jobs.process)
    assert len(living()) == 1


async def test_what_a_job_prints_is_not_its_answer() -> None:
    assert await in_child(jobs.chatter) == b"quiet"


async def test_a_child_knows_nothing_of_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SMTP_URL", "smtp://user:secret@mail.example")
    names = (await in_child(jobs.environment)).decode().split("\n")
    assert not [name for name in names if name.startswith("PORTAL_")]


async def test_an_error_names_the_place_and_never_the_text() -> None:
    with pytest.raises(Failed) as raised:
        await in_child(jobs.fail, "Kontonummer 4711")
    said = str(raised.value) + "".join(raised.value.__notes__)
    assert "ValueError" in said
    assert "jobs.py" in said
    assert "4711" not in said


async def test_too_much_memory_is_an_error_and_the_next_job_runs() -> None:
    with pytest.raises(Failed):
        await in_child(jobs.hoard)
    assert await in_child(jobs.echo, "x") == b"x"


async def test_the_time_limit_kills_the_child() -> None:
    slow = asyncio.create_task(in_child(jobs.spin, 30.0, seconds=0.5))
    await until(lambda: len(living()) == 1)
    (pid,) = living()
    with pytest.raises(TooSlow, match="zu umfangreich"):
        await slow
    await until(lambda: not runs(pid))
    assert await in_child(jobs.echo, "x") == b"x"


async def test_a_cancelled_caller_leaves_no_child_and_frees_its_place() -> None:
    for _again in range(2):
        callers = [asyncio.create_task(in_child(jobs.spin, 30.0)) for _place in range(2)]
        await until(lambda: len(living()) == 2)
        await asyncio.sleep(0.1)
        pids = living()
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await until(lambda pids=pids: not any(map(runs, pids)))  # type: ignore[misc]
    assert await in_child(jobs.echo, "x") == b"x"


async def test_a_child_killed_from_outside_is_tried_once_more(tmp_path: Path) -> None:
    assert await in_child(jobs.die, str(tmp_path / "once"), 1) == b"alive"
    with pytest.raises(Failed):
        await in_child(jobs.die, str(tmp_path / "twice"), 2)


async def test_a_child_killed_while_idle_is_replaced() -> None:
    await asyncio.gather(in_child(jobs.pause, 0.1), in_child(jobs.pause, 0.1))
    for pid in living():
        os.kill(pid, signal.SIGKILL)
    assert await in_child(jobs.echo, "x") == b"x"


async def test_two_run_at_once_eight_wait_and_the_next_is_told_so() -> None:
    await asyncio.gather(in_child(jobs.echo, "a"), in_child(jobs.echo, "b"))
    answers = await asyncio.gather(*(in_child(jobs.pause, 0.1) for _one in range(11)), return_exceptions=True)
    assert answers.count(b"rested") == 10
    assert [type(answer) for answer in answers if answer != b"rested"] == [Busy]
    assert len(living()) == 2


async def test_who_waits_too_long_is_told_so() -> None:
    running = [asyncio.create_task(in_child(jobs.pause, 1.0)) for _place in range(2)]
    await asyncio.sleep(0.05)
    with pytest.raises(Busy):
        await in_child(jobs.echo, "x", seconds=0.2)
    await child.close()
    assert [type(end) for end in await asyncio.gather(*running, return_exceptions=True)] == [Failed, Failed]


async def test_closing_ends_all_and_the_next_call_starts_again() -> None:
    await in_child(jobs.echo, "x")
    (pid,) = living()
    await child.close()
    assert not runs(pid)
    assert await in_child(jobs.echo, "x") == b"x"


async def test_an_idle_child_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "IDLE_SECONDS", 0.1)
    await in_child(jobs.echo, "x")
    (pid,) = living()
    await until(lambda: not runs(pid) and not living())


async def test_the_loop_goes_on_while_a_child_works() -> None:
    rows = [{"subject": f"Ticket {turn}", "at": datetime.now(UTC), "files": turn} for turn in range(5_000)]
    await in_child(jobs.echo, "x")
    async with loop_lag() as lags:
        await in_child(jobs.spin, 0.3)
        with pytest.raises(Failed):
            await in_child(len, rows)  # type: ignore[arg-type]
    assert was_free(lags)


async def test_another_loop_starts_afresh() -> None:
    async def once() -> bytes:
        try:
            return await in_child(jobs.echo, "x")
        finally:
            await child.close()

    assert await asyncio.to_thread(asyncio.run, once()) == b"x"
    assert await once() == b"x"
