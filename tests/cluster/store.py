"""The machine „store“: moto's S3 server, and a mail server that writes down the Message-ID of each letter it took."""

import asyncio
import email
import sys
import threading
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.s3 import create


class Letters:
    """Takes every letter; notes it before it says so."""

    def __init__(self, file: Path) -> None:
        self.file = file

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One letter."""
        letter = email.message_from_bytes(envelope.content or b"")
        with self.file.open("a") as file:
            file.write(f"{letter['Message-ID']} {envelope.rcpt_tos[0]}\n")
        return "250 OK"


async def serve(address: str, file: Path) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Letters(file)), address, 25)
    await server.serve_forever()


def main() -> None:
    """`python -m tests.cluster.store ADDRESS FILE`."""
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    address = sys.argv[1]
    s3 = ThreadedMotoServer(ip_address=address, port=9000, verbose=False)
    s3.start()
    create(f"http://{address}:9000", "kundenportal")
    threading.current_thread().name = "mail"
    asyncio.run(serve(address, Path(sys.argv[2])))


if __name__ == "__main__":
    main()
