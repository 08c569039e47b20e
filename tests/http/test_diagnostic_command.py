"""`jdma diagnostic`: a report to paste in a ticket, that names nobody and opens nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from admin_ui.courriel import Courrier
from admin_ui.exploitation.sounding import mail
from collector import __version__
from collector.watch.checkup import room
from tests import postgres
from tests.admin.poste import a_poste
from tests.forked import run
from tests.ports import free_port
from tests.world import SECRET, a_server, execute, new_database, set_up

HIDDEN = {
    "JDMA_SECRET": SECRET,
    "JDMA_OLD_SECRETS": "vieux-secret-vieux-secret-vieux-secret",
    "JDMA_SMTP_URL": "smtp://quidam:motdepasse@127.0.0.1:1",
    "JDMA_SMTP_FROM": "Camille Dupont <camille@exemple.fr>",
    "JDMA_DPO": "camille@exemple.fr",
    "JDMA_ACCESSIBILITE_CONTACT": "camille@exemple.fr",
    "JDMA_SDG_KEY": "cle-du-depot",
    "JDMA_PUBLIC_URL": "https://avis.exemple.fr",
}
TOLD = ("vieux-secret", SECRET, "quidam", "motdepasse", "cle-du-depot", "Camille", "camille")


def diagnostic(
    *words: str, **environ: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, tuple[str, str]]]:
    """What it said, and each finding by its name."""
    bare = {name: each for name, each in os.environ.items() if not name.startswith("JDMA_")}
    done = run("diagnostic", "--json", *words, environ={**bare, **environ})
    found = json.loads(done.stdout)["constats"]
    return done, {each["nom"]: (each["etat"], each["phrase"]) for each in found}


def test_beside_a_server_it_tells_how_things_are_and_hides_what_it_should(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    person = (
        "insert into compte (courriel, nom, cree_le, mot_de_passe) values "
        "('camille@exemple.fr', 'Camille', '2026', 'x')"
    )
    execute(path, person)
    execute(path, "insert into droit (compte_id, role, donne_le, donne_par) "
                  "values (1, 'operateur', '2026', 'x')")  # fmt: skip
    with a_server(path):
        before = path.read_bytes()
        done, found = diagnostic(f"--database=sqlite:///{path}", **HIDDEN, JDMA_TOTP="personne")
        assert path.read_bytes() == before
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["versions"]["jdma"] == __version__
    settings = {each["variable"]: each for each in report["reglages"]}
    assert settings["JDMA_SMTP_FROM"]["valeur"] == "…@exemple.fr"
    assert settings["JDMA_DPO"]["valeur"] == "…@exemple.fr"
    assert settings["JDMA_ACCESSIBILITE_CONTACT"]["valeur"] == "…@exemple.fr"
    assert settings["JDMA_SECRET"] == {
        "variable": "JDMA_SECRET",
        "valeur": "donné, jamais affiché",
        "source": "variable d’environnement",
    }
    assert settings["JDMA_DATABASE"]["source"] == "option de la commande"
    assert settings["JDMA_PORT"]["source"] == "par défaut"
    assert found["base"][0] == found["migrations"][0] == found["démarrage"][0] == "ok"
    assert "1 opérateur(s) sur 1 entrent sans code" in found["comptes"][1]
    assert found["mandataires"][0] == "attention"
    plain = run("diagnostic", f"--database=sqlite:///{path}", environ={**os.environ, **HIDDEN})
    for trace in TOLD:
        assert trace not in done.stdout + plain.stdout
    assert "JDMA_SMTP_URL=donné, jamais affiché" in plain.stdout


def test_what_would_stop_a_start_is_told_whole_and_fails(tmp_path: Path) -> None:
    (tmp_path / "avis.db.secret").write_text("court")
    done, found = diagnostic(f"--database=sqlite:///{tmp_path}/avis.db")
    assert (done.returncode, found["démarrage"][0]) == (1, "echec")
    done, found = diagnostic(JDMA_SMTP_FROM="Camille <camille@exemple.fr")
    assert found["réglages"][1].startswith("JDMA_SMTP_FROM vaut … : il faut ")
    done, found = diagnostic(JDMA_PORT="x", JDMA_WORKERS="2")
    assert done.returncode == 1
    phrases = [each["phrase"] for each in json.loads(done.stdout)["constats"]]
    assert [each.split()[0] for each in phrases] == ["JDMA_PORT", "JDMA_WORKERS"]


def test_a_database_that_waits_for_migrations_or_is_damaged_fails(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    where = f"--database=sqlite:///{path}"
    assert diagnostic(where)[0].returncode == 0
    execute(path, "delete from migration where numero = (select max(numero) from migration)")
    done, found = diagnostic(where)
    assert (done.returncode, found["migrations"][0]) == (1, "echec")
    path.write_bytes(path.read_bytes()[:4096] + bytes(8192) + path.read_bytes()[12288:])
    done, found = diagnostic(where)
    assert (done.returncode, found["base"][0]) == (1, "echec")


def test_who_may_read_the_secret_and_the_database_is_looked_at(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    secret = path.with_name("avis.db.secret")
    secret.write_text(f"{SECRET}\n{SECRET}-avant\n")
    path.chmod(0o600)
    secret.chmod(0o600)
    _, found = diagnostic(f"--database=sqlite:///{path}")
    assert "droits" not in found
    assert found["secret"][1].startswith("2 secrets sont crus")
    secret.write_text(f"{SECRET}\n")
    path.chmod(0o644)
    secret.chmod(0o640)
    _, found = diagnostic(f"--database=sqlite:///{path}")
    assert found["droits"] == ("attention", f"{path} se lit par tous ici : chmod 600 {path}")
    assert found["secret"][1] == f"{secret} se lit par d’autres : chmod 600 {secret}"


def test_an_audit_that_is_over_or_to_come_is_told() -> None:
    def told(jour: str) -> tuple[int, dict[str, tuple[str, str]]]:
        done, found = diagnostic(JDMA_ACCESSIBILITE_AUDIT=f"{jour}, 87.5, Cabinet")
        return done.returncode, found

    yesterday = date.today() - timedelta(days=1)
    code, found = told("2020-10-12")
    assert (code, found["accessibilité"][0]) == (0, "attention")
    assert "l’audit du 2020-10-12 a plus de trois ans" in found["accessibilité"][1]
    code, found = told(yesterday.isoformat())
    assert (code, "accessibilité" in found) == (0, False)
    code, found = told("2999-10-12")
    assert (code, found["démarrage"][0], "accessibilité" in found) == (1, "echec", False)


def test_postgresql_is_looked_at_too() -> None:
    address = postgres.shared().address("postgres") + "?search_path=diagnostic"
    postgres.execute(address, "drop schema if exists diagnostic cascade; create schema diagnostic")
    set_up(address)
    done, found = diagnostic(f"--database={address}", JDMA_SECRET=SECRET)
    assert done.returncode == 0, done.stdout
    assert found["base"][1].startswith("PostgreSQL ")
    away = f"postgresql://moi:motdepasse@127.0.0.1:{free_port()}/avis"
    done, found = diagnostic(f"--database={away}", JDMA_SECRET=SECRET)
    assert (done.returncode, found["base"][0]) == (1, "echec")
    assert "motdepasse" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("free", "etat"), [(1e11, "ok"), (1e9, "ok"), (9e8, "attention"), (1e8, "echec")]
)
def test_room_on_the_disk_is_enough_or_not(free: float, etat: str) -> None:
    assert room(free, Path("/srv")).etat == etat


def test_the_network_is_asked_only_when_told_to(tmp_path: Path) -> None:
    path = new_database(tmp_path)
    with a_server(path) as server, a_poste(login="avis:motdepasse") as poste:
        given: dict[str, Any] = {
            "JDMA_PUBLIC_URL": server.url,
            "JDMA_SMTP_URL": poste.url,
            "JDMA_SMTP_FROM": "avis@exemple.fr",
        }
        where = f"--database=sqlite:///{path}"
        _, found = diagnostic(where, **given)
        assert "accès" not in found
        assert poste.verbs == []
        _, found = diagnostic(where, "--reseau", **given)
        assert (found["accès"][0], found["courriel"][0]) == ("ok", "ok")
        assert "AUTH" in poste.verbs
        assert "MAIL" not in poste.verbs
    done, found = diagnostic(where, "--reseau", **given)
    assert done.returncode == 1
    assert (found["accès"][0], found["courriel"][0]) == ("echec", "echec")


class Answering(BaseHTTPRequestHandler):
    """What a proxy in front of the collector would answer."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextlib.contextmanager
