"""`jdma` as an operator runs it: processes of their own, what they print, how they end."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2 as httpx
import pytest
import typer
from typer.testing import CliRunner

from collector import __version__
from collector.cli import app
from collector.config import declared
from tests import forked
from tests.durability.outside import until
from tests.ports import free_port
from tests.world import FIN, SECRET, a_server, an_avis, new_database, rows

ROOT = Path(__file__).parents[2]


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The file of a database with three démarches and three boutons."""
    return new_database(tmp_path)


def environment(**variables: str) -> dict[str, str]:
    """The environment without any setting but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JDMA_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **variables}


def jdma(*words: str, database: Path | None = None, **variables: str) -> Ended:
    """Run a command to its end; the database is given as the variable operators use."""
    if database is not None:
        variables["JDMA_DATABASE"] = f"sqlite:///{database}"
    done = forked.run(*words, environ=environment(**variables))
    return Ended(done.returncode, done.stdout, done.stderr)


def as_json(ended: Ended) -> Any:
    assert (ended.code, ended.err) == (0, "")
    return json.loads(ended.out)


def one_sentence(ended: Ended) -> str:
    """The reason of a refusal: exit 1, one line on stderr, nothing on stdout."""
    assert (ended.code, ended.out) == (1, "")
    assert re.fullmatch(r"jdma : .+[.]\n", ended.err)
    return ended.err.removeprefix("jdma : ").rstrip("\n")


# Help


def commands(group: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """The words of every command below a group."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield *path, name


def help_of(*path: str) -> str:
    """A help page, on a screen wide enough not to break its lines."""
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "500", "NO_COLOR": "1"})
    assert shown.exit_code == 0
    return shown.output


EVERY_COMMAND = list(commands(typer.main.get_command(app)))


def test_the_walk_finds_every_command() -> None:
    known = {("serve",), ("demo",), ("migrate",), ("verify",), ("rebuild",), ("bouton", "create")}
    assert known <= set(EVERY_COMMAND)


@pytest.mark.parametrize("path", EVERY_COMMAND, ids=" ".join)
def test_every_command_has_an_example_of_itself(path: tuple[str, ...]) -> None:
    assert f"Exemple : jdma {' '.join(path)}" in help_of(*path)


def test_help_of_serve_lists_every_setting() -> None:
    page = help_of("serve")
    for setting in declared():
        assert f"--{setting.name.replace('_', '-')} " in page
        assert f"{setting.help} {setting.variable}, défaut : " in page


@pytest.mark.parametrize("path", [(), ("structure",), ("demarche",), ("bouton",)], ids=" ".join)
def test_a_group_alone_shows_its_commands(path: tuple[str, ...]) -> None:
    page = help_of(*path)
    for each in EVERY_COMMAND:
        if each[:-1] == path:
            assert f" {each[-1]} " in page


