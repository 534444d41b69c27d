"""Run one slow or risky function in a child process that can be killed: PDF and Excel are made here."""

import asyncio
import logging
import math
import os
import pickle
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVarTuple, Unpack, cast

from app.language import speaking, spoken, translate

Arguments = TypeVarTuple("Arguments")

AT_ONCE = 2
WAITING = 8
SECONDS = 20.0
IDLE_SECONDS = 60.0
JOBS_PER_CHILD = 50
MEMORY = 1536 * 1024 * 1024
HEAD = 9
DONE, REFUSED = b"+", b"-"


class NotMade(Exception):
    """The document could not be made; the text is a sentence for the reader."""


class Busy(NotMade):
    """Too many documents are being made already."""


class TooSlow(NotMade):
    """The time limit was reached and the child was killed."""


class Failed(NotMade):
    """The function raised, or its process died twice; the notes say where, never with what text."""


class _Gone(Exception):
    """The child died before it answered."""


async def in_child(
    function: Callable[[Unpack[Arguments]], bytes], *args: *Arguments, seconds: float = SECONDS
) -> bytes:
    """The bytes that a module-level function makes of plain data, without holding up the loop.

    The child speaks the reader's language.
    """
    return await _current().make((function, args, seconds, spoken()), seconds)


async def close() -> None:
    """End all children; the next call of `in_child` starts new ones."""
    global _children
    children, _children = _children, None
    if children is not None:
        await children.close()


