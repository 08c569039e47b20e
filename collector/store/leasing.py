"""Work of which several servers on one database do each piece once: leases, taken by one statement.

The same words for every engine. Instants are ISO 8601 in UTC.
"""

from __future__ import annotations

from collector.store.plain import PlainStore


class LeasingStore(PlainStore):
    """Who has which piece of work. Raises StoreError."""

    async def take_tache(self, nom: str, le: str, before: str, after: str) -> bool:
        """Take a piece of work, unless somebody took it between `before` and `after` and has not
        done it: earlier, they died; later, a clock was wrong. Whoever has it is known by `le`."""
        sql = """/* Store.take_tache */
        insert into tache (nom, prise_le, fait_le)
        values ($1, $2, '')
        on conflict (nom) do update
        set prise_le = excluded.prise_le
        where tache.prise_le < $3
        or tache.prise_le > $4
        or tache.fait_le >= tache.prise_le
        returning nom
        """
        return bool(await self._commit(sql, nom, le, before, after))

    async def keep_tache(self, nom: str, pris: str, le: str) -> bool:
        """Take it anew while one has it: False when somebody else does."""
        sql = """/* Store.keep_tache */
        update tache
        set prise_le = $3
        where nom = $1
        and prise_le = $2
        returning nom
        """
        return bool(await self._commit(sql, nom, pris, le))

    async def finish_tache(self, nom: str, pris: str, le: str) -> None:
        """Say that it is done, for whoever is next."""
        sql = """/* Store.finish_tache */
        update tache
        set fait_le = $3
        where nom = $1
        and prise_le = $2
        """
        await self._commit(sql, nom, pris, le)