@pytest.mark.parametrize(
    "words",
    [("inconnue",), ("verify", "--inconnu"), ("structure", "create"), ("bouton", "open")],
    ids=" ".join,
)
def test_a_command_that_does_not_exist_as_typed_ends_with_2(words: tuple[str, ...]) -> None:
    ended = jdma(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "--help" in ended.err


def test_version_is_said_plainly_and_in_json() -> None:
    assert jdma("version") == (0, f"{__version__}\n", "")
    assert as_json(jdma("version", "--json")) == {"version": __version__}


# Setting up


def test_a_new_database_is_set_up_in_three_commands(tmp_path: Path) -> None:
    new = tmp_path / "neuf.db"
    structure = jdma(
        "structure", "create", " Ville  de Montclair ", "--siret=732 829 320 00074",
        "--territoire=01053", database=new,
    )  # fmt: skip
    assert structure == (0, "1\n", "")
    demarche = jdma(
        "demarche", "create", "carte-grise", "Obtenir une carte grise", "--structure=1",
        "--publique", "--url=https://www.exemple.fr/carte", database=new,
    )  # fmt: skip
    assert (demarche.code, demarche.err) == (0, "")
    assert "jdma bouton create carte-grise" in demarche.out
    bouton = jdma("bouton", "create", "carte-grise", "--origine=https://a.fr", database=new)
    assert (bouton.code, bouton.err) == (0, "")

    assert as_json(jdma("structure", "list", "--json", database=new)) == [
        {
            "id": 1,
            "nom": "Ville de Montclair",
            "siret": "73282932000074",
            "parent": None,
            "territoire": "01053",
        }
    ]
    assert as_json(jdma("demarche", "list", "--json", database=new)) == [
        {
            "slug": "carte-grise",
            "titre": "Obtenir une carte grise",
            "structure": "Ville de Montclair",
            "questionnaire": "standard-1",
            "publique": True,
        }
    ]
    (listed,) = as_json(jdma("bouton", "list", "--json", database=new))
    assert f'/f/{listed.pop("code")}">' in bouton.out
    assert listed == {
        "demarche": "carte-grise",
        "libelle": "Fin de démarche",
        "origines": "https://a.fr",
        "ouvert": True,
    }


def test_lists_can_be_read_and_nothing_of_them_is_cut_in_a_pipe(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    slug, titre = "un-nom-court-qui-est-long-" * 4 + "fin", "Un titre bien long " * 5 + "fini"
    jdma("demarche", "create", slug, titre, "--structure=1", database=database)
    listed = jdma("demarche", "list", database=database).out.splitlines()
    assert listed[0].split() == ["slug", "titre", "structure", "questionnaire", "publique"]
    assert len(listed) == 1 + 4
    assert re.fullmatch(rf"{slug} +{titre} +Ville de Montclair +standard-1 +non *", listed[-1])


@pytest.mark.parametrize("kind", ["structure", "demarche", "bouton"])
def test_an_empty_list_says_how_to_add_one_and_is_an_empty_list_in_json(
    tmp_path: Path, kind: str
) -> None:
    new = tmp_path / "neuf.db"
    assert f"jdma {kind} create" in jdma(kind, "list", database=new).out
    assert as_json(jdma(kind, "list", "--json", database=new)) == []


def test_bouton_create_prints_the_two_lines_that_the_server_serves(database: Path) -> None:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    made = jdma(
        "bouton", "create", "carte-de-stationnement", "--origine=https://www.exemple.fr",
        database=database, JDMA_PUBLIC_URL=public,
    )  # fmt: skip
    assert (made.code, made.err) == (0, "")
    found = re.fullmatch(
        rf'<script src="{public}(/w/\d+\.\d+\.\d+/avis\.js)" integrity="sha384-([A-Za-z0-9+/=]+)" '
        rf'crossorigin="anonymous" defer></script>\n'
        rf'<mon-avis><a href="{public}(/f/([0-9a-z]{{6}}))">Je donne mon avis</a></mon-avis>\n',
        made.out,
    )
    assert found
    script, integrity, form, code = found.groups()
    with a_server(database, port) as server, httpx.Client(base_url=server.url) as client:
        served = client.get(script)
        assert served.status_code == 200
        assert base64.b64encode(hashlib.sha384(served.content).digest()).decode() == integrity
        assert client.get(form).status_code == 200
    shown = jdma("bouton", "show", code, f"--public-url={public}/", database=database)
    assert shown == (0, made.out, "")


def test_a_bouton_without_an_origin_prints_the_lines_and_says_what_will_not_work(
    database: Path,
) -> None:
    made = jdma("bouton", "create", "carte-de-stationnement", database=database)
    assert made.code == 0
    assert len(made.out.splitlines()) == 2
    assert made.err.startswith("Aucune origine : seul le lien marchera.")


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("HTTPS://WWW.Exemple.FR", "https://www.exemple.fr"),
        ("https://www.exemple.fr:443", "https://www.exemple.fr"),
        ("http://www.exemple.fr:80", "http://www.exemple.fr"),
        ("https://www.exemple.fr:8443", "https://www.exemple.fr:8443"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(database: Path, given: str, origin: str) -> None:
    made = jdma("bouton", "create", "dossier-long", f"--origine={given}", database=database)
    assert made.code == 0
    listed = as_json(jdma("bouton", "list", "--json", database=database))
    assert origin in [each["origines"] for each in listed if each["code"] in made.out]


def test_a_bouton_is_closed_and_opened_under_a_running_server(database: Path) -> None:
    with a_server(database) as server, httpx.Client(base_url=server.url) as client:
        jeton = client.get(f"/f/{FIN.code}.json").json()["jeton"]

        def post() -> int:
            body = an_avis(clock_ms=time.time_ns() // 1_000_000, jeton=jeton)
            return client.post("/api/v1/avis", json=body).status_code

        closed = jdma("bouton", "close", FIN.code, database=database)
        assert closed == (0, f"Bouton « {FIN.code} » fermé.\n", "")
        until(lambda: post() == 410)
        opened = jdma("bouton", "open", FIN.code, database=database)
        assert opened == (0, f"Bouton « {FIN.code} » ouvert.\n", "")
        until(lambda: post() == 201)
    listed = as_json(jdma("bouton", "list", "--json", database=database))
    assert all(each["ouvert"] for each in listed)


DEMARCHE = ("demarche", "create", "autre", "Une autre")
CODE = (
    "il faut le code INSEE d’une commune ou d’un département, comme 01053, 2A004, 97411, 01 ou "
    "974 ; ce n’est pas le code postal."
)
REFUSALS: dict[str, tuple[tuple[str, ...], str]] = {
    "structure without a name": (
        ("structure", "create", "  "),
        "nom : il faut de 1 à 200 caractères.",
    ),
    "structure that exists": (
        ("structure", "create", "Ville de Montclair"),
        "une structure s’appelle déjà « Ville de Montclair ».",
    ),
    "parent that does not exist": (
        ("structure", "create", "Service", "--parent=9"),
        "aucune structure n’a le numéro 9 ; voyez « jdma structure list ».",
    ),
    "SIRET with a wrong digit": (
        ("structure", "create", "Service", "--siret=73282932000075"),
        "siret « 73282932000075 » : un des chiffres est faux : leur somme ne tombe pas juste.",
    ),
    "territory of a structure": (
        ("structure", "create", "Service", "--territoire=1053"),
        f"territoire « 1053 » : {CODE}",
    ),
    "territory of a bouton": (
        ("bouton", "create", "dossier-long", "--territoire=Ain"),
        f"territoire « Ain » : {CODE}",
    ),
    "address of a demarche": (
        (*DEMARCHE, "--structure=1", "--url=www.exemple.fr"),
        "url « www.exemple.fr » : il faut une adresse qui commence par https:// ou http://.",
    ),
    "slug with a capital": (
        ("demarche", "create", "Carte", "Carte", "--structure=1"),
        "slug « Carte » : il faut des minuscules, des chiffres et des tirets.",
    ),
    "slug that exists": (
        ("demarche", "create", "dossier-long", "Dossier", "--structure=1"),
        "une démarche s’appelle déjà « dossier-long ».",
    ),
    "language": ((*DEMARCHE, "--structure=1", "--langue=de"), "langue « de » : il faut fr ou en."),
    "structure that does not exist": (
        (*DEMARCHE, "--structure=9"),
        "aucune structure n’a le numéro 9 ; voyez « jdma structure list ».",
    ),
    "questionnaire that does not exist": (
        (*DEMARCHE, "--structure=1", "--questionnaire=x"),
        "questionnaire « x » : il faut l’un de demarche-longue-1, jdma-2024, satisfaction-seule-1, "
        "standard-1, standard-contact-1, standard-facile-1.",
    ),
    "demarche that does not exist": (
        ("bouton", "create", "absente"),
        "aucune démarche ne s’appelle « absente » ; voyez « jdma demarche list ».",
    ),
    "origin with a path": (
        ("bouton", "create", "dossier-long", "--origine=https://www.exemple.fr/"),
        "origine « https://www.exemple.fr/ » : il faut https://nom-du-site, sans rien après.",
    ),
    **{
        f"origin {wrong}": (
            ("bouton", "create", "dossier-long", f"--origine={wrong}"),
            f"origine « {wrong} » : il faut https://nom-du-site, sans rien après.",
        )
        for wrong in (
            "www.exemple.fr",
            "https://",
            "https://a.fr:x",
            "https://[::1",
            "https://a@b.fr",
        )
    },
    "label that is too long": (
        ("bouton", "create", "dossier-long", f"--libelle={'a' * 201}"),
        "libelle : il faut de 1 à 200 caractères.",
    ),
    "bouton to show": (("bouton", "show", "absent"), "aucun bouton n’a le code « absent »."),
    "bouton to close": (("bouton", "close", "absent"), "aucun bouton n’a le code « absent »."),
    "backup of another engine": (
        ("backup", ".", "--database=postgresql://x/y"),
        "backup et restore sont pour un fichier SQLite. PostgreSQL a ses propres outils (voyez "
        "examples/postgresql) ; « jdma copy » le copie aussi vers un fichier.",
    ),
    "database of another kind": (
        ("structure", "list", "--database=mysql://moi:motdepasse@x/y"),
        "JDMA_DATABASE vaut « mysql://moi:…@x/y » : il faut une adresse "
        "sqlite:///chemin/du/fichier.db ou postgresql://utilisateur@serveur/base.",
    ),
}


def everything(database: Path) -> list[list[tuple[Any, ...]]]:
    return [
        rows(database, f"select * from {table}") for table in ("structure", "demarche", "bouton")
    ]


@pytest.mark.parametrize(("words", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_one_sentence_that_says_what_was_wanted(
    database: Path, words: tuple[str, ...], sentence: str
) -> None:
    before = everything(database)
    assert one_sentence(jdma(*words, database=database)) == sentence
    assert everything(database) == before


# The proof and the repair


def test_verify_finds_damage_and_rebuild_repairs_it(database: Path) -> None:
    good = "La base est intègre.\nLes compteurs sont égaux au recomptage.\n"
    with a_server(database) as server:
        jeton = httpx.get(f"{server.url}/f/{FIN.code}.json").json()["jeton"]
        body = an_avis(clock_ms=time.time_ns() // 1_000_000, jeton=jeton)
        assert httpx.post(f"{server.url}/api/v1/avis", json=body).status_code == 201
        assert jdma("verify", database=database) == (0, good, "")
    with contextlib.closing(sqlite3.connect(database)) as con, con:
        con.execute("update agregat set n = 7 where dimension = 'satisfaction'")

    damaged = jdma("verify", database=database)
    repair = "jdma : 1 compteur(s) faux ; « jdma rebuild » les répare.\n"
    assert (damaged.code, damaged.err) == (1, repair)
    assert damaged.out.startswith("La base est intègre.\ncarte-de-stationnement k7f3q2 ")
    assert damaged.out.endswith(" standard-1 satisfaction 3 : compteur 7, recompte 1\n")
    told = jdma("verify", "--json", database=database)
    assert (told.code, told.err) == (1, repair)
    (difference,) = json.loads(told.out)
    assert (difference["dimension"], difference["n"], difference["recompte"]) == (
        "satisfaction",
        7,
        1,
    )

    rebuilt = jdma("rebuild", database=database)
    assert rebuilt == (0, "Compteurs refaits pour 3 démarche(s).\n", "")
    assert jdma("verify", database=database) == (0, good, "")
    assert as_json(jdma("verify", "--json", database=database)) == []


# Migrations

FIRST = "0001_debut.sqlite.sql"


def test_migrate_tries_then_does_then_has_nothing_to_do(tmp_path: Path) -> None:
    new = tmp_path / "neuf.db"
    for _ in range(2):
        tried = jdma("migrate", "--dry-run", database=new)
        assert (tried.code, tried.err) == (0, "")
        assert f"{FIRST} : essayée, rien n’est changé\n" in tried.out
    done = jdma("migrate", database=new)
    assert (done.code, done.err) == (0, "")
    assert f"{FIRST} : faite\n" in done.out
    assert jdma("migrate", database=new) == (0, "La base est à jour.\n", "")


@pytest.mark.parametrize("command", ["verify", "rebuild"])
def test_a_database_that_waits_for_its_migrations_is_not_said_to_be_right(
    tmp_path: Path, command: str
) -> None:
    refused = one_sentence(jdma(command, database=tmp_path / "neuf.db"))
    assert refused.startswith(f"Migrations en attente : {FIRST}")
    assert "jdma migrate" in refused


@pytest.mark.parametrize("command", ["serve", "migrate", "verify"])
def test_a_database_of_a_newer_program_is_refused(database: Path, command: str) -> None:
    with contextlib.closing(sqlite3.connect(database)) as con, con:
        con.execute("insert into migration values (99, 'de_demain', '2030-01-01T00:00:00Z')")
    refused = jdma(command, database=database)
    assert refused.code == 1
    assert f"{database} vient d’une version plus récente" in refused.err
    assert len(refused.err.splitlines()) == 1


# Serving


def test_serve_with_wrong_settings_names_each_one_its_value_and_what_is_wanted() -> None:
    secret = "trop-court"
    ended = jdma(
        "serve", "--port=abc", f"--secret={secret}",
        JDMA_QUEUE_SIZE="0", JDMA_MIN_SECONDS="vite", JDMA_INCONNU="1",
    )  # fmt: skip
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines() == [
        "jdma : JDMA_INCONNU n’est pas un réglage connu.",
        "JDMA_MIN_SECONDS vaut « vite » : il faut un nombre de 0 à 60.",
        "JDMA_PORT vaut « abc » : il faut un nombre entier de 1 à 65535.",
        "JDMA_QUEUE_SIZE vaut « 0 » : il faut un nombre entier de 1 à 1000000.",
        "JDMA_SECRET vaut … : il faut au moins 32 caractères tirés au hasard, ou rien.",
    ]
    assert secret not in ended.err


def test_an_option_goes_before_its_variable(database: Path) -> None:
    wrong = one_sentence(jdma("serve", "--port=abc", database=database, JDMA_PORT="8000"))
    assert wrong.startswith("JDMA_PORT vaut « abc »")


def test_a_port_that_is_taken_is_one_sentence(database: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = jdma("serve", f"--port={port}", f"--secret={SECRET}", database=database)
    assert one_sentence(ended).startswith(
        f"Impossible d’écouter sur 127.0.0.1:{port} : Address already in use"
    )


def test_a_folder_that_does_not_exist_is_one_sentence(tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "avis.db"
    sentence = one_sentence(jdma("serve", f"--secret={SECRET}", database=absent))
    assert sentence.startswith(f"{absent} ne s’ouvre pas")


def test_a_first_start_makes_a_secret_says_so_once_and_says_when_it_is_ready(
    tmp_path: Path,
) -> None:
    new, port = tmp_path / "neuf.db", free_port()
    secret = tmp_path / "neuf.db.secret"
    ready = f"Prêt : http://127.0.0.1:{port}\n"
    made = f"Secret tiré au hasard et gardé dans {secret} (lisible par vous seul).\n"
    for expected in ([made, ready], [ready]):
        with serving(new, port) as read_line:
            assert [read_line() for _ in expected] == expected
            assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@contextlib.contextmanager
def serving(database: Path, port: int) -> Iterator[Callable[[], str]]:
    """A server that is given nothing but its database and port; reads a line of what it says, but
    for the one about files, which depends on the machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", "collector", "serve", f"--port={port}"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        env=environment(JDMA_DATABASE=f"sqlite:///{database}"),
    )  # fmt: skip
    assert process.stdout is not None
    said = (line for line in process.stdout if not line.startswith("Fichiers ouverts"))
    try:
        yield lambda: next(said)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
        process.stdout.close()
