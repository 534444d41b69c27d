"""Programs under measurement: started, asked for their CPU time and memory, and ended."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.server import listen
from tests.bench.corpora import ROOT, environment

PATIENCE = 60.0


class Program:
    """A process and its children; on PostgreSQL also the database's processes that work for it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, backends: str = "") -> None:
        self.process = process
        self.port = port
        self.backends = backends
        self.started = 0.0  # seconds to the first answer
        self.started_cpu = 0.0
        self._pids: list[int] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def look(self) -> None:
        """Find out anew which processes there are."""
        self._pids = [*family(self.process.pid), *(_backends(self.backends) if self.backends else ())]

    def cpu(self) -> float:
        """Milliseconds of CPU so far, of all threads."""
        return sum(map(_cpu, self._pids))

    @property
    def servers(self) -> list[int]:
        """The processes that answer, without their parent and without those that make documents."""
        children = [pid for pid in _children(self.process.pid) if b"app.documents.child" not in _command(pid)]
        return children or [self.process.pid]

    @property
    def memory(self) -> float:
        """Resident memory of the largest process that answers, in MB."""
        return max(map(_resident, self.servers))


@contextmanager
def running(module: str, *arguments: str, backends: str = "", ready: str, **settings: str) -> Iterator[Program]:
    """`python -m module …` on a free port, from when it first answers `ready` until the block ends."""
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    own = environment(**settings, PORTAL_BASE_URL=f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", module, *arguments, "--port", str(port)]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, start_new_session=True)
    program = Program(process, port, backends)
    try:
        _wait_for(process, port, ready)
        program.started = time.perf_counter() - began
        program.look()
        program.started_cpu = program.cpu() / 1000
        yield program
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, path: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return
        except ConnectionError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise RuntimeError(f"{process.args} does not answer")


def family(pid: int) -> list[int]:
    """A process and everything that it has started."""
    return [pid, *(below for child in _children(pid) for below in family(child))]


def _children(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _backends(database: str) -> list[int]:
    """PostgreSQL's processes for this database; each says in its title what it is for."""
    said = f"postgres: postgres {database} ".encode()
    pids = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return [pid for pid in pids if _command(pid).startswith(said)]


def _cpu(pid: int) -> float:
    try:
        # Linux' number for the CPU clock of another process, exact and with the time of threads that are gone.
        return time.clock_gettime((~pid << 3) | 2) * 1000
    except OSError:  # it is gone
        return 0.0


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
