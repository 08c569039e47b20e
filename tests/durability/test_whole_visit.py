"""A whole visit, of somebody who gives an avis and of an agent who reads it, then a search through
all that is left of it: nobody's address, browser or e-mail, but for the one that was left on
purpose, which is in its own table and nowhere else."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from collector.comptes import Compte, Droit
from collector.config import load
from collector.domain import new_cle
from collector.serve import opened
from collector.store.admin import AdminStore
from tests import postgres
from tests.admin.visit import HASH, PASSWORD
from tests.durability.outside import jdma
from tests.http.html import parse
from tests.http.test_form import fields_of
from tests.world import (
    CARTE,
    FIN,
    SITE,
    Server,
    Where,
    a_server,
    address_of,
    an_avis,
    execute,
    new_database,
    rows,
    set_up,
)

PROXY, DIRECT = "127.83.41.7", "127.83.41.8"
LEFT = "alix.laissee@exemple-8341.fr"
WITNESS = "temoinquireste"

NOWHERE = {
    "address of the proxy": PROXY,
    "address": DIRECT,
    "forwarded address": "203.0.113.83",
    "forwarded address, version 6": "2001:db8:83::41",
    "user agent": "NavigateurTemoin/83.41",
    "page before": "dossier-8341-en-cours",
    "e-mail of an address that was refused": "refusee@exemple-8341.fr",
    "e-mail in a comment": "camille.ecrite@exemple-8341.fr",
}
AGENT = "agente@mairie-8341.example"


def traces(content: bytes) -> set[str]:
    """What is in it that should not be."""
    return {what for what, mark in NOWHERE.items() if mark.encode() in content}


@contextmanager
def a_place(engine: str, folder: Path) -> Iterator[tuple[Where, Path]]:
    """A database whose first démarche asks for an address, and the folder of all that it writes."""
    if engine == "sqlite":
        ask_for_an_address(where := new_database(folder))
        yield where, folder
        return
    with postgres.a_cluster() as cluster:
        set_up(cluster.address())
        ask_for_an_address(cluster.address())
        yield cluster.address(), cluster.data


def ask_for_an_address(where: Where) -> None:
    execute(
        where, f"update demarche set questionnaire = 'standard-contact-1' where id = {CARTE.id}"
    )

    async def let_in() -> None:
        async with opened(load({"database": address_of(where)}, environ={})) as store:
            assert isinstance(store, AdminStore)
            id = await store.add_compte(Compte(0, AGENT, "Agente", "2026-01-01", HASH))
            await store.add_droit(Droit(0, id, "operateur", contacts=True))

    asyncio.run(let_in())


@contextmanager
def somebody(server: Server, local: str, forwarded: str) -> Iterator[httpx.Client]:
    """A browser at this address, or a proxy that says for whom."""
    headers = {
        "user-agent": f"Mozilla/5.0 {NOWHERE['user agent']}",
        "referer": f"https://www.exemple.fr/{NOWHERE['page before']}?d=1",
        "x-forwarded-for": forwarded,
        "accept": "text/html, */*",
    }
    way = httpx.HTTPTransport(local_address=local)
    with httpx.Client(base_url=server.url, headers=headers, transport=way) as client:
        yield client


def give_avis(client: httpx.Client, said: str) -> None:
    """By the widget: the questions, two steps, one of them sent again; what is refused; by the
    page, with a mistake first; thanks, the link that deletes, opened and left."""
    site = {"origin": SITE, "content-type": "text/plain"}
    client.get("/w/1/avis.js")
    questions = client.get(f"/f/{FIN.code}.json", headers={"origin": SITE}).json()
    known = {"questionnaire": "standard-contact-1", "jeton": questions["jeton"]}
    body = {**an_avis(FIN), **known, "cle": questions["cle"]}
    whole = {**body, "etape": 2, "verbatim": said, "contact": {"courriel": LEFT, "accord": True}}
    refused = {"courriel": NOWHERE["e-mail of an address that was refused"], "accord": False}
    asked = [
        (body, 201),
        (body, 200),
        (whole, 200),
        (whole, 200),
        ({**whole, "cle": new_cle(time.time_ns() // 1_000_000), "contact": refused}, 422),
        ({**whole, "bouton": "nulle2"}, 404),
        ({**whole, "jeton": "faux"}, 403),
    ]
    for posted, status in asked:
        answer = client.post("/api/v1/avis", json=posted, headers=site)
        assert answer.status_code == status, answer.text
    assert client.post("/api/v1/avis", content=said.encode(), headers=site).status_code == 400
    by_the_page(client, said, refused["courriel"])
    for path in ("/", "/resultats/", f"/resultats/{CARTE.slug}", "/nulle-part", "/healthz"):
        assert client.get(path).status_code in (200, 307, 404)


def by_the_page(client: httpx.Client, said: str, refused: object) -> None:
    form = client.get(f"/f/{FIN.code}")
    fields = {**fields_of(parse(form.text)), "note.satisfaction": "1", "verbatim": said}
    del fields["contact.accord"]
    wrong = client.post(f"/f/{FIN.code}", data={**fields, "contact.courriel": str(refused)})
    assert wrong.status_code == 422
    agreed = {**fields, "contact.courriel": LEFT, "contact.accord": "oui"}
    sent = client.post(f"/f/{FIN.code}", data=agreed)
    assert sent.status_code == 303
    thanks = parse(client.get(sent.headers["location"]).text)
    [link] = [a.attrs["href"] for a in thanks.all("a") if "/contact/" in a.attrs["href"]]
    assert client.get(link).status_code == 200


def read_avis(client: httpx.Client) -> dict[str, bytes]:
    """As an agent who may do everything: what the pages and files of avis say."""
    site = {"sec-fetch-site": "same-origin"}
    for password in ("pas la bonne phrase", PASSWORD):
        said = {"courriel": AGENT, "mot_de_passe": password}
        answer = client.post("/admin/connexion", data=said, headers=site)
    client.cookies = httpx.Cookies(answer.cookies)
    here = f"/admin/demarches/{CARTE.slug}"
    contacts = client.get(f"{here}/contacts").text
    assert contacts.count(LEFT) == 6  # who may see them does; and that is all
    pages = [
        here,
        f"{here}/commentaires",
        f"{here}/commentaires?q={WITNESS}",
        f"/admin/exports/avis.csv?demarche={CARTE.slug}",
        f"/admin/exports/avis.ndjson?demarche={CARTE.slug}",
        f"/admin/exports/scores.csv?demarche={CARTE.slug}",
        "/admin/journal",
        "/admin/journal.csv",
        "/admin/etat",
    ]
    answers = {page: client.get(page, follow_redirects=True) for page in pages}
    assert {page: each.status_code for page, each in answers.items()} == dict.fromkeys(pages, 200)
    return {page: answer.content for page, answer in answers.items()}


def read_by_programs(server: Server, folder: Path) -> dict[str, bytes]:
    """What the private API gives, the command line exports, and what is measured."""
    base = f"--database={address_of(server.where)}"
    made = jdma("jeton", "create", "Essai", "--tout", "--verbatims", base).stdout.strip()
    bearer = {"authorization": f"Bearer {made}"}
    paths = (
        "/api/v1/avis",
        f"/api/v1/avis/recherche?q={WITNESS}",
        "/exports/avis.xlsx",
        "/metrics",
    )
    said = {path: httpx.get(server.url + path, headers=bearer) for path in paths}
    assert {each.status_code for each in said.values()} == {200}
    exported = folder / "export"
    done = jdma("export", str(exported), "--format=ndjson", base)
    assert done.returncode == 0, done.stderr
    found = {path: answer.content for path, answer in said.items()}
    return found | {f"export/{path.name}": path.read_bytes() for path in exported.iterdir()}


def tables(where: Where) -> dict[str, bytes]:
    """All rows of every table, as text."""
    if isinstance(where, Path):
        names = "select name from sqlite_schema where type = 'table'"
        every = "select * from {}"
    else:
        names = "select table_name from information_schema.tables where table_schema = 'public'"
        every = "select t::text from {} as t"
    return {
        name: json.dumps(rows(where, every.format(f'"{name}"')), default=repr).encode()
        for (name,) in rows(where, names)
    }


def contents(folders: Iterable[Path]) -> dict[str, bytes]:
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


def deleted_files(server: Server) -> list[str]:
    """Files that the server has open and that have no name any more."""
    links = [link.readlink() for link in Path(f"/proc/{server.process.pid}/fd").iterdir()]
    return [str(link) for link in links if str(link).endswith("(deleted)")]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_whole_visit_leaves_nobodys_address_browser_or_e_mail(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary, base = tmp_path / "tmp", tmp_path / "base"
    for folder in (temporary, base):
        folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    said = f"{WITNESS} : trop de pièces, écrivez-moi à {NOWHERE['e-mail in a comment']}."
    with (
        a_place(engine, base) as (where, folder),
        a_server(
            where,
            trusted_proxies=PROXY,
            totp="personne",
            address_rate="600",
            address_burst="99",
            log="json",
            log_level="info",
        ) as server,
    ):
        ways = [(PROXY, "forwarded address"), (PROXY, "forwarded address, version 6")]
        for local, forwarded in (*ways, (DIRECT, "forwarded address")):
            with somebody(server, local, NOWHERE[forwarded]) as client:
                give_avis(client, said)
        with somebody(server, PROXY, NOWHERE["forwarded address"]) as client:
            shown = read_avis(client)
        shown |= read_by_programs(server, tmp_path)
        kept, files = tables(where), contents([folder, temporary])
        assert deleted_files(server) == []
        server.terminate()
        assert server.process.stdout is not None
        shown["what the server says"] = server.process.stdout.read().encode()
    everything = {**shown, **kept, **files}
    assert {name: found for name, each in everything.items() if (found := traces(each))} == {}
    with_one = {name for name, each in {**shown, **kept}.items() if LEFT.encode() in each}
    assert with_one == {"contact"}
    assert_it_was_looked_for_where_it_would_be(server, {**shown, **kept}, files)


def assert_it_was_looked_for_where_it_would_be(
    server: Server, said: dict[str, bytes], files: dict[str, bytes]
) -> None:
    """What has to be there was found, in what people read, in tables and on the disk."""
    with_words = {name for name, each in said.items() if WITNESS.encode() in each}
    assert {"avis", "/api/v1/avis", "export/avis.ndjson"} <= with_words
    assert any(name.startswith("/admin/exports/avis.csv") for name in with_words)
    assert any(WITNESS.encode() in each for each in files.values())
    assert any(LEFT.encode() in each for each in files.values())
    assert str(httpx.URL(server.url).port).encode() in said["what the server says"]
    assert b"contacts_vus" in said["journal"]


def test_what_should_not_be_there_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "session").write_text(f"GET / from {PROXY}, {NOWHERE['user agent']}\n")
    [content] = contents([tmp_path]).values()
    assert traces(content) == {"address of the proxy", "user agent"}
    assert traces(" ".join(NOWHERE.values()).encode()) == NOWHERE.keys()
