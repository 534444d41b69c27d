"""An S3-compatible store for tests: moto's server in a thread, and stores that are away, full or silent."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

KEY, SECRET = "portal", "geheim-geheim"
FULL = b"<Error><Code>XMinioStorageFull</Code><Message>Storage backend is full.</Message></Error>"


@contextmanager
def running() -> Iterator[Callable[[], str]]:
    """A function that makes the address of a new, empty bucket, for as long as the block lasts."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    numbers = itertools.count(1)

    def make() -> str:
        name = f"bucket-{next(numbers)}"
        create(f"http://{host}:{port}", name)
        return address(f"http://{host}:{port}", name)

    try:
        yield make
    finally:
        server.stop()


def create(endpoint: str, bucket: str) -> None:
    """Make a bucket; moto believes whoever says who they are."""
    signed = f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    urlopen(Request(f"{endpoint}/{bucket}", method="PUT", headers={"Authorization": signed})).close()


def address(endpoint: str, bucket: str = "bucket") -> str:
    """The setting for a bucket behind an endpoint."""
    return f"s3://{KEY}:{SECRET}@{bucket}/portal/files?endpoint={endpoint}&region=us-east-1"


class _Full(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(507)
        self.send_header("Content-Length", str(len(FULL)))
        self.end_headers()
        self.wfile.write(FULL)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def full() -> Iterator[str]:
    """The address of a bucket that takes nothing more."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Full) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
