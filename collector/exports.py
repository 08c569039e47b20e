"""Downloads: /exports/avis.csv and its like, streamed by pages, each with a line in the journal.

One page is sent while the next one is read, and no more: memory stays flat, nothing waits, and what
fails in the middle breaks the transfer instead of ending it as a short file that looks whole.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from collector.acces import Entree
from collector.asked.periode import DERNIER_JOUR, PREMIER_JOUR, Periode
from collector.asked.requested import Query, noted, parse_pas
from collector.asked.selection import Place, Selection
from collector.avis_rows import AvisRows, asked
from collector.clock import Instant
from collector.errors import FormatMissing, TooManyDownloads, UnknownFormat
from collector.figures.rows import ScoresRows
from collector.formats import FORMATS, Format, MissingLibrary, Page, Table
from collector.formats.schema import Resource, datapackage, table_schema
from collector.gate import Acces, acces_of
from collector.parts import Parts, parts_of
from collector.private_api import PRIVATE, selected
from collector.public_api import rules_of
from collector.store.contract import DayCount, Store
from collector.store.contract import Row as StoredRow

PAGE = 2_000
COME_BACK = 20  # seconds: when as many downloads as may are under way
# Beside avis that come in thick, a download takes a share of the time only: a page takes some 10 ms
# of the interpreter, and whoever answers goes before whoever downloads.
PATIENCE = 0.12  # seconds
SCHEMA, PACKAGE = "schema.json", "datapackage.json"
_BY_EXTENSION = {each.extension: each for each in FORMATS.values()}


@dataclass(frozen=True, slots=True)
class Download:
    """A file to come: its table, its pages, its name without extension, who asks for what."""

    table: Table
    pages: AsyncGenerator[Page, None]
    nom: str
    acces: Acces
    query: Query


async def get_avis_export(request: Request) -> Response:
    return await avis_export(request, await acces_of(request))


async def get_scores_export(request: Request) -> Response:
    return await scores_export(request, await acces_of(request))


async def avis_export(request: Request, acces: Acces) -> Response:
    """The avis selected, as a file, or what describes that file, for somebody who was let in."""
    parts = parts_of(request)
    query = request.query_params.multi_items()
    selection = selected(query, acces, frozenset())
    now = parts.clock.now()
    rows = await avis_rows(parts.store, acces, selection)
    table = replace(rows.table, lisez_moi=_lisez_moi(query, now))
    pages = avis_pages(parts.store, selection, rows, now.recu_le, lambda: _pause(parts))
    nom = _file_name("avis", acces, selection, now)
    return await _answer(request, Download(table, pages, nom, acces, query))


async def scores_export(request: Request, acces: Acces) -> Response:
    """Figures of the selection, nothing withheld, as a file, or what describes that file."""
    parts = parts_of(request)
    query = request.query_params.multi_items()
    selection = selected(query, acces, frozenset({"pas"}))
    now = parts.clock.now()
    rows = ScoresRows(acces.catalogue, rules_of(parts), now.jour, parse_pas(dict(query)))
    table = replace(rows.table, lisez_moi=_lisez_moi(query, now))
    pages = scores_pages(parts.store, acces, selection, rows, lambda: _pause(parts))
    if request.path_params["format"] in _BY_EXTENSION:
        await refuse_too_many_periods(parts.store, selection, rows)
        if request.method == "GET":
            # A store that fails is told now, and not by a broken transfer.
            pages = _again(await anext(pages, []), pages)
    nom = _file_name("scores", acces, selection, now)
    return await _answer(request, Download(table, pages, nom, acces, query))


async def refuse_too_many_periods(store: Store, selection: Selection, rows: ScoresRows) -> None:
    """Raises BadFilter before the file begins: in the middle, only a broken transfer would tell."""
    if not rows.may_be_too_many(selection):
        return
    for days in (await store.days(selection)).values():
        rows.check(days, selection)


async def _again(first: Page, others: AsyncGenerator[Page, None]) -> AsyncGenerator[Page, None]:
    async with contextlib.aclosing(others):
        yield first
        async for page in others:
            yield page


async def scores_pages(
    store: Store,
    acces: Acces,
    selection: Selection,
    rows: ScoresRows,
    pause: Callable[[], float] = lambda: 0.0,
) -> AsyncGenerator[Page, None]:
    """The rows of each démarche selected."""
    for id in selection.demarches:
        counts = await day_counts(store, replace(selection, demarches=(id,)))
        # In a thread: a thousand days of forty questions take seconds, and the loop takes avis in.
        yield await asyncio.to_thread(rows.rows, acces.demarches[id], counts, selection)
        await asyncio.sleep(pause())


async def day_counts(store: Store, selection: Selection) -> list[DayCount]:
    """The counters of one démarche, or where they cannot tell, its avis counted."""
    [id] = selection.demarches
    if not selection.is_counted:
        return await store.histogram(selection)
    periode = selection.periode or Periode(PREMIER_JOUR, DERNIER_JOUR)
    days = periode.du.isoformat(), periode.au.isoformat()
    counts = await store.counts_by_day(id, *days, selection.bouton)
    return [c for c in counts if selection.questionnaire in (None, c.questionnaire)]


async def avis_rows(store: Store, acces: Acces, selection: Selection) -> AvisRows:
    """The columns of a selection: every question its démarches ever asked."""
    counted = await store.counted_questionnaires()
    questionnaires = asked(acces.catalogue, selection.demarches, counted)
    if selection.statut != "compte":  # what is set aside is in no counter
        questionnaires = sorted(acces.catalogue.questionnaires.values(), key=lambda each: each.id)
    return AvisRows(acces.catalogue, questionnaires, "verbatims" in acces.droits)


async def avis_pages(
    store: Store,
    selection: Selection,
    rows: AvisRows,
    until: str,
    pause: Callable[[], float] = lambda: 0.0,
) -> AsyncGenerator[Page, None]:
    """The rows of a selection, up to an instant; `pause` says how long to wait between pages."""

    def read(after: Place | None) -> asyncio.Task[list[StoredRow]]:
        task = asyncio.create_task(store.select_rows(selection, after, until, PAGE))
        # Of who leaves before the next page comes, nobody asks what became of it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    # The next page is read while this one is written and sent.
    coming = read(None)
    try:
        while page := await coming:
            if len(page) == PAGE:
                await asyncio.sleep(pause())
                coming = read(place_of(page[-1]))
            yield rows.page(page)
            if len(page) < PAGE:
                return
    finally:
        coming.cancel()


def place_of(row: StoredRow) -> Place:
    """Where a page ends, whose last row this is."""
    demarche_id, _, _, cle, _, recu_le, *_ = row
    return demarche_id, recu_le, cle


def _pause(parts: Parts) -> float:
    return PATIENCE if parts.writer.busy else 0.0


async def _answer(request: Request, download: Download) -> Response:
    extension = request.path_params["format"]
    if extension == SCHEMA:
        return JSONResponse(table_schema(download.table), headers=PRIVATE)
    if extension == PACKAGE:
        return JSONResponse(_package(download, parts_of(request).clock.now()), headers=PRIVATE)
    format = _BY_EXTENSION.get(extension)
    if format is None:
        raise UnknownFormat(format=extension, connus=" | ".join(_BY_EXTENSION))
    headers = {
        **PRIVATE,
        "content-type": format.content_type,
        "content-disposition": f'attachment; filename="{download.nom}.{format.extension}"',
        "link": f'<{_beside(request, SCHEMA)}>; rel="describedby"; type="application/json"',
    }
    if request.method == "HEAD":
        answer = Response(headers=headers)
        del answer.headers["content-length"]  # nobody knows before it is made
        return answer
    return await _stream(parts_of(request), download, format, headers)


async def _stream(
    parts: Parts, download: Download, format: Format, headers: dict[str, str]
) -> Response:
    """The file, once its line is in the journal."""
    counted = _Counted(download.pages)
    try:
        content = format.write(download.table, counted.pages())
    except MissingLibrary as error:
        raise FormatMissing(format=format.titre, raison=str(error)) from error
    if not parts.downloads.enter():
        raise TooManyDownloads(retry_after=COME_BACK, secondes=COME_BACK)
    sur = {
        "fichier": f"{download.nom}.{format.extension}",
        "filtre": noted(download.query),
        "verbatims": "verbatim" in download.table.names,
    }
    try:
        entree = Entree(parts.clock.now().recu_le, download.acces.qui, "telechargement", sur)
        id = await parts.store.add_entree(entree)
    except BaseException:
        parts.downloads.leave()
        raise

    async def body() -> AsyncGenerator[bytes, None]:
        whole = False
        try:
            async with contextlib.aclosing(content):
                async for chunk in content:
                    yield chunk
            whole = True
        finally:
            parts.downloads.leave()
            with anyio.CancelScope(shield=True):
                end = {**sur, "lignes": counted.lignes, "complet": whole}
                await parts.store.finish_entree(id, end)

    return StreamingResponse(body(), headers=headers)


class _Counted:
    """Pages on their way, and how many rows they had so far."""

    def __init__(self, pages: AsyncGenerator[Page, None]) -> None:
        self._pages = pages
        self.lignes = 0

    async def pages(self) -> AsyncGenerator[Page, None]:
        async with contextlib.aclosing(self._pages):
            async for page in self._pages:
                self.lignes += len(page)
                yield page


def _package(download: Download, now: Instant) -> dict[str, object]:
    table = download.table
    resource = Resource(f"{download.nom}.csv", table)
    nom = f"jdma-{table.nom}"
    return datapackage(nom, table.titre, [resource], created=now.recu_le)


def _beside(request: Request, extension: str) -> str:
    """The address of what describes this file: the same with the same filter."""
    path = request.url.path.removesuffix(request.path_params["format"])
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{parts_of(request).settings.base_path}{path}{extension}{query}"


def _file_name(table: str, acces: Acces, selection: Selection, now: Instant) -> str:
    """« avis_carte-grise_2026-01-01_2026-03-31_du_2026-11-22 »: what, of when, made when."""
    slugs = [acces.demarches[id].slug for id in selection.demarches]
    which = slugs[0] if len(slugs) == 1 else f"{len(slugs)}-demarches"
    periode = selection.periode
    days = f"{periode.du}_{periode.au}" if periode else "toute-la-periode"
    return f"{table}_{which}_{days}_fait-le_{now.jour_iso}"


def _lisez_moi(query: Query, now: Instant) -> Sequence[tuple[str, str]]:
    filtre = ", ".join(f"{name} = {value}" for name, value in query)
    return (
        ("Filtre", filtre or "aucun : tout ce que ce jeton peut lire"),
        ("Fait le", now.recu_le),
        ("Jours", "Jours civils à Paris, premier et dernier compris"),
    )
