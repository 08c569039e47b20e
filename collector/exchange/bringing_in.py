"""Avis of a file into a store: read once to be checked, read again to be stored, all or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from collector.domain import AVIS, OUVERTURE, Avis, Catalogue, Cell, Questionnaire
from collector.exchange import catalogue_file
from collector.exchange.folder import COMPTEURS, OUVERTURES
from collector.exchange.importing import BadCell, Importer, check_jour
from collector.formats.read_csv import read_csv
from collector.formats.read_ndjson import read_ndjson
from collector.formats.reading import FileRefused, Record
from collector.formats.table import Table, Value
from collector.formats.tables import LUS_SEULEMENT, avis_table
from collector.parse import Schema
from collector.store.contract import Brought, Differs, Store, StoreError

PAGE = 2_000
_OF_A_COUNTER = ("demarche", "bouton", "jour", "questionnaire")


class Read(Protocol):
    """One of the readers: the records of a file, with the columns of a table."""

    def __call__(
        self, path: Path, table: Table, optional: Collection[str] = ()
    ) -> Iterator[Record]: ...


READERS: dict[str, Read] = {".csv": read_csv, ".ndjson": read_ndjson}


@dataclass(frozen=True, slots=True)
class Source:
    """What is imported: a file of avis; beside it, perhaps, openings, counters whose avis were
    deleted, and what is configured."""

    avis: Path
    ouvertures: Path | None = None
    compteurs: Path | None = None
    catalogue: catalogue_file.Content | None = None


def source_of(path: Path) -> Source:
    """The source in a folder of `jdma export`, or a file alone. Raises StoreError, OSError."""
    if not path.is_dir():
        _reader(path)
        return Source(path)
    found = [path / f"avis{extension}" for extension in READERS]
    avis = next((each for each in found if each.exists()), None)
    if avis is None:
        raise StoreError(f"{path} : il n’y a ni avis.csv ni avis.ndjson dans ce dossier.")
    ouvertures, compteurs = avis.with_stem("ouvertures"), avis.with_stem("compteurs")
    catalogue = path / catalogue_file.NOM
    return Source(
        avis,
        ouvertures if ouvertures.exists() else None,
        compteurs if compteurs.exists() else None,
        catalogue_file.read(catalogue.read_bytes()) if catalogue.exists() else None,
    )


def lines(source: Source) -> int:
    """About how many lines there are to read, twice over: what a progress bar is to reach."""
    size = source.avis.stat().st_size
    with source.avis.open("rb") as file:
        begin = file.read(1 << 20)
    return 2 * size * begin.count(b"\n") // max(len(begin), 1)


async def bring_in(
    store: Store, source: Source, schema: Schema, dry_run: bool, advance: Callable[[int], None]
) -> Brought:
    """Import a source: all of it or nothing. Raises FileRefused, StoreError.

    With `dry_run` everything is checked and nothing changed; then the result has only what would
    be looked at (`known` is 0). `advance` is told of lines as they are read.
    """
    there = await store.load_catalogue()
    content = source.catalogue
    wanted = there
    if content:
        await catalogue_file.check_words(store, content)
        wanted = catalogue_file.merged(there, content)
    checked = sum(len(page) for page in _Pages(source, wanted, schema, advance))
    counters = _counters(source, wanted)
    if dry_run:
        return Brought(checked, 0)
    if content:
        await catalogue_file.take_over(store, there, content)
        wanted = await store.load_catalogue()
        counters = _counters(source, wanted)
    pages = _Pages(source, wanted, schema, advance)
    try:
        return await store.bring(pages, counters)
    except Differs as error:
        raise pages.refuse(error.cle) from None


class _Pages:
    """The avis of a source, page by page, and on which line each of the last page was."""

    def __init__(
        self, source: Source, catalogue: Catalogue, schema: Schema, advance: Callable[[int], None]
    ) -> None:
        self._path = source.avis
        self._table = avis_table(catalogue.questionnaires.values())
        self._importer = Importer(catalogue, schema)
        self._advance = advance
        self._lignes: dict[str, int] = {}

    def __iter__(self) -> Iterator[list[Avis]]:
        page: list[Avis] = []
        last = 0
        for record in self._records():
            page.append(self._avis(record))
            if len(page) == PAGE:
                self._advance(record.ligne - last)
                last = record.ligne
                yield page
                page = []
                self._lignes.clear()
        if page:
            yield page

    def _records(self) -> Iterator[Record]:
        questions = [name for name in self._table.names if "." in name]
        optional = (*LUS_SEULEMENT, *questions, "verbatim")
        return _reader(self._path)(self._path, self._table, optional)

    def _avis(self, record: Record) -> Avis:
        try:
            avis = self._importer.avis(record.valeurs)
        except BadCell as bad:
            found = "rien" if bad.found is None else f"« {bad.found} »"
            where = self._path.name, record.ligne, bad.column
            raise FileRefused(*where, found, bad.wanted) from None
        self._lignes[avis.cle] = record.ligne
        return avis

    def refuse(self, cle: str) -> FileRefused:
        """What is said of an avis that is in the store already, and not the same."""
        wanted = "une clé pour chaque avis : un autre est déjà enregistré sous celle-ci"
        ligne = self._lignes.get(cle, 0)
        return FileRefused(self._path.name, ligne, "cle", f"« {cle} »", wanted)


def _counters(source: Source, catalogue: Catalogue) -> Counter[Cell]:
    """The counters of a source that no avis gives."""
    found = _read_counters(source.ouvertures, OUVERTURES, catalogue)
    found.update(_read_counters(source.compteurs, COMPTEURS, catalogue))
    return found


def _read_counters(path: Path | None, table: Table, catalogue: Catalogue) -> Counter[Cell]:
    if path is None:
        return Counter()
    found: Counter[Cell] = Counter()
    slugs = {d.slug: d.id for d in catalogue.demarches.values()}
    for ligne, each in _reader(path)(path, table):
        try:
            cell = _counter(each, catalogue, slugs)
        except BadCell as bad:
            where = path.name, ligne, bad.column
            raise FileRefused(*where, f"« {bad.found} »", bad.wanted) from None
        found[cell] += int(each["n"] or 0)
    return found


def _counter(row: Mapping[str, Value], catalogue: Catalogue, slugs: Mapping[str, int]) -> Cell:
    """The counter of a row. Raises BadCell: one of a bouton or a questionnaire that is not there
    would be met by every page of figures, for ever."""
    slug, code, jour, asked = (str(row[name]) for name in _OF_A_COUNTER)
    if slug not in slugs:
        raise BadCell("demarche", slug, "le slug d’une démarche de cette base")
    bouton = catalogue.boutons.get(code)
    if bouton is None or bouton.demarche_id != slugs[slug]:
        raise BadCell("bouton", code, "le code d’un bouton de cette démarche")
    if asked not in catalogue.questionnaires:
        known = ", ".join(sorted(catalogue.questionnaires))
        raise BadCell("questionnaire", asked, f"l’un de {known}")
    check_jour("jour", jour)
    if "dimension" not in row:
        return Cell(slugs[slug], code, jour, asked, OUVERTURE, 1)
    dimension = str(row["dimension"])
    if not _is_counted(catalogue.questionnaires[asked], dimension):
        raise BadCell("dimension", dimension, f"avis, ou une question de {asked}")
    return Cell(slugs[slug], code, jour, asked, dimension, int(row["note"] or 0))


def _is_counted(questionnaire: Questionnaire, dimension: str) -> bool:
    """Whether answers are counted under that name; of a choice, « code.option » is one too."""
    asked = {AVIS, *(each.code for each in questionnaire.dimensions)}
    for choix in questionnaire.choix:
        asked |= {choix.code, *(suite.code for suite in choix.suites)}
    return dimension.partition(".")[0] in asked


def _reader(path: Path) -> Read:
    reader = READERS.get(path.suffix)
    if reader is None or path.name.endswith(".excel.csv"):
        raise StoreError(f"{path} : un import se fait d’un fichier .csv ou .ndjson de « export ».")
    return reader