def behind_tls(certificate: trustme.LeafCert) -> Iterator[str]:
    """An address of https, for as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("days", "etat"), [(90, "ok"), (3, "attention")])
def test_a_certificate_that_soon_ends_is_told(tmp_path: Path, days: int, etat: str) -> None:
    authority, ends = trustme.CA(), datetime.now(UTC) + timedelta(days=days, hours=1)
    authority.cert_pem.write_to_path(tmp_path / "autorite.pem")
    where = f"--database=sqlite:///{new_database(tmp_path)}"
    trusted = {"SSL_CERT_FILE": str(tmp_path / "autorite.pem")}
    with behind_tls(authority.issue_cert("localhost", not_after=ends)) as url:
        _, found = diagnostic(where, "--reseau", JDMA_PUBLIC_URL=url, **trusted)
        assert found["TLS"] == (etat, f"le certificat finit dans {days} jour(s)")
        assert found["accès"][0] == "ok"
        done, found = diagnostic(where, "--reseau", JDMA_PUBLIC_URL=url)
        assert (done.returncode, found["accès"][0]) == (1, "echec")
        assert "son certificat n’est pas accepté d’ici" in found["accès"][1]


def test_what_was_not_looked_at_is_said(tmp_path: Path) -> None:
    where = f"--database=sqlite:///{new_database(tmp_path)}"
    assert (
        "Pas regardés : l’adresse publique et son certificat (TLS)"
        in run("diagnostic", where).stdout
    )
    assert "Pas regardés" not in run("diagnostic", where, "--reseau").stdout


def test_a_mail_server_that_refuses_the_password_is_told() -> None:
    with a_poste(login="avis:motdepasse") as poste:
        wrong = Courrier(poste.url.replace("motdepasse", "autre"), "avis@exemple.fr", None, 5)
        found = asyncio.run(mail(wrong))
    assert found.etat == "echec"
    assert "refuse le mot de passe" in found.phrase
