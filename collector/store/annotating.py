"""What a store keeps of annotations: the same words for every engine."""

from __future__ import annotations

from collector.annotation import MOST, Annotation
from collector.store.plain import PlainStore

_ANNOTATIONS = """/* Store.annotations */
select id, demarche_id, jour, texte, par, cree_le
from annotation
where demarche_id = $1
"""


class AnnotatingStore(PlainStore):
    """Annotations. Each is asked for with its démarche: nobody comes to another's by a number."""

    async def add_annotation(self, annotation: Annotation) -> int:
        """The new id (the id given is ignored)."""
        sql = """/* Store.add_annotation */
        insert into annotation (demarche_id, jour, texte, par, cree_le)
        values ($1, $2, $3, $4, $5)
        returning id
        """
        _, *values = annotation
        [(id,)] = await self._commit(sql, *values)
        return int(id)

    async def annotations(self, demarche_id: int, du: str, au: str) -> list[Annotation]:
        """Those of the days `du` to `au` (both included), in order; the last `MOST` of them."""
        sql = f"{_ANNOTATIONS} and jour between $2 and $3 order by jour desc, id desc limit $4"
        [found] = await self._read((sql, (demarche_id, du, au, MOST)))
        return [Annotation(*row) for row in reversed(found)]

    async def annotation(self, demarche_id: int, id: int) -> Annotation | None:
        [found] = await self._read((f"{_ANNOTATIONS} and id = $2", (demarche_id, id)))
        return Annotation(*found[0]) if found else None

    async def change_annotation(self, demarche_id: int, id: int, jour: str, texte: str) -> bool:
        """Whose words they were first stays known. False when there is none."""
        sql = """/* Store.change_annotation */
        update annotation
        set jour = $3, texte = $4
        where demarche_id = $1
        and id = $2
        returning id
        """
        return bool(await self._commit(sql, demarche_id, id, jour, texte))

    async def remove_annotation(self, demarche_id: int, id: int) -> bool:
        """False when there is none."""
        sql = """/* Store.remove_annotation */
        delete from annotation
        where demarche_id = $1
        and id = $2
        returning id
        """
        return bool(await self._commit(sql, demarche_id, id))