class _Child(asyncio.SubprocessProtocol):
    """One process: it gets a framed job on its standard input and answers with one frame."""

    transport: asyncio.SubprocessTransport
    timer: asyncio.TimerHandle | None = None

    def __init__(self) -> None:
        self.received = bytearray()
        self.answer: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.jobs = 0

    @classmethod
    async def start(cls) -> "_Child":
        transport, child = await asyncio.get_running_loop().subprocess_exec(
            cls, sys.executable, "-P", "-m", "app.documents.child",
            stdin=-1, stdout=-1, stderr=None, env=_environment(), start_new_session=True,
        )  # fmt: skip
        child.transport = transport
        return child

    async def perform(self, job: list[bytes]) -> tuple[bytes, bytes]:
        self.jobs += 1
        self.received.clear()
        self.answer = asyncio.get_running_loop().create_future()
        if self.ended.is_set() or self.transport.is_closing():
            raise _Gone
        pipe = cast(asyncio.WriteTransport, self.transport.get_pipe_transport(0))
        pipe.write(sum(map(len, job)).to_bytes(8))
        for piece in job:
            pipe.write(piece)
        return await self.answer

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.received += data
        if len(self.received) < HEAD:
            return
        if len(self.received) >= HEAD + int.from_bytes(self.received[1:HEAD]) and not self.answer.done():
            self.answer.set_result((bytes(self.received[:1]), bytes(memoryview(self.received)[HEAD:])))

    def pipe_connection_lost(self, fd: int, error: Exception | None) -> None:
        self._gone()

    def process_exited(self) -> None:
        self._gone()
        self.ended.set()
        self.transport.close()

    def _gone(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(_Gone())
            self.answer.exception()

    def kill(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if self.transport.get_returncode() is None:
            # Not transport.kill(): that reaps a child which died by itself under asyncio's own watcher.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.transport.get_pid(), signal.SIGKILL)


class _Children:
    """The few children of this process, and who waits for one."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.slots = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0
        self.idle: list[_Child] = []
        self.started: list[_Child] = []
        self.closed = False

    async def make(self, job: object, seconds: float) -> bytes:
        await self._take_slot(seconds)
        try:
            async with asyncio.timeout(seconds):
                verdict, answer = await self._perform(await asyncio.to_thread(_packed, job))
        except TimeoutError:
            raise TooSlow(_too_slow(seconds)) from None
        finally:
            self.slots.release()
        if verdict == DONE:
            return answer
        raise _failure(answer.decode())

    async def _take_slot(self, seconds: float) -> None:
        if self.waiting >= WAITING:
            raise Busy(_busy())
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self.slots.acquire()
        except TimeoutError:
            raise Busy(_busy()) from None
        finally:
            self.waiting -= 1

    async def _perform(self, job: list[bytes]) -> tuple[bytes, bytes]:
        for fresh in (False, True):
            if self.closed:
                break
            child = await self._fresh() if fresh else await self._child()
            try:
                answer = await child.perform(job)
            except _Gone:
                self._end(child)
            except BaseException:
                self._end(child)
                raise
            else:
                self._give_back(child, answer[0])
                return answer
        raise _failure("the process died")

    async def _child(self) -> _Child:
        while self.idle:
            child = self.idle.pop()
            if child.timer is not None:
                child.timer.cancel()
            if not child.ended.is_set():
                return child
            self._end(child)
        return await self._fresh()

    async def _fresh(self) -> _Child:
        child = await _Child.start()
        self.started = [one for one in self.started if not one.ended.is_set()] + [child]
        return child

    def _give_back(self, child: _Child, verdict: bytes) -> None:
        if verdict == REFUSED or child.jobs >= JOBS_PER_CHILD or self.closed:
            self._end(child)
            return
        child.received = bytearray()
        self.idle.append(child)
        child.timer = self.loop.call_later(IDLE_SECONDS, self._end, child)

    def _end(self, child: _Child) -> None:
        child.kill()
        if child in self.idle:
            self.idle.remove(child)

    async def close(self) -> None:
        self.closed = True
        for child in self.started:
            self._end(child)
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                for child in self.started:
                    await child.ended.wait()


_children: _Children | None = None


def _current() -> _Children:
    global _children
    if _children is None or _children.loop is not asyncio.get_running_loop():
        for child in _children.started if _children else ():
            child.kill()
        _children = _Children()
    return _children


def _environment() -> dict[str, str]:
    """Nothing of our own environment: a process that reads hostile files shall not hold its passwords."""
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    return {"PYTHONPATH": path, "PYTHONUTF8": "1", "TMPDIR": tempfile.gettempdir()}


class _Pieces(list[bytes]):
    """A file to pickle into; as its `write` is Python, the thread lets the loop run between the frames."""

    def write(self, piece: bytes) -> int:
        self.append(bytes(piece))
        return len(piece)


def _packed(job: object) -> list[bytes]:
    pieces = _Pieces()
    pickle.Pickler(pieces, pickle.HIGHEST_PROTOCOL).dump(job)
    return pieces


def _busy() -> str:
    return translate("Es werden gerade viele Dokumente erstellt. Bitte versuchen Sie es gleich noch einmal.")


def _too_slow(seconds: float) -> str:
    return translate(
        "Das Dokument ist zu umfangreich und wurde nach %(seconds)s Sekunden abgebrochen. "
        "Bitte grenzen Sie die Auswahl ein oder versuchen Sie es später noch einmal.",
        seconds=math.ceil(seconds),
    )


def _failure(where: str) -> Failed:
    failure = Failed(translate("Das Dokument ließ sich nicht erstellen. Bitte versuchen Sie es noch einmal."))
    failure.add_note(where)
    return failure


# From here on: the child's side.


def serve() -> None:
    """Answer jobs from standard input until it ends."""
    logging.disable()  # what libraries log may quote the text they were given
    _limit_memory()
    os.nice(5)  # the portal's pages go first
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    jobs = sys.stdin.buffer
    while head := jobs.read(8):
        verdict, answer = _performed(jobs.read(int.from_bytes(head)))
        answers.write(verdict + len(answer).to_bytes(8) + answer)
        answers.flush()


def _performed(job: bytes) -> tuple[bytes, bytes]:
    try:
        function, args, seconds, language = pickle.loads(job)  # noqa: S301 (written by our own parent)
        # Should the parent be gone, nobody else would end an endless job.
        signal.setitimer(signal.ITIMER_REAL, seconds + 5)
        with speaking(language):
            answer = function(*args)
        if not isinstance(answer, bytes):
            raise TypeError("a job in a child process returns bytes")
        return DONE, answer
    except Exception as error:
        places = traceback.extract_tb(error.__traceback__)
        trace = " < ".join(f"{place.filename}:{place.lineno} {place.name}" for place in reversed(places[-4:]))
        return REFUSED, f"{type(error).__name__}: {trace}".encode()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _limit_memory() -> None:
    with suppress(ValueError, OSError):  # macOS knows the limit and refuses to set it
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    serve()
