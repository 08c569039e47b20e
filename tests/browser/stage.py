"""The stage of the browser tests: a collector, a site elsewhere, and a démarche for each test."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import httpx2 as httpx
from playwright.sync_api import Frame, Locator, Page, Request

from collector.clock import Clock
from collector.domain import Bouton, Catalogue, Demarche
from collector.releases import Releases, snippet
from collector.serve import prepare
from collector.store.keeping import KEPT
from collector.store.sqlite import SqliteStore
from tests.world import VILLE, Server, an_avis

PLACES = 320
"""Démarches made in advance, one for each test: a server takes longer to start than a test."""

LINK = "Je donne mon avis"

View = Page | Frame | Locator
"""Where to look: a window, a frame of it, or one element among others."""


UNTIL = """([condition, patience]) => new Promise((resolve, reject) => {
  const ends = performance.now() + patience;
  const look = () => {
    if (CONDITION) resolve();
    else if (performance.now() > ends) reject(new Error(`never: ${condition}`));
    else requestAnimationFrame(look);
  };
  look();
})"""


def until(where: Page | Frame, condition: str, seconds: float = 15.0) -> None:
    """Wait for a condition in JavaScript. Not Playwright's wait_for_function: it evaluates the text
    again and again in the page, whose policy may forbid that."""
    where.evaluate(UNTIL.replace("CONDITION", condition), [condition, seconds * 1000])


class NewPage(Protocol):
    """Opens a window of its own, with Playwright's options of a context."""

    def __call__(self, **options: Any) -> Page: ...


class Host:
    """A site that is not the collector's: other host, other port. Serves what it is given."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[bytes, Mapping[str, str]]] = {}
        self._rank = count(1)
        answers = self._answers

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                content, headers = answers.get(path, (b"", {}))
                self.send_response(200 if path in answers else 404)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: what went wrong is told by the test."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.server.server_address[1]}"

    def serve(self, content: str, content_type: str, **headers: str) -> str:
        """The address at which `content` is served from now on."""
        path = f"/{next(self._rank)}"
        kind = {"Content-Type": f"{content_type}; charset=utf-8"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers[path] = (content.encode(), {**kind, **named})
        return self.origin + path

    def page(self, body: str, head: str = "", lang: str = "fr", **headers: str) -> str:
        """The address of an ordinary page that says `body`. Its heading has short words, which fit
        a small screen twice as large, whatever the fonts of the machine."""
        html = f"""<!doctype html>
