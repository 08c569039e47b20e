"""What a store keeps of tokens, and the journal: the same words for every engine."""

from __future__ import annotations

import json
from typing import NamedTuple

from collector.acces import Entree, JetonApi, Portee
from collector.store.contract import Row
from collector.store.plain import PlainStore

_JETONS = """/* Store.jetons */
select id, nom, portee, droits, cree_le, expire_le, vu_le, revoque_le
from jeton_api
"""


class Wanted(NamedTuple):
    """Which lines of the journal: of whom, of what, from one instant to another."""

    qui: str | None = None
    action: str | None = None
    du: str = ""
    au: str = "~"


class Line(NamedTuple):
    """A line of the journal and its number."""

    id: int
    entree: Entree


class AccessStore(PlainStore):
    """The part of the Store contract about who may see what, and who did."""

    async def add_jeton(self, jeton: JetonApi, empreinte: str) -> int:
        sql = """/* Store.add_jeton */
        insert into jeton_api (nom, empreinte, portee, droits, cree_le, expire_le)
        values ($1, $2, $3, $4, $5, $6)
        returning id
        """
        p = jeton.portee
        portee = {"tout": p.tout, "structures": p.structures, "demarches": p.demarches}
        words = json.dumps(portee), json.dumps(sorted(jeton.droits))
        [(id,)] = await self._commit(
            sql, jeton.nom, empreinte, *words, jeton.cree_le, jeton.expire_le
        )
        return int(id)

    async def jetons(self) -> list[JetonApi]:
        [found] = await self._read((f"{_JETONS} order by id", ()))
        return [_jeton(row) for row in found]

    async def jeton(self, empreinte: str) -> JetonApi | None:
        [found] = await self._read((f"{_JETONS} where empreinte = $1", (empreinte,)))
        return _jeton(found[0]) if found else None

    async def see_jeton(self, id: int, le: str) -> None:
        sql = "/* Store.see_jeton */ update jeton_api set vu_le = $2 where id = $1"
        await self._commit(sql, id, le)

    async def revoke_jeton(self, id: int, le: str) -> bool:
        sql = """/* Store.revoke_jeton */
        update jeton_api
        set revoque_le = $2
        where id = $1
        and revoque_le is null
        returning id
        """
        return bool(await self._commit(sql, id, le))

    async def add_entree(self, entree: Entree) -> int:
        sql = """/* Store.add_entree */
        insert into journal (le, qui, action, sur)
        values ($1, $2, $3, $4)
        returning id
        """
        sur = json.dumps(entree.sur, ensure_ascii=False)
        [(id,)] = await self._commit(sql, entree.le, entree.qui, entree.action, sur)
        return int(id)

    async def finish_entree(self, id: int, sur: dict[str, object]) -> None:
        sql = "/* Store.finish_entree */ update journal set sur = $2 where id = $1"
        await self._commit(sql, id, json.dumps(sur, ensure_ascii=False))

    async def journal(self, limit: int) -> list[Entree]:
        sql = """/* Store.journal */
        select le, qui, action, sur
        from journal
        order by id desc
        limit $1
        """
        [found] = await self._read((sql, (limit,)))
        return [Entree(le, qui, action, json.loads(sur)) for le, qui, action, sur in found]

    async def journal_page(self, wanted: Wanted, before: int | None, limit: int) -> list[Line]:
        """The next lines of the journal that are wanted, newest first: those under number `before`,
        or the newest ones."""
        sql = """/* Store.journal_page */
        select id, le, qui, action, sur
        from journal
        where (cast($1 as text) is null or qui = $1)
        and (cast($2 as text) is null or action = $2)
        and le >= $3
        and le <= $4
        and (cast($5 as integer) is null or id < $5)
        order by id desc
        limit $6
        """
        w = wanted
        [found] = await self._read((sql, (w.qui, w.action, w.du, w.au, before, limit)))
        return [Line(id, Entree(le, qui, act, json.loads(sur))) for id, le, qui, act, sur in found]

    async def journal_actions(self) -> list[str]:
        """Every kind of line there is."""
        sql = "/* Store.journal_actions */ select distinct action from journal order by action"
        [found] = await self._read((sql, ()))
        return [action for (action,) in found]


def _jeton(row: Row) -> JetonApi:
    id, nom, portee, droits, *instants = row
    said = json.loads(portee)
    reach = Portee(said["tout"], tuple(said["structures"]), tuple(said["demarches"]))
    return JetonApi(id, nom, reach, frozenset(json.loads(droits)), *instants)
