"""What is configured, on SQLite: structures, démarches, boutons, questionnaires."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from collector.domain import Bouton, Catalogue, Demarche, Questionnaire, Structure
from collector.store.contract import Duplicate
from collector.store.sqlite_file import SqliteFile

T = TypeVar("T")


class SqliteCatalogue:
    """The part of the Store contract that changes when somebody configures something."""

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path)

    async def open(self) -> None:
        await self._file.open()

    async def close(self) -> None:
        await self._file.close()

    async def claim(self) -> None:
        await self._file.claim()

    async def pending(self) -> list[str]:
        return await self._file.pending()

    async def migrate(self, dry_run: bool = False) -> list[str]:
        return await self._file.migrate(dry_run)

    async def catalogue_version(self) -> int:
        return await self._file.read(_version)

    async def load_catalogue(self) -> Catalogue:
        return await self._file.read(_load_catalogue)

    async def add_questionnaire(self, id: str, contenu: str) -> bool:
        known = "/* Store.add_questionnaire */ select 1 from questionnaire where id = ?1"
        if await self._file.read(lambda con: con.execute(known, (id,)).fetchone()):
            return False

        def add(con: sqlite3.Connection) -> bool:
            sql = """/* Store.add_questionnaire */
            insert into questionnaire (id, contenu)
            values (?1, ?2)
            on conflict (id) do nothing
            """
            return con.execute(sql, (id, contenu)).rowcount > 0

        return await self._configure(add)

    async def add_structure(self, structure: Structure) -> int:
        def add(con: sqlite3.Connection) -> int:
            sql = """/* Store.add_structure */
            insert into structure (nom, siret, parent, territoire)
            values (?1, ?2, ?3, ?4)
            returning id
            """
            s = structure
            row = con.execute(sql, (s.nom, s.siret, s.parent, s.territoire)).fetchone()
            return int(row[0])

        return await self._configure(add)

    async def add_demarche(self, demarche: Demarche) -> int:
        def add(con: sqlite3.Connection) -> int:
            sql = """/* Store.add_demarche */
            insert into demarche (
                slug, titre, structure_id, questionnaire, url, langue, publique, archivee, externes
            )
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            returning id
            """
            d = demarche
            values = (
                d.slug,
                d.titre,
                d.structure_id,
                d.questionnaire,
                d.url,
                d.langue,
                d.publique,
                d.archivee,
                json.dumps(d.externes),
            )
            return int(con.execute(sql, values).fetchone()[0])

        return await self._configure(add)

    async def add_bouton(self, bouton: Bouton) -> None:
        def add(con: sqlite3.Connection) -> None:
            sql = """/* Store.add_bouton */
            insert into bouton (
                code, demarche_id, libelle, affichage, origines, territoire, ouvert
            )
            values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """
            b = bouton
            con.execute(
                sql,
                (
                    b.code,
                    b.demarche_id,
                    b.libelle,
                    b.affichage,
                    json.dumps(b.origines),
                    b.territoire,
                    b.ouvert,
                ),
            )

        await self._configure(add)

    async def set_bouton_ouvert(self, code: str, ouvert: bool) -> bool:
        def change(con: sqlite3.Connection) -> bool:
            sql = """/* Store.set_bouton_ouvert */
            update bouton
            set ouvert = ?2
            where code = ?1
            """
            return con.execute(sql, (code, ouvert)).rowcount > 0

        return await self._configure(change)

    async def _configure(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """Change what is configured, and say so to whoever keeps a copy in memory."""

        def work() -> T:
            try:
                with self._file.transaction() as con:
                    result = change(con)
                    con.execute("update catalogue set version = version + 1")
                    return result
            except sqlite3.IntegrityError as error:
                raise Duplicate(str(error)) from error

        return await self._file.write(work)


def _version(con: sqlite3.Connection) -> int:
    sql = "/* Store.catalogue_version */ select version from catalogue"
    return int(con.execute(sql).fetchone()[0])


@contextmanager
def snapshot(con: sqlite3.Connection) -> Iterator[None]:
    """All that is read inside shows one same instant."""
    con.execute("begin")
    try:
        yield
    finally:
        con.execute("commit")


def _load_catalogue(con: sqlite3.Connection) -> Catalogue:
    with snapshot(con):
        structures = con.execute("select id, nom, siret, parent, territoire from structure")
        demarches = con.execute(
            "select id, slug, titre, structure_id, questionnaire, url, langue, externes, "
            "publique, archivee from demarche"
        )
        boutons = con.execute(
            "select code, demarche_id, libelle, affichage, territoire, origines, ouvert from bouton"
        )
        questionnaires = con.execute("select contenu from questionnaire")
        return Catalogue(
            version=_version(con),
            structures={row[0]: Structure(*row) for row in structures},
            demarches={row[0]: _demarche(*row) for row in demarches},
            boutons={row[0]: _bouton(*row) for row in boutons},
            questionnaires={
                each.id: each
                for (contenu,) in questionnaires
                for each in [Questionnaire.from_json(json.loads(contenu))]
            },
        )


def _demarche(
    id: int,
    slug: str,
    titre: str,
    structure_id: int,
    questionnaire: str,
    url: str | None,
    langue: str,
    externes: str,
    publique: int,
    archivee: int,
) -> Demarche:
    return Demarche(
        id=id,
        slug=slug,
        titre=titre,
        structure_id=structure_id,
        questionnaire=questionnaire,
        url=url,
        langue=langue,
        publique=bool(publique),
        archivee=bool(archivee),
        externes=tuple(json.loads(externes)),
    )


def _bouton(
    code: str,
    demarche_id: int,
    libelle: str,
    affichage: str,
    territoire: str | None,
    origines: str,
    ouvert: int,
) -> Bouton:
    return Bouton(
        code=code,
        demarche_id=demarche_id,
        libelle=libelle,
        affichage=affichage,
        origines=tuple(json.loads(origines)),
        territoire=territoire,
        ouvert=bool(ouvert),
    )
