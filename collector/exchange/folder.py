"""A folder that says everything of some démarches: exported, and brought into another store.

`avis.csv` (or another format), what describes it, the openings, and what is configured. Exported,
brought into an empty store and exported again, the files are the same, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from collector.asked.selection import Selection
from collector.avis_rows import AvisRows
from collector.domain import Catalogue
from collector.exchange import catalogue_file
from collector.exports import avis_pages
from collector.formats import Field, Format, Page, Table
from collector.formats.schema import Resource, datapackage
from collector.store import owned
from collector.store.contract import Store

EVER = "~"  # after every instant: an avis dated by a clock that was ahead goes along too
MOST_OPENINGS = 1_000_000_000  # of a bouton in a day: sums of them stay whole numbers to any engine
OUVERTURES = Table(
    "ouvertures",
    "Ouvertures du formulaire",
    "Combien de fois le formulaire a été ouvert, par bouton et par jour.",
    (
        Field("demarche", "string", "Démarche", "Nom court de la démarche.", {"required": True}),
        Field("bouton", "string", "Bouton", "Code du bouton.", {"required": True}),
        Field("jour", "date", "Jour", "Jour civil à Paris.", {"required": True}),
        Field("questionnaire", "string", "Questionnaire", "Celui montré.", {"required": True}),
        Field(
            "n",
            "integer",
            "Ouvertures",
            "Nombre d’ouvertures.",
            {"required": True, "minimum": 1, "maximum": MOST_OPENINGS},
        ),
    ),
)
_WHERE = OUVERTURES.fields[:-1]
COMPTEURS = Table(
    "compteurs",
    "Compteurs dont les avis sont effacés",
    "Ce que comptent encore les avis qui ont dépassé leur durée de garde, par bouton et par jour.",
    (
        *_WHERE,
        Field("dimension", "string", "Question", "Code ; « avis » : les avis.", {"required": True}),
        Field("note", "integer", "Niveau", "Niveau choisi.", {"required": True, "minimum": 0}),
        Field(
            "n",
            "integer",
            "Réponses",
            "Nombre de réponses.",
            {"required": True, "minimum": 1, "maximum": MOST_OPENINGS},
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    avis: int
    demarches: int
    octets: int


async def export(
    store: Store,
    catalogue: Catalogue,
    selection: Selection,
    rows: AvisRows,
    format: Format,
    folder: Path,
    created: str,
    advance: Callable[[int], None],
) -> Exported:
    """Write the folder, whole or not at all: it takes its name when everything is in it.

    Raises OSError, StoreError, MissingLibrary. `advance` is told of each page of avis.
    """
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    unfinished.mkdir(owned.FOLDER)
    try:
        avis = 0

        async def pages() -> AsyncGenerator[Page, None]:
            nonlocal avis
            async for page in avis_pages(store, selection, rows, EVER):
                avis += len(page)
                advance(len(page))
                yield page

        tables = [(rows.table, pages()), (OUVERTURES, _openings(store, catalogue, selection))]
        if outlived := await _outlived(store, catalogue, selection):
            tables.append((COMPTEURS, _pages(outlived)))
        resources = []
        for table, content in tables:
            path = unfinished / f"{table.nom}.{format.extension}"
            digest = await _write(path, format, table, content)
            resources.append(Resource(path.name, table, path.stat().st_size, f"sha256:{digest}"))
        texts = await store.questionnaire_texts()
        said = catalogue_file.written(catalogue, texts, frozenset(selection.demarches))
        _write_text(unfinished / catalogue_file.NOM, said)
        package = datapackage("jdma-export", "Avis exportés", resources, created=created)
        described = json.dumps(package, ensure_ascii=False, indent=2)
        _write_text(unfinished / "datapackage.json", f"{described}\n")
        octets = sum(path.stat().st_size for path in unfinished.iterdir())
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return Exported(avis, len(selection.demarches), octets)


async def _write(
    path: Path, format: Format, table: Table, pages: AsyncGenerator[Page, None]
) -> str:
    """SHA-256 of what was written."""
    digest = hashlib.sha256()
    with owned.new(path) as file:
        async for chunk in format.write(table, pages):
            file.write(chunk)
            digest.update(chunk)
    return digest.hexdigest()


def _write_text(path: Path, text: str) -> None:
    with owned.new(path) as file:
        file.write(text.encode())


async def _openings(
    store: Store, catalogue: Catalogue, selection: Selection
) -> AsyncGenerator[Page, None]:
    """The openings of the démarches selected, of its days and bouton."""
    for id in selection.demarches:
        found = await store.openings(id)
        page = [
            (catalogue.demarches[id].slug, cell.bouton, cell.jour, cell.questionnaire, n)
            for cell, n in sorted(found.items())
            if n and _selected(selection, cell.bouton, cell.jour)
        ]
        if page:
            yield page


async def _outlived(
    store: Store, catalogue: Catalogue, selection: Selection
) -> list[tuple[str, str, str, str, str, int, int]]:
    """Counters whose avis were deleted, where a selection asks for nothing that avis alone tell."""
    if not replace(selection, statut="compte").is_counted or selection.statut == "ecarte":
        return []
    return [
        (catalogue.demarches[id].slug, *cell[1:], n)
        for id in selection.demarches
        for cell, n in sorted((await store.outlived(id)).items())
        if n > 0
        and selection.questionnaire in (None, cell.questionnaire)
        and _selected(selection, cell.bouton, cell.jour)
    ]


async def _pages(page: Page) -> AsyncGenerator[Page, None]:
    yield page


def _selected(selection: Selection, bouton: str, jour: str) -> bool:
    periode = selection.periode
    if periode and not periode.du.isoformat() <= jour <= periode.au.isoformat():
        return False
    return selection.bouton in (None, bouton)
