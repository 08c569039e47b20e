"""What people do with comments, in the same words for every engine.

Whoever changes what is left of a comment locks its avis first, as a later step of it does: neither
undoes the other. The index of words follows by itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from collector.domain import Avis
from collector.moderation import Etat, Etiquette, Motif
from collector.store.commented import CommentedStore, by_name
from collector.store.contract import Duplicate, Row
from collector.store.plain import Query
from collector.store.selecting import Values, all_of

Which = Callable[[Avis], bool]


class Par(NamedTuple):
    """By whom, and when."""

    par: str
    le: str


class Labelled(NamedTuple):
    """How many comments of one month, and of one label. `mois` is YYYY-MM."""

    mois: str
    etiquette_id: int
    n: int


class ModeratingStore(CommentedStore):
    """What people do with comments. Each change is committed when it returns, all of it or none;
    comments that are not there are left out. A number returned is that of comments that changed."""

    _LOCKING: ClassVar[str]
    """What makes a query lock the rows that it finds."""

    @abstractmethod
    async def _together(self, *queries: Query) -> list[list[Row]]:
        """The rows of each, in order, in one transaction; a query sees what was committed before
        it, and what those before it did. Raises StoreError."""

    @abstractmethod
    async def _set_apart(
        self, demarche_id: int, cles: Sequence[str], which: Which, reason: str | None
    ) -> int:
        """`set_aside` of several avis, in one transaction: of those that `which` says yes to."""

    async def set_aside_all(self, demarche_id: int, cles: Sequence[str], reason: str) -> int:
        """Take avis out of the counters. Those that are out already keep their reason."""
        return await self._set_apart(demarche_id, cles, lambda avis: avis.ecarte is None, reason)

    async def take_back_all(
        self, demarche_id: int, cles: Sequence[str], seen: str | None = None
    ) -> int:
        """Take avis back into the counters. `seen`: only those that are out for this reason."""

        def which(avis: Avis) -> bool:
            return avis.ecarte is not None and seen in (None, avis.ecarte)

        return await self._set_apart(demarche_id, cles, which, None)

    # Where comments stand

    async def mark(
        self,
        demarche_id: int,
        cles: Sequence[str],
        etat: Etat,
        by: Par,
        seen: Etat | None = None,
    ) -> int:
        """Say where comments stand. `seen`: only of those that stood there until now."""
        lock = self._lock(demarche_id, cles)
        if etat == "a_lire":
            [_, marked] = await self._together(lock, _unmarked(demarche_id, cles, seen))
            return len(marked)
        values = Values()
        where = [these(values, demarche_id, cles), *_stood(values, demarche_id, etat, seen)]
        sql = f"""/* Store.mark */
        insert into suivi (demarche_id, cle, recu_le, etat, par, le)
        select avis.demarche_id, avis.cle, avis.recu_le, {_texts(values, etat, *by)}
        from avis
        where {all_of(where)}
        on conflict (demarche_id, cle)
        do update set etat = excluded.etat, par = excluded.par, le = excluded.le
        returning cle
        """
        [_, marked] = await self._together(lock, (sql, values.given))
        return len(marked)

    # Labels

    async def add_etiquette(self, structure_id: int, nom: str) -> int:
        """The new id. `nom` is one line. Raises Duplicate."""
        sql = """/* Store.add_etiquette */
        insert into etiquette (structure_id, nom)
        values ($1, $2)
        on conflict (structure_id, nom) do nothing
        returning id
        """
        found = await self._commit(sql, structure_id, nom)
        if not found:
            raise Duplicate(nom)
        return int(found[0][0])

    async def etiquettes(self, structure_id: int) -> list[Etiquette]:
        """Those of a structure, by name."""
        sql = """/* Store.etiquettes */
        select id, nom
        from etiquette
        where structure_id = $1
        """
        [rows] = await self._read((sql, (structure_id,)))
        return by_name(Etiquette(*row) for row in rows)

    async def rename_etiquette(self, structure_id: int, id: int, nom: str) -> bool:
        """False when there is none, or when another one has that name."""
        sql = """/* Store.rename_etiquette */
        update etiquette
        set nom = $3
        where id = $2
        and structure_id = $1
        and not exists (
            select 1
            from etiquette as other
            where other.structure_id = $1
            and other.nom = $3
            and other.id <> $2
        )
        returning id
        """
        return bool(await self._commit(sql, structure_id, id, nom))

    async def delete_etiquette(self, structure_id: int, id: int) -> bool:
        """Take a label off every comment, and away."""
        off = """/* Store.delete_etiquette */
        delete from avis_etiquette
        where etiquette_id in (select id from etiquette where structure_id = $1 and id = $2)
        """
        sql = """/* Store.delete_etiquette */
        delete from etiquette
        where structure_id = $1
        and id = $2
        returning id
        """
        [_, found] = await self._together((off, (structure_id, id)), (sql, (structure_id, id)))
        return bool(found)

    async def attach(
        self, demarche_id: int, cles: Sequence[str], structure_id: int, etiquette_id: int
    ) -> int:
        """Put a label of this structure on comments."""
        values = Values()
        chosen = f"""etiquette.id = {values.name(etiquette_id)}
        and etiquette.structure_id = {values.name(structure_id)}"""
        sql = f"""/* Store.attach */
        insert into avis_etiquette (demarche_id, cle, recu_le, etiquette_id)
        select avis.demarche_id, avis.cle, avis.recu_le, etiquette.id
        from avis cross join etiquette
        where {these(values, demarche_id, cles)}
        and {chosen}
        on conflict (demarche_id, cle, etiquette_id) do nothing
        returning cle
        """
        return len(await self._commit(sql, *values.given))

    async def detach(self, demarche_id: int, cles: Sequence[str], etiquette_id: int) -> int:
        """Take a label off comments."""
        values = Values()
        sql = f"""/* Store.detach */
        delete from avis_etiquette
        where {these(values, demarche_id, cles, "avis_etiquette")}
        and etiquette_id = {values.name(etiquette_id)}
        returning cle
        """
        return len(await self._commit(sql, *values.given))

    async def labelled(self, demarche_id: int, since: str) -> list[Labelled]:
        """Counted avis by month and label, of those received at `since` or after."""
        sql = """/* Store.labelled */
        select substr(avis.jour, 1, 7), place.etiquette_id, count(*)
        from avis_etiquette as place cross join avis
        where place.demarche_id = $1
        and place.recu_le >= $2
        and avis.demarche_id = $1
        and avis.cle = place.cle
        and avis.ecarte is null
        group by 1, 2
        """
        [rows] = await self._read((sql, (demarche_id, since)))
        return sorted(Labelled(*row) for row in rows)

    # The words of comments

    async def withdraw(self, demarche_id: int, cles: Sequence[str], motif: Motif, by: Par) -> int:
        """Take the words of comments away from where they are read; `put_back` is the way back."""
        kept, blank = Values(), Values()
        take = f"""/* Store.withdraw */
        insert into retrait (demarche_id, cle, recu_le, geste, motif, verbatim, par, le)
        select avis.demarche_id, avis.cle, avis.recu_le, {_texts(kept, "retire", motif)},
            avis.verbatim, {_texts(kept, *by)}
        from avis
        where {these(kept, demarche_id, cles)}
        and avis.verbatim is not null
        returning cle
        """
        empty = f"""/* Store.withdraw */
        update avis
        set verbatim = null
        where {these(blank, demarche_id, cles)}
        and avis.verbatim is not null
        """
        lock = self._lock(demarche_id, cles)
        [_, taken, _] = await self._together(lock, (take, kept.given), (empty, blank.given))
        return len(taken)

    async def put_back(self, demarche_id: int, cles: Sequence[str]) -> int:
        """Give comments back the words that `withdraw` took."""
        back, gone = Values(), Values()
        taken = f"""
            select retrait.verbatim
            from retrait
            where retrait.demarche_id = {back.name(demarche_id)}
            and retrait.cle = avis.cle
            and retrait.geste = 'retire'"""
        give = f"""/* Store.put_back */
        update avis
        set verbatim = ({taken}
        )
        where {these(back, demarche_id, cles)}
        and exists ({taken}
        )
        """
        drop = f"""/* Store.put_back */
        delete from retrait
        where {these(gone, demarche_id, cles, "retrait")}
        and geste = 'retire'
        returning cle
        """
        lock = self._lock(demarche_id, cles)
        [*_, dropped] = await self._together(lock, (give, back.given), (drop, gone.given))
        return len(dropped)

    async def mask(
        self, demarche_id: int, cle: str, before: str, after: str, motif: Motif, by: Par
    ) -> bool:
        """Put `after` in the place of a comment, for good. False, and nothing changes, when it is
        not `before` any more."""
        kept, changed = Values(), Values()
        take = f"""/* Store.mask */
        insert into retrait (demarche_id, cle, recu_le, geste, motif, par, le)
        select avis.demarche_id, avis.cle, avis.recu_le, {_texts(kept, "masque", motif, *by)}
        from avis
        where {these(kept, demarche_id, [cle])}
        and avis.verbatim = {kept.name(before)}
        on conflict (demarche_id, cle, geste)
        do update set motif = excluded.motif, par = excluded.par, le = excluded.le
        returning cle
        """
        replace = f"""/* Store.mask */
        update avis
        set verbatim = {changed.name(after)}
        where {these(changed, demarche_id, [cle])}
        and avis.verbatim = {changed.name(before)}
        """
        lock = self._lock(demarche_id, [cle])
        [_, taken, _] = await self._together(lock, (take, kept.given), (replace, changed.given))
        return bool(taken)

    # Visits

    async def visit(self, compte_id: int, demarche_id: int, le: str, depuis: str) -> None:
        """Note when somebody looked at the comments of a démarche: see `moderation.visited`."""
        sql = """/* Store.visit */
        insert into visite (demarche_id, compte_id, le, depuis)
        values ($1, $2, $3, $4)
        on conflict (demarche_id, compte_id)
        do update set le = excluded.le, depuis = excluded.depuis
        """
        await self._commit(sql, demarche_id, compte_id, le, depuis)

    def _lock(self, demarche_id: int, cles: Sequence[str]) -> Query:
        """In the order of keys, as everybody does."""
        values = Values()
        sql = f"""/* Store.lock */
        select 1
        from avis
        where {these(values, demarche_id, cles)}
        order by avis.demarche_id, avis.cle
        {self._LOCKING}
        """
        return sql, values.given


def _stood(values: Values, demarche_id: int, etat: Etat, seen: Etat | None) -> list[str]:
    """That a comment stands elsewhere than at `etat`, and at `seen`."""
    now = f"""coalesce((
            select suivi.etat
            from suivi
            where suivi.demarche_id = {values.name(demarche_id)}
            and suivi.cle = avis.cle
        ), 'a_lire')"""
    where = [f"{now} <> {values.name(etat)}"]
    return where if seen is None else [*where, f"{now} = {values.name(seen)}"]


def _unmarked(demarche_id: int, cles: Sequence[str], seen: Etat | None) -> Query:
    values = Values()
    where = [these(values, demarche_id, cles, "suivi")]
    if seen is not None:
        where.append(f"etat = {values.name(seen)}")
    sql = f"""/* Store.mark */
    delete from suivi
    where {all_of(where)}
    returning cle
    """
    return sql, values.given


def these(values: Values, demarche_id: int, cles: Sequence[str], table: str = "avis") -> str:
    """The condition that a row is one of these avis, or hangs on one of them."""
    named = values.names(cles) if cles else "null"
    demarche = values.name(demarche_id)
    return f"{table}.demarche_id = {demarche}\n        and {table}.cle in ({named})"


def _texts(values: Values, *given: str) -> str:
    return ", ".join(f"cast({values.name(each)} as text)" for each in given)
