"""The proxies of examples/deploiement before a real server, with ports, names and paths of here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import trustme

from collector.comptes import Compte, Droit
from collector.config import load
from collector.serve import opened
from collector.store.admin import AdminStore
from tests.admin.visit import HASH
from tests.durability.outside import until
from tests.ports import free_port
from tests.world import SITE, a_jeton, address_of, an_avis

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "examples" / "deploiement"
NAME = "localhost"
UNPACKED = ROOT / ".venv" / "mandataires"  # where make puts what the machine has not


def program(name: str) -> str:
    """Where a proxy is. Fails when it is missing: make test sees to it."""
    places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", f"{UNPACKED}/usr/sbin",
                              f"{UNPACKED}/usr/bin"])  # fmt: skip
    found = shutil.which(name, path=places)
    assert found, f"no {name}: make test sets it up"
    return found


@dataclass(frozen=True, slots=True)
class Front:
    """A proxy that answers: its addresses, its folder, and who may trust it."""

    url: str
    plain_url: str
    folder: Path
    trust: ssl.SSLContext
    process: subprocess.Popen[bytes]

    def visitor(self, address: str = "127.0.0.1") -> httpx.Client:
        """A browser, at an address of its own: all of 127.0.0.0/8 is this machine."""
        transport = httpx.HTTPTransport(verify=self.trust, local_address=address)
        return httpx.Client(base_url=self.url, transport=transport, timeout=20)

    def written(self) -> bytes:
        """All that the proxy has written anywhere, to files and to its output."""
        return b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


def post(client: httpx.Client, clock_ms: int, **headers: str) -> httpx.Response:
    """An avis as a widget of SITE posts it."""
    body = an_avis(clock_ms=clock_ms, jeton=a_jeton(opened_ms=clock_ms - 10_000))
    sent = {"origin": SITE, **headers}
    return client.post("/api/v1/avis", json=body, headers=sent)


def add_operateur(path: Path) -> Compte:
    """Somebody who may sign in with PASSWORD and do everything."""

    async def work() -> Compte:
        async with opened(load({"database": address_of(path)}, environ={})) as store:
            assert isinstance(store, AdminStore)
            await store.claim()
            le = "2026-01-01T00:00:00.000Z"
            await store.add_compte(Compte(0, "camille@exemple.fr", "Camille", le, HASH))
            compte = await store.compte_of("camille@exemple.fr")
            assert compte is not None
            await store.add_droit(Droit(0, compte.id, "operateur", donne_le=le, donne_par="essai"))
            return compte

    return asyncio.run(work())


def fitted(text: str, changes: Mapping[str, str]) -> str:
    """A shipped file with what differs here; each change has to be of something that is there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def no_change(text: str) -> str:
    return text


Change = Callable[[str], str]


@contextlib.contextmanager
def nginx(folder: Path, upstream: str, change: Change = no_change) -> Iterator[Front]:
    """nginx.conf as it is shipped, in an nginx whose own files are in `folder`."""
    port, plain = free_port(), free_port()
    certified(folder)
    site = fitted(
        (SHIPPED / "nginx.conf").read_text("utf-8"),
        {
            "server 127.0.0.1:8000;": f"server {upstream};",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "https://avis.exemple.fr": f"https://{NAME}:{port}",
            "server_name avis.exemple.fr;": f"server_name {NAME};",
            "Host $host;": "Host $http_host;",
            "/etc/ssl/jdma/certificat.pem": f"{folder}/certificat.pem",
            "/etc/ssl/jdma/cle.pem": f"{folder}/cle.pem",
            "/var/log/nginx/jdma.log": f"{folder}/jdma.log",
        },
    )
    (folder / "jdma.conf").write_text(change(site), encoding="utf-8")
    # A Debian's nginx.conf, as far as it matters: unless a site says no, accesses are logged.
    temp = "".join(f"{each}_temp_path {folder}/{each};\n" for each in
                   ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} pid {folder}/pid; worker_processes 1;\n"
        f"events {{ worker_connections 512; }}\n"
        f"http {{ access_log {folder}/access.log; {temp} include {folder}/jdma.conf; }}\n",
        encoding="utf-8",
    )
    command = [program("nginx"), "-p", folder, "-e", folder / "error.log", "-c",
               folder / "nginx.conf"]  # fmt: skip
    with _running(command, folder, port, plain, {}) as front:
        yield front


@contextlib.contextmanager
def caddy(folder: Path, upstream: str, change: Change = no_change) -> Iterator[Front]:
    """The Caddyfile as it is shipped, with a certificate that is there already."""
    port, plain = free_port(), free_port()
    certified(folder)
    site = fitted(
        (SHIPPED / "Caddyfile").read_text("utf-8"),
        {
            "{\n\t# Ses messages": f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {port}\n"
            "\tdefault_bind 127.0.0.1\n\t# Ses messages",
            "\tencode gzip\n": f"\tencode gzip\n\ttls {folder}/certificat.pem {folder}/cle.pem\n",
        },
    )
    (folder / "Caddyfile").write_text(change(site), encoding="utf-8")
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", folder / "Caddyfile"]
    names = {"JDMA_NOM": NAME, "JDMA_ECOUTE": upstream, "HOME": str(folder),
             "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}  # fmt: skip
    with _running(command, folder, port, plain, names) as front:
        yield front


FRONTS = {"nginx": nginx, "caddy": caddy}


def certified(folder: Path) -> None:
    """A certificate for NAME, of an authority that only these tests know."""
    authority = trustme.CA()
    certificate = authority.issue_cert(NAME)
    authority.cert_pem.write_to_path(str(folder / "autorite.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "cle.pem"))
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(str(folder / "certificat.pem"), append=True)


@contextlib.contextmanager
def _running(
    command: Sequence[object], folder: Path, port: int, plain: int, environ: Mapping[str, str]
) -> Iterator[Front]:
    """A proxy under way, that answers; ended by its process id in any case."""
    trust = ssl.create_default_context(cafile=str(folder / "autorite.pem"))
    with (folder / "sortie").open("wb") as said:
        process = subprocess.Popen(
            [str(each) for each in command],
            stdout=said,
            stderr=said,
            cwd=folder,
            env={**os.environ, **environ},
        )
    front = Front(f"https://{NAME}:{port}", f"http://{NAME}:{plain}", folder, trust, process)
    try:
        until(lambda: _answers(front))
        yield front
    finally:
        process.terminate()
        process.wait(10)


def _answers(front: Front) -> bool:
    said = (front.folder / "sortie").read_text("utf-8", "replace")
    assert front.process.poll() is None, said
    with contextlib.suppress(httpx.TransportError):
        return bool(httpx.get(front.url, verify=front.trust).status_code)
    return False
