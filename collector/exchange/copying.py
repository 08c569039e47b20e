"""Move everything from one store to another: page by page, again from where it was left, proved.

The end is the proof: for each démarche, as many avis, the same bytes, and counters that were
counted anew and are those of the source. Until then the copy has version 0, and nobody serves it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from collector.domain import Avis, Catalogue, Demarche
from collector.store.contract import Store, StoreError
from collector.store.keeping import KEPT

PAGE = 5_000
CLE = Avis._fields.index("cle")
BEFORE_ALL = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and found to be the same on both sides."""

    demarches: int
    avis: int
    resumed: bool


async def copy(source: Store, target: Store, advance: Callable[[int], None]) -> Copied:
    """Copy `source` to `target`, both open and migrated.

    `advance` is told of each avis twice: once copied, once compared. Raises StoreError; what was
    copied until then stays, and the same call goes on from there.
    """
    catalogue = await source.load_catalogue()
    resumed = await _begin(source, target, catalogue)
    for id in catalogue.demarches:
        await _copy_demarche(source, target, id, advance)
    avis = 0
    for demarche in catalogue.demarches.values():
        avis += await _compare(source, target, demarche, advance)
    await target.finish_copy(catalogue.version + 1)
    return Copied(len(catalogue.demarches), avis, resumed)


async def _begin(source: Store, target: Store, catalogue: Catalogue) -> bool:
    """Make the target ready; True when a copy of this very source was begun there already."""
    there = await target.load_catalogue()
    if there.version > 0:
        if there.structures or await target.total():
            raise StoreError("La base d’arrivée n’est pas vide : rien n’y a été changé.")
        kept = {table: await source.kept(table) for table in KEPT}
        await target.adopt(catalogue, await source.questionnaire_texts(), kept)
        return False
    if _configured(there) != _configured(catalogue):
        raise StoreError(
            "La copie commencée dans la base d’arrivée vient d’une autre base, ou celle-ci a "
            "changé depuis : videz la base d’arrivée et recommencez."
        )
    return True


def _configured(catalogue: Catalogue) -> tuple[object, ...]:
    return catalogue.structures, catalogue.demarches, catalogue.boutons


async def _copy_demarche(
    source: Store, target: Store, id: int, advance: Callable[[int], None]
) -> None:
    after = await target.last_cle(id) or BEFORE_ALL
    page = await source.avis_page(id, after, PAGE)
    while page:
        # The next page is read while this one is written.
        _, following = await asyncio.gather(
            target.load(page), source.avis_page(id, page[-1][CLE], PAGE)
        )
        advance(len(page))
        page = following
    counters = await source.openings(id)
    counters.update(await source.outlived(id))
    await target.recount(id, counters)


async def _compare(
    source: Store, target: Store, demarche: Demarche, advance: Callable[[int], None]
) -> int:
    """How many avis a démarche has, the same in both stores. Raises StoreError when it differs."""
    id = demarche.id
    (n, digest), (m, other) = await asyncio.gather(
        fingerprint(source, id, advance), fingerprint(target, id, lambda _: None)
    )
    if (n, digest) != (m, other):
        raise StoreError(
            f"{demarche.slug} : {n} avis au départ et {m} à l’arrivée, qui ne sont pas les mêmes. "
            "Une des bases a changé pendant la copie : videz celle d’arrivée et recommencez."
        )
    if await source.counters(id) != await target.counters(id):
        raise StoreError(
            f"{demarche.slug} : les compteurs de départ ne sont pas égaux au recomptage des avis. "
            "Lancez « jdma rebuild » sur cette base, puis recommencez."
        )
    return n


async def fingerprint(
    store: Store, demarche_id: int, advance: Callable[[int], None]
) -> tuple[int, str]:
    """How many avis a démarche has, and SHA-256 of them all, in the order of their keys."""
    n, digest, after = 0, hashlib.sha256(), BEFORE_ALL
    while page := await store.avis_page(demarche_id, after, PAGE):
        digest.update(orjson.dumps(page))
        n, after = n + len(page), page[-1][CLE]
        advance(len(page))
    return n, digest.hexdigest()
