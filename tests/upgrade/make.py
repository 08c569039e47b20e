"""A small database as a release leaves it behind, for later releases to be upgraded from.

Run by the program of the release itself, before its tag: `python -m tests.upgrade.make`. It writes
beside this file, named after the newest migration: the SQLite file as it is, PostgreSQL as pg_dump
writes it, and what the collector says of both in JSON. They are committed, and never made again.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
from starlette.types import Receive, Scope, Send

from collector.acces import Entree, JetonApi, Portee
from collector.alertes import Crochet, Evenement, Veille
from collector.annotation import Annotation
from collector.app import create_app
from collector.catalogue import shipped_texts
from collector.clock import Clock, instant
from collector.comptes import Compte, Droit, Ouverture, Rattachement
from collector.domain import OUVERTURE, PIEGE, TROP_RAPIDE, Avis, Cell, Vu, new_cle
from collector.moderation import MASQUE
from collector.store.moderating import Par
from collector.store.postgres import PostgresStore
from collector.store.questioning import Ecrit, Publie
from collector.store.sqlite import SqliteStore
from tests import postgres
from tests.store.engines import Kept
from tests.world import CARTE, COURRIEL, FIN, LONGUE, NOON, VILLE, MovedClock, fill, settings

HERE = Path(__file__).parent
DAY = 86_400_000
COUNT = 100
MADE = instant(NOON).recu_le
JEANNE = Par("Jeanne Martin", MADE)
SAID = ("Très simple, merci.", "La carte n’arrive pas.", "Trop de pièces à joindre…", "Œuvre utile")


def history() -> Iterator[Avis]:
    """Avis of a hundred days, one a day, of two questionnaires; each number decides all of it."""
    for n in range(COUNT):
        at = instant(NOON - (COUNT - n) * DAY)
        bouton = (FIN, COURRIEL)[n % 3 == 0]
        yield Avis(
            demarche_id=CARTE.id,
            cle=new_cle(at.ms, n),
            bouton=bouton.code,
            questionnaire="standard-1" if n < 75 else "montclair-1",
            etape=1,
            recu_le=at.recu_le,
            jour=at.jour_iso,
            notes={"satisfaction": n % 3 + 1, "effort": n % 5 + 1},
            verbatim=SAID[n // 2 % 4] if n % 2 else None,
            langue="en" if n % 7 == 0 else "fr",
            affichage="dialogue",
            widget="1.0.0",
            ecarte={13: PIEGE, 14: TROP_RAPIDE}.get(n),
        )


async def furnish(store: Kept) -> None:
    """A row at least in each table that is kept."""
    await fill(store)
    words = json.loads(shipped_texts()["standard-1"]) | {"id": "montclair-1"}
    await store.publish(
        Publie("montclair-1", json.dumps(words), VILLE.id, CARTE.id, "standard-1", MADE, "compte 1")
    )
    await store.save_draft(LONGUE.id, Ecrit(json.dumps(words), "compte 1", MADE))
    given = list(history())
    opened = Cell(CARTE.id, FIN.code, "2026-09-20", "standard-1", OUVERTURE, 1)
    await store.record(given, {opened: 9})
    await store.record([completed(each) for each in given[1::8]], {})
    await people(store)
    await gestures(store, [each for each in given if each.verbatim])
    await alerts(store)


def completed(avis: Avis) -> Avis:
    """The next state of it, with one answer more."""
    return avis._replace(etape=2, notes={**avis.notes, "clarte": 4})


async def people(store: Kept) -> None:
    camille = Compte(0, "camille@exemple.fr", "Camille", MADE, "$argon2id$v=19$m=1,t=1,p=1$YQ$YQ")
    id = await store.add_compte(camille)
    await store.add_droit(Droit(0, id, "operateur", donne_le=MADE, donne_par="jdma"))
    await store.open_session(Ouverture("e" * 64, id, "mot de passe", MADE, MADE, MADE))
    await store.add_identite(Rattachement("https://auth.exemple.fr", "sujet", id, MADE, MADE))
    until = "2027-11-22T10:00:00.000Z"
    jeton = JetonApi(0, "Tableau de bord", Portee(tout=True), frozenset(), MADE, until)
    await store.add_jeton(jeton, "f" * 64)
    await store.add_entree(Entree(MADE, "compte 1", "compte_cree", {"compte": id}))


async def gestures(store: Kept, commented: list[Avis]) -> None:
    keys = [each.cle for each in commented]
    await store.set_aside_all(CARTE.id, keys[:2], "spam")
    await store.withdraw(CARTE.id, keys[2:3], "injure", JEANNE)
    masked = SAID[0].replace("simple", MASQUE)
    await store.mask(CARTE.id, keys[4], SAID[0], masked, "donnees_personnelles", JEANNE)
    label = await store.add_etiquette(VILLE.id, "Pièces")
    await store.attach(CARTE.id, keys[5:8], VILLE.id, label)
    await store.mark(CARTE.id, keys[5:9], "a_traiter", JEANNE)
    await store.visit(1, CARTE.id, MADE, MADE)
    noted = Annotation(0, CARTE.id, "2026-03-01", "Nouvelle version en ligne", "compte 1", MADE)
    await store.add_annotation(noted)
    await store.add_presence({Vu(CARTE.id, FIN.code, "2026-11-22", "avis", "www.exemple.fr"): 3})


async def alerts(store: Kept) -> None:
    crochet = Crochet(0, CARTE.id, "https://exemple.fr/avis", "graine", MADE, "compte 1")
    id = await store.add_crochet(crochet)
    before = Veille(CARTE.id, "commentaires", MADE, {"vu": MADE})
    await store.subscribe(CARTE.id, 1, 0, [before], MADE)
    await store.subscribe(CARTE.id, 0, id, [before], MADE)
    event = Evenement("e1", "commentaires", CARTE.id, MADE, {"commentaires": 3})
    await store.advance(before, before._replace(prochain_le="2026-11-23T10:00:00.000Z"), event)


ASKED = [
    f"/api/v1/demarches/{CARTE.slug}/scores",
    f"/api/v1/demarches/{CARTE.slug}/scores?pas=mois",
    "/api/v1/demarches",
]


async def figures(store: Kept) -> dict[str, Any]:
    """What the collector says in public of a database that is open."""
    app = create_app(settings(), store, Clock(MovedClock()))
    async with app.router.lifespan_context(app) as state:

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url="http://jdma") as client:
            return {address: (await client.get(address)).json() for address in ASKED}


def main() -> None:
    name = f"{len(list(HERE.parents[1].glob('collector/store/migrations/*.sqlite.sql'))):04}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "avis.db"
        told = _made(SqliteStore(path))
        shutil.copy(path, HERE / f"{name}.sqlite")
    with postgres.a_database() as address:
        assert _made(PostgresStore(address)) == told, "the engines do not agree"
        dump = [str(postgres.programs() / "pg_dump"), "--inserts", "--no-owner", "--no-privileges"]
        done = subprocess.run([*dump, address], capture_output=True, text=True, check=True)
    # What begins with a backslash is for psql, and not the same in each release of it.
    said = done.stdout.splitlines()
    lines = [line for line in said if line and not line.startswith(("--", "\\"))]
    (HERE / f"{name}.postgres.sql").write_text("\n".join(lines) + "\n")
    (HERE / f"{name}.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def _made(store: Kept) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        try:
            await store.open()
            await furnish(store)
            return await figures(store)
        finally:
            await store.close()

    return asyncio.run(work())


if __name__ == "__main__":
    main()
