"""Machines that are network namespaces: each with an address of its own, a cable to pull and a switch to turn off."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BRIDGE, NET = "kp-cluster", "10.80.0"
# The addresses of docs/examples/cluster-*.
ADDRESSES = {"proxy": 10, "app1": 21, "app2": 22, "db1": 31, "db2": 32, "store": 40}
PACKAGES = {
    "postgresql": "/usr/lib/postgresql/15/bin/postgres", "patroni": "patroni", "etcd-server": "etcd",
    "haproxy": "haproxy", "openssl": "openssl", "iproute2": "ip",
}  # fmt: skip


def install() -> None:
    """Install what is missing of Debian's own packages; only root can, and only root can make namespaces."""
    missing = [name for name, program in PACKAGES.items() if not shutil.which(program)]
    if missing:
        print(f"installing {' '.join(missing)}")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], check=True, env=quiet, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)


def ip(*arguments: str, check: bool = True) -> str:
    """Run `ip`."""
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True).stdout


def settings_of(name: str) -> dict[str, str]:
    """The lines NAME=value of an example."""
    lines = (EXAMPLES / name).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Machine:
    """One namespace, its disk (a folder), and what is started there each time that it is switched on."""

    def __init__(self, name: str, disk: Path) -> None:
        self.name, self.address = name, f"{NET}.{ADDRESSES[name]}"
        self.disk, self.space, self.cable = disk / name, f"kp-{name}", f"kp-{name}"
        self.disk.mkdir(mode=0o755)
        self._starting: list[Callable[[], object]] = []

    def connect(self) -> None:
        """Make the namespace and put its cable into the bridge."""
        ip("netns", "add", self.space)
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        ip("link", "set", self.cable, "master", BRIDGE, "up")
        ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            ip("-n", self.space, "link", "set", device, "up")

    def service(self, *command: str, user: str = "root", **environment: str) -> None:
        """Start a program now and at each switching on."""
        self._starting.append(lambda: self.start(*command, user=user, **environment))
        self._starting[-1]()

    def start(self, *command: str, user: str = "root", **environment: str) -> "subprocess.Popen[bytes]":
        """Start a program here; what it says goes into the machine's log."""
        own = {"PATH": os.environ["PATH"], "HOME": str(self.disk), "LANG": "C.UTF-8", **environment}
        become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user != "root" else []
        with (self.disk / "log").open("ab") as log:
            return subprocess.Popen(
                ["ip", "netns", "exec", self.space, *become, *command],
                cwd=ROOT if user == "root" else self.disk, env=own, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def pids(self) -> list[int]:
        """Whoever runs here."""
        return [int(pid) for pid in ip("netns", "pids", self.space, check=False).split()]

    def switch_off(self) -> None:
        """As a power failure would: the cable first, so that nobody hears a goodbye, then every process."""
        self.unplug()
        until = time.monotonic() + 10
        while (pids := self.pids()) and time.monotonic() < until:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def switch_on(self) -> None:
        """Start everything again that was started here."""
        self.plug()
        for start in self._starting:
            start()

    def restart(self) -> None:
        """End every process and start them again, the cable in."""
        for pid in self.pids():
            os.kill(pid, signal.SIGKILL)
        while self.pids():
            time.sleep(0.02)
        for start in self._starting:
            start()

    def unplug(self) -> None:
        """Pull the cable: what is sent vanishes, nobody is told."""
        ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        """Put it in again."""
        ip("link", "set", self.cable, "up")

    def said(self) -> str:
        """The end of the machine's log."""
        return (self.disk / "log").read_text(errors="replace")[-3000:]


@contextmanager
def machines(logs: Path) -> Iterator[Mapping[str, Machine]]:
    """All machines, connected; gone afterwards with all that runs in them, but for their logs."""
    if f"{NET}." in ip("addr"):
        pytest.fail(f"the network {NET}.0/24 is in use here already")
    # In memory: what is killed here loses no page that it wrote, and etcd falls silent on a disk that is slow.
    folder = Path(tempfile.mkdtemp(prefix="kp-cluster-", dir="/dev/shm"))
    before = set(Path("/dev/shm").glob("PostgreSQL.*"))
    folder.chmod(0o755)
    made = {name: Machine(name, folder) for name in ADDRESSES}
    ip("link", "add", BRIDGE, "type", "bridge")
    try:
        ip("addr", "add", f"{NET}.1/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for machine in made.values():
            machine.connect()
        yield made
    finally:
        for machine in made.values():
            with suppress(FileNotFoundError):
                shutil.copyfile(machine.disk / "log", logs / f"{machine.name}.log")
            if machine.space in ip("netns", "list"):
                machine.switch_off()
                ip("netns", "delete", machine.space, check=False)
            ip("link", "delete", machine.cable, check=False)  # the kernel keeps a namespace for what is half closed
        ip("link", "delete", BRIDGE, check=False)
        shutil.rmtree(folder, ignore_errors=True)
        if subprocess.run(["pgrep", "-u", "postgres"], capture_output=True).returncode == 1:  # nobody's: of killed ones
            for left in set(Path("/dev/shm").glob("PostgreSQL.*")) - before:
                left.unlink(missing_ok=True)


def store(machine: Machine) -> None:
    """The attachments' store, a mail server that notes what it gets, and the third voice about who is primary."""
    machine.service(sys.executable, "-m", "tests.cluster.store", machine.address, str(machine.disk / "letters"))
    etcd(machine)


def etcd(machine: Machine) -> None:
    """Who agrees with two others."""
    machine.service("etcd", **settings_of("cluster-etcd.conf") | {
        "ETCD_NAME": machine.name, "ETCD_DATA_DIR": str(machine.disk / "etcd"),
        "ETCD_INITIAL_ADVERTISE_PEER_URLS": f"http://{machine.address}:2380",
        "ETCD_ADVERTISE_CLIENT_URLS": f"http://{machine.address}:2379",
    })  # fmt: skip


def patroni(machine: Machine) -> None:
    """PostgreSQL under Patroni's hand; it refuses to be root."""
    place = machine.disk / "postgres"
    place.mkdir()
    shutil.chown(place, "postgres", "postgres")
    machine.service("patroni", str(EXAMPLES / "cluster-patroni.yml"), user="postgres", **{
        "PATRONI_NAME": machine.name, "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{machine.address}:8008",
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{machine.address}:5432", "HOME": str(place),
        "PATRONI_POSTGRESQL_DATA_DIR": str(place / "data"), "PATRONI_POSTGRESQL_PGPASS": str(place / "pgpass"),
    })  # fmt: skip


def application(machine: Machine, *command: str) -> list[str]:
    """A command of the portal on this machine."""
    return [sys.executable, "-m", "app.cli", *command]


def environment(machine: Machine) -> dict[str, str]:
    """The portal's settings there."""
    return settings_of("cluster-kundenportal.env") | {"PORTAL_DATA_DIR": str(machine.disk / "data")}


def proxy(machine: Machine) -> None:
    """HAProxy with a certificate of its own making."""
    pem = machine.disk / "portal.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=portal.example"]
    subprocess.run([*made, "-keyout", str(pem), "-out", f"{pem}.crt"], check=True, capture_output=True)
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    machine.service("haproxy", "-db", "-f", str(EXAMPLES / "cluster-haproxy.cfg"), CERTIFICATE=str(pem))