<html lang="{lang}">
<head><meta charset="utf-8"><title>Demande envoyée</title>{head}</head>
<body><main><h1>C’est fait</h1>
<p>Nous vous écrirons sous trois jours.</p>
{body}
<p>Vous pouvez fermer cette page.</p></main></body>
</html>"""
        return self.serve(html, "text/html", **headers)


@dataclass(frozen=True)
class Place:
    """A démarche nobody else touches. Its boutons: open, open on another site, closed."""

    server: Server
    host: Host
    demarche_id: int

    slug: str

    @property
    def ouvert(self) -> str:
        return f"ouvert{self.demarche_id}"

    @property
    def ailleurs(self) -> str:
        return f"autre{self.demarche_id}"

    @property
    def ferme(self) -> str:
        return f"ferme{self.demarche_id}"

    @property
    def form(self) -> str:
        return f"{self.server.url}/f/{self.ouvert}"

    @property
    def results(self) -> str:
        return f"{self.server.url}/resultats/{self.slug}"

    def snippet(self, code: str | None = None) -> str:
        """The two lines a porteur pastes, with the integrity of the file that is served."""
        return snippet(self.server.url, Releases(), code or self.ouvert)

    @property
    def script(self) -> str:
        """The first of the two lines."""
        return self.snippet().partition("\n")[0]

    @property
    def element(self) -> str:
        """The second of the two lines."""
        return self.snippet().partition("\n")[2]

    def snippet_with(self, attributes: str, code: str | None = None) -> str:
        """The two lines, with attributes on the element."""
        return self.snippet(code).replace("<mon-avis>", f"<mon-avis {attributes}>")

    def on_a_page(self, code: str | None = None, head: str = "", **headers: str) -> str:
        """The address of a page of the host with the two lines."""
        return self.host.page(self.snippet(code), head, **headers)

    def avis(self) -> list[tuple[str, int, dict[str, int], str | None]]:
        """What is stored: (cle, etape, notes, verbatim), the first given first."""
        found = self._rows("select cle, etape, notes, verbatim from avis where demarche_id = ?1")
        return [(cle, etape, json.loads(notes), texte) for cle, etape, notes, texte in found]

    def openings(self) -> int:
        """How often the form was opened, as far as it is written."""
        return sum(self.histogram("ouverture").values())

    def affichages(self) -> list[str]:
        """How each stored avis was asked for."""
        found = self._rows("select affichage from avis where demarche_id = ?1")
        return [affichage for (affichage,) in found]

    def notes(self) -> list[dict[str, int]]:
        return [notes for _, _, notes, _ in self.avis()]

    def histogram(self, dimension: str = "satisfaction") -> dict[int, int]:
        """The counters of a dimension, over everything."""
        return dict(
            self._rows(
                "select note, sum(n) from agregat where demarche_id = ?1 and dimension = ?2 "
                "group by note having sum(n) > 0 order by note",
                dimension,
            )
        )

    def scores(self) -> dict[str, Any]:
        """The public figures of the last twelve months."""
        answer = httpx.get(f"{self.server.url}/api/v1/demarches/{self.slug}/scores")
        total: dict[str, Any] = answer.json()["total"]
        return total

    def record(self, n: int, satisfaction: int) -> None:
        """Post `n` avis, as a program would."""
        bouton = Bouton(self.ouvert, self.demarche_id, "")
        for _ in range(n):
            now = Clock().now().ms
            body = an_avis(bouton, now, notes={"satisfaction": satisfaction})
            assert httpx.post(f"{self.server.url}/api/v1/avis", json=body).status_code == 201

    def _rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.server.path)) as con:
            return con.execute(sql, (self.demarche_id, *values)).fetchall()


def a_database(folder: Path, origin: str, places: int) -> tuple[Path, dict[int, str]]:
    """A database for a server to open, and its `places` démarches, slug by id.

    Made in another thread: in this one Playwright keeps an event loop running.
    """
    path = folder / "avis.db"

    demarches = {id: _demarche(id) for id in range(1, places + 1)}
    boutons = [each for id in demarches for each in _boutons(id, origin)]

    async def work() -> None:
        store = SqliteStore(path)
        await store.open()
        await prepare(store)
        made = Catalogue(0, {1: VILLE}, demarches, {each.code: each for each in boutons}, {})
        # As a copy of another store: in one transaction, and not in hundreds.
        await store.adopt(made, {}, dict.fromkeys(KEPT, ()))
        await store.finish_copy(1)
        await store.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(work())).result()
    return path, {id: each.slug for id, each in demarches.items()}


def _demarche(id: int) -> Demarche:
    return Demarche(id, f"demarche-{id}", "Demander une carte", 1, "standard-1", publique=True)


def _boutons(id: int, origin: str) -> list[Bouton]:
    return [
        Bouton(f"ouvert{id}", id, "Fin", origines=(origin,)),
        Bouton(f"autre{id}", id, "Ailleurs", origines=("https://www.exemple.fr",)),
        Bouton(f"ferme{id}", id, "Fini", origines=(origin,), ouvert=False),
    ]


@dataclass
class Traffic:
    """What a page asks of anyone, from the moment it is watched."""

    page: Page
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request))

    def to(self, url: str) -> list[str]:
        """« GET /path », in order, for requests to that server."""
        return [
            f"{r.method} {r.url.removeprefix(url).partition('?')[0]}"
            for r in self.requests
            if r.url.startswith(f"{url}/")
        ]

    def posted(self) -> list[dict[str, Any]]:
        """The avis that were sent, in order."""
        return [json.loads(r.post_data or "") for r in self.requests if r.method == "POST"]


# What a person sees and uses


def opener(page: View) -> Locator:
    return page.get_by_role("button", name=LINK, exact=True)


def dialog(page: View) -> Locator:
    return page.get_by_role("dialog", name=LINK)


def level(page: View, label: str) -> Locator:
    return page.get_by_role("radio", name=label, exact=True)


def comment(page: View) -> Locator:
    return page.get_by_role("textbox", name="Voulez-vous ajouter quelque chose")


def send_button(page: View) -> Locator:
    return page.get_by_role("button", name="Envoyer mon avis")


def open_dialog(page: View) -> None:
    """Open the form and wait for the questions."""
    opener(page).click()
    level(page, "Bien").wait_for()


def choose(page: View, label: str) -> None:
    """Choose the level of the mandatory question, and wait until it is stored."""
    level(page, label).click()
    page.locator(".avis-note .avis-succes").wait_for()


def thanks(page: View) -> Locator:
    return page.get_by_role("heading", name="Merci, votre avis est enregistré.")


def give_an_avis(page: View, label: str = "Bien") -> None:
    """A whole visit, from the button to the thanks."""
    open_dialog(page)
    choose(page, label)
    send_button(page).click()
    thanks(page).wait_for()


def give_an_avis_by_the_link(page: View) -> None:
    """The same on the page the link leads to, be it the one of the page or that of a failure."""
    page.get_by_role("link").click()
    level(page, "Bien").check()
    send_button(page).click()
    thanks(page).wait_for()


def errors(page: Page) -> list[str]:
    """The errors nobody caught in `page`, from now on."""
    uncaught: list[str] = []
    page.on("pageerror", lambda error: uncaught.append(str(error)))
    return uncaught
