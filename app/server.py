"""The web server: hypercorn from an own entry point, so that it stops when told to and says when it could not start."""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable

from hypercorn.asyncio import serve as run_hypercorn
from hypercorn.config import Config
from quart import Quart

from app.database import close_database
from app.migrate import StartError

log = logging.getLogger("portal.server")

SIGNALS = (signal.SIGTERM, signal.SIGINT)
GRACE = 10.0  # for requests that are being answered
CLOSING = 3.0  # for the application to close what it opened
SPARE = 0.5  # then the process ends, whatever hangs
SILENT = 15.0  # for a connection that says nothing, or its headers drop by drop
# glibc's mallopt, from its malloc.h: how many arenas, and from how many bytes on a block goes back when it is freed.
M_ARENA_MAX, ARENAS = -8, 2
M_MMAP_THRESHOLD, LARGE = -3, 128 * 1024


def listen(host: str, port: int) -> socket.socket:
    """Take the address, port 0 for any free one; raises StartError when it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StartError(f"Die Adresse {host} gibt es hier nicht.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise StartError(
            f"Port {port} auf {host} ist belegt oder nicht erlaubt; wählen Sie mit --port einen anderen."
        ) from error
    return listener


def address(host: str, listener: socket.socket) -> str:
    """The web address of a listening socket, by the name that it was asked for."""
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configuration(listener: socket.socket) -> Config:
    """Hypercorn's settings; the socket is hypercorn's from here on."""
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = GRACE
    config.shutdown_timeout = CLOSING
    # A limit on every single read (read_timeout) would end event streams; bodies have a limit of their own (guard.py).
    config.keep_alive_timeout = SILENT
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = log
    return config


async def _do_not_wait(server: asyncio.Server) -> None:
    # Hypercorn itself waits for open connections, as long as its grace is. From Python 3.12 on asyncio's own
    # `wait_closed`, which comes before that, waits for them without end.
    pass


async def serve(
    app: Quart, listener: socket.socket, ready: Callable[[], None], lifeline: int | None = None
) -> None:
    """Serve until SIGTERM or SIGINT: event streams end first, then the requests; a second signal ends at once.

    A child of `workers.py` ends too when its parent is gone, at the other end of `lifeline`, and is hurried only by it.
    Calls `ready` as soon as requests are answered. Raises StartError when the application does not start.
    """
    _hoard_no_memory()
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    asyncio.Server.wait_closed = _do_not_wait  # type: ignore[method-assign, assignment]
    for name in SIGNALS:
        loop.add_signal_handler(name, stop.set)

    def let_go() -> None:
        loop.remove_reader(lifeline or 0)
        stop.set()

    if lifeline is not None:
        loop.add_reader(lifeline, let_go)

    at_last = threading.Timer(GRACE + CLOSING + SPARE, _end)
    at_last.daemon = True  # it does not keep the process itself

    async def stopped() -> None:
        ready()
        await stop.wait()
        for name in SIGNALS if lifeline is None else ():  # a parent may pass on what came here already
            loop.remove_signal_handler(name)
        at_last.start()
        getattr(app, "end_streams", lambda: None)()

    try:
        await run_hypercorn(app, configuration(listener), shutdown_trigger=stopped)
    except Exception as error:
        # What the start had opened already would keep the process alive.
        await close_database()
        if stop.is_set():
            raise
        raise StartError(f"Das Kundenportal konnte nicht starten: {' '.join(str(error).split())}") from error


def _end() -> None:
    # A request or a thread does not let itself be ended. Whatever was acknowledged is kept, as after any kill.
    log.error("the portal does not stop; it is ended")
    os._exit(1)


def _hoard_no_memory() -> None:
    # With an arena for each thread and a threshold that grows with what was freed, a portal under mixed load came to
    # hold 180 MB of which it used 77. Other systems than Linux with glibc have no such switch, and need none.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_ARENA_MAX, ARENAS)
        mallopt(M_MMAP_THRESHOLD, LARGE)
