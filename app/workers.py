"""Several processes behind one listening socket: a parent that starts them, starts them anew, and stops them."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from app.migrate import StartError

log = logging.getLogger("portal")

STOP = (signal.SIGTERM, signal.SIGINT)
LONGEST = 15  # seconds from the first signal to the end
PROVED = 10.0  # seconds; who dies earlier did not get going
MOST_FAILURES = 5  # in a row, by each on the average; then it is nothing that another start would cure
PAUSE = 0.5  # before another one is started


class Parent:
    """The children by process id, with the moment when each was started."""

    def __init__(self, count: int, work: Callable[[int], None]) -> None:
        self._count = count
        self._work = work
        self._children: dict[int, float] = {}
        self._stopping = False
        self._failures = 0
        self._lifeline, self._held = os.pipe()  # reads as ended for the children when the parent is no more

    def run(self) -> int:
        """Keep so many children working until SIGTERM or SIGINT; the exit code.

        Call it while the process has one thread and no event loop: the children are forks of it.
        """
        for name in STOP:
            signal.signal(name, self._pass_on)
        signal.signal(signal.SIGALRM, self._end)
        for _ in range(self._count):
            self._start()
        while self._children:
            pid, status = os.wait()
            self._ended(pid, os.waitstatus_to_exitcode(status))
        return 0 if self._failures < MOST_FAILURES * self._count else 1

    def _start(self) -> None:
        # No signal between the fork and the note of it, or this child would never hear of the end.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        try:
            if not self._stopping:
                pid = os.fork()
                if pid == 0:
                    self._be_a_child()
                self._children[pid] = time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)

    def _be_a_child(self) -> None:
        code = 1
        try:
            os.close(self._held)
            for name in (*STOP, signal.SIGALRM):
                signal.signal(name, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
            self._work(self._lifeline)
            code = 0
        except StartError as error:
            log.error("%s", error)
        except Exception:
            log.exception("a process of the portal ends")
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _ended(self, pid: int, code: int) -> None:
        lived = time.monotonic() - self._children.pop(pid)
        if self._stopping:
            return
        self._failures = 0 if lived >= PROVED else self._failures + 1
        if self._failures >= MOST_FAILURES * self._count:
            log.error("the portal's processes end as soon as they begin; it gives up")
            self._stop(signal.SIGTERM)
            return
        log.warning("process %s of the portal has ended (%s); another one begins", pid, code)
        time.sleep(PAUSE)
        self._start()

    def _pass_on(self, *_: object) -> None:
        self._stop(signal.SIGKILL if self._stopping else signal.SIGTERM)

    def _stop(self, number: int) -> None:
        self._stopping = True
        signal.alarm(LONGEST)
        self._tell(number)

    def _end(self, *_: object) -> None:
        self._tell(signal.SIGKILL)

    def _tell(self, number: int) -> None:
        for pid in self._children:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, number)
