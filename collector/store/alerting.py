"""What a store keeps of alerts: who is told what, what is watched, and what is on its way.

The same words for every engine. An event and the state it leaves behind are one transaction, and
its name is its key: told again, it is not sent again.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.alertes import Abonnement, Crochet, Envoi, Evenement, Statut, Veille
from collector.store.contract import Row
from collector.store.plain import PlainStore, Query

_CROCHET = "id, demarche_id, url, graine, cree_le, cree_par"
_ENVOI = """
    id, evenement, genre, demarche_id, le, donnees, compte_id, crochet_id, essais, statut, raison,
    prochain_le, fini_le
"""


class Due(NamedTuple):
    """A veille whose time has come. `ecoutee`: somebody is told of it."""

    veille: Veille
    ecoutee: bool


class AlertingStore(PlainStore):
    """Subscriptions, webhooks, and events on their way. Raises StoreError."""

    @abstractmethod
    async def _execute(self, *queries: Query) -> None:
        """All of these, as one transaction. Raises StoreError."""

    # Who is told what

    async def abonnements(self, demarche_id: int) -> list[Abonnement]:
        return await self._abonnements("demarche_id", demarche_id)

    async def abonnements_of(self, compte_id: int) -> list[Abonnement]:
        return await self._abonnements("compte_id", compte_id)

    async def _abonnements(self, by: str, value: int) -> list[Abonnement]:
        sql = f"""/* Store.abonnements */
        select demarche_id, genre, compte_id, crochet_id, cree_le
        from abonnement
        where {by} = $1
        order by demarche_id, genre, compte_id, crochet_id
        """
        [found] = await self._read((sql, (value,)))
        return [Abonnement(*row) for row in found]

    async def subscribe(
        self,
        demarche_id: int,
        compte_id: int,
        crochet_id: int,
        veilles: Sequence[Veille],
        le: str,
    ) -> None:
        """Have an account or a webhook told of these, and of nothing else of the démarche.

        A veille that nobody had asked for yet begins as it is given; another one goes on.
        """
        who = (demarche_id, compte_id, crochet_id)
        genres = [veille.genre for veille in veilles]
        others = ", ".join(f"${rank}" for rank in range(4, 4 + len(genres)))
        drop = f"""/* Store.subscribe */
        delete from abonnement
        where demarche_id = $1
        and compte_id = $2
        and crochet_id = $3
        {f"and genre not in ({others})" if genres else ""}
        """
        add = """/* Store.subscribe */
        insert into abonnement (demarche_id, compte_id, crochet_id, genre, cree_le)
        values ($1, $2, $3, $4, $5)
        on conflict (demarche_id, genre, compte_id, crochet_id) do nothing
        """
        begin = """/* Store.subscribe */
        insert into veille (demarche_id, genre, prochain_le, etat)
        values ($1, $2, $3, $4)
        on conflict (demarche_id, genre) do nothing
        """
        await self._execute(
            (drop, (*who, *genres)),
            *((add, (*who, genre, le)) for genre in genres),
            *((begin, (*veille[:3], json.dumps(veille.etat))) for veille in veilles),
        )

    async def unsubscribe(self, demarche_id: int, genre: str, compte_id: int) -> bool:
        """Stop telling an account. False when it was not told."""
        sql = """/* Store.unsubscribe */
        delete from abonnement
        where demarche_id = $1
        and genre = $2
        and compte_id = $3
        and crochet_id = 0
        returning genre
        """
        return bool(await self._commit(sql, demarche_id, genre, compte_id))

    # Webhooks

    async def add_crochet(self, crochet: Crochet) -> int:
        """The new id (the id given is ignored)."""
        sql = """/* Store.add_crochet */
        insert into crochet (demarche_id, url, graine, cree_le, cree_par)
        values ($1, $2, $3, $4, $5)
        returning id
        """
        c = crochet
        [(id,)] = await self._commit(sql, c.demarche_id, c.url, c.graine, c.cree_le, c.cree_par)
        return int(id)

    async def crochets(self, demarche_id: int) -> list[Crochet]:
        sql = f"""/* Store.crochets */
        select {_CROCHET}
        from crochet
        where demarche_id = $1
        order by id
        """
        [found] = await self._read((sql, (demarche_id,)))
        return [Crochet(*row) for row in found]

    async def crochet(self, id: int) -> Crochet | None:
        [found] = await self._read((f"select {_CROCHET} from crochet where id = $1", (id,)))
        return Crochet(*found[0]) if found else None

    async def renew_crochet(self, demarche_id: int, id: int, graine: str) -> bool:
        """Give a webhook another secret. False when there is none."""
        sql = """/* Store.renew_crochet */
        update crochet
        set graine = $3
        where demarche_id = $1
        and id = $2
        returning id
        """
        return bool(await self._commit(sql, demarche_id, id, graine))

    async def drop_crochet(self, demarche_id: int, id: int) -> None:
        """Delete a webhook with what it was told and was to be told."""
        which = (demarche_id, id)
        await self._execute(
            *(
                (f"delete from {table} where demarche_id = $1 and {column} = $2", which)
                for table, column in (
                    ("abonnement", "crochet_id"), ("envoi", "crochet_id"), ("crochet", "id"),
                )
            )
        )  # fmt: skip

    # What is watched

    async def due(self, le: str, limit: int) -> list[Due]:
        """The veilles to look at by then, the longest waiting first."""
        sql = """/* Store.due */
        select
            demarche_id, genre, prochain_le, etat,
            exists (
                select 1
                from abonnement
                where abonnement.demarche_id = veille.demarche_id
                and abonnement.genre = veille.genre
            )
        from veille
        where prochain_le <= $1
        order by prochain_le
        limit $2
        """
        [found] = await self._read((sql, (le, limit)))
        return [
            Due(Veille(demarche_id, genre, prochain_le, json.loads(etat)), bool(ecoutee))
            for demarche_id, genre, prochain_le, etat, ecoutee in found
        ]

    async def drop_veille(self, veille: Veille) -> None:
        """Forget one of which nobody is told."""
        sql = "/* Store.drop_veille */ delete from veille where demarche_id = $1 and genre = $2"
        await self._commit(sql, *veille[:2])

    async def advance(
        self, before: Veille, after: Veille, evenement: Evenement | None = None
    ) -> None:
        """Leave a veille as `after`, and send the event on its way to all who asked for it: both or
        nothing. Somebody to whom it is on its way already is left alone."""
        move = """/* Store.advance */
        update veille
        set prochain_le = $4, etat = $5
        where demarche_id = $1
        and genre = $2
        and prochain_le = $3
        """
        state = (*before[:3], after.prochain_le, json.dumps(after.etat))
        sending = [_sending(evenement)] if evenement else []
        await self._execute(*sending, (move, state))

    async def send_to_crochet(self, evenement: Evenement, crochet_id: int) -> None:
        """Send an event on its way to one webhook."""
        sql = """/* Store.send_to_crochet */
        insert into envoi (
            evenement, genre, demarche_id, le, donnees, compte_id, crochet_id, prochain_le
        )
        values ($1, $2, $3, $4, $5, 0, $6, $4)
        on conflict (evenement, compte_id, crochet_id) do nothing
        """
        await self._commit(sql, *_event(evenement), crochet_id)

    # What is on its way

    async def envois_due(self, le: str, limit: int) -> list[Envoi]:
        """What is to be tried by then: messages to people first, then the longest waiting."""
        sql = f"""/* Store.envois_due */
        select {_ENVOI}
        from envoi
        where prochain_le <= $1
        order by crochet_id > 0, prochain_le, id
        limit $2
        """
        [found] = await self._read((sql, (le, limit)))
        return [_envoi(row) for row in found]

    async def leave_envoi(self, envoi: Envoi) -> None:
        """Keep what became of a try."""
        sql = """/* Store.leave_envoi */
        update envoi
        set essais = $2, statut = $3, raison = $4, prochain_le = $5, fini_le = $6
        where id = $1
        """
        e = envoi
        await self._commit(sql, e.id, e.essais, e.statut, e.raison, e.prochain_le, e.fini_le)

    async def retry_envoi(self, crochet_id: int, id: int, le: str) -> bool:
        """Have something be tried now that waits or was given up. False: there is no such thing."""
        sql = """/* Store.retry_envoi */
        update envoi
        set statut = 'attente', prochain_le = $3, fini_le = null
        where crochet_id = $1
        and id = $2
        and statut in ('attente', 'abandonne')
        returning id
        """
        return bool(await self._commit(sql, crochet_id, id, le))

    async def envois_of(self, crochet_id: int, limit: int) -> list[Envoi]:
        """The last ones to a webhook, the newest first."""
        sql = f"""/* Store.envois_of */
        select {_ENVOI}
        from envoi
        where crochet_id = $1
        order by id desc
        limit $2
        """
        [found] = await self._read((sql, (crochet_id, limit)))
        return [_envoi(row) for row in found]

    async def last_to(self, demarche_id: int, compte_id: int) -> Envoi | None:
        """The last message of a démarche to an account."""
        sql = f"""/* Store.last_to */
        select {_ENVOI}
        from envoi
        where compte_id = $2
        and demarche_id = $1
        order by id desc
        limit 1
        """
        [found] = await self._read((sql, (demarche_id, compte_id)))
        return _envoi(found[0]) if found else None

    async def forget_envois(self, before: str) -> None:
        """Delete those that ended before."""
        await self._commit("/* Store.forget_envois */ delete from envoi where fini_le < $1", before)

    # What there is to tell

    async def count_comments(self, demarche_id: int, start: str, end: str) -> int:
        """Comments of avis that count, received at an instant or later, and before another."""
        sql = """/* Store.count_comments */
        select count(*)
        from avis
        where demarche_id = $1
        and recu_le >= $2
        and recu_le < $3
        and verbatim is not null
        and ecarte is null
        """
        [[(n,)]] = await self._read((sql, (demarche_id, start, end)))
        return int(n)

    async def avis_by_day(self, demarche_id: int, du: str, au: str) -> Mapping[str, int]:
        """Avis that count, by day (YYYY-MM-DD), of the days that have some."""
        sql = """/* Store.avis_by_day */
        select jour, cast(sum(n) as bigint)
        from agregat
        where demarche_id = $1
        and jour between $2 and $3
        and dimension = 'avis'
        group by jour
        having sum(n) > 0
        """
        [found] = await self._read((sql, (demarche_id, du, au)))
        return dict(found)


def _event(evenement: Evenement) -> tuple[object, ...]:
    e = evenement
    return e.id, e.genre, e.demarche_id, e.le, json.dumps(e.donnees, ensure_ascii=False)


def _sending(evenement: Evenement) -> Query:
    sql = """/* Store.advance */
    insert into envoi (
        evenement, genre, demarche_id, le, donnees, compte_id, crochet_id, prochain_le
    )
    select
        cast($1 as text), genre, demarche_id, cast($4 as text), cast($5 as text),
        compte_id, crochet_id, cast($4 as text)
    from abonnement
    where genre = $2
    and demarche_id = $3
    on conflict (evenement, compte_id, crochet_id) do nothing
    """
    return sql, _event(evenement)


def _envoi(row: Row) -> Envoi:
    id, evenement, genre, demarche_id, le, donnees, compte_id, crochet_id, *rest = row
    event = Evenement(evenement, genre, demarche_id, le, json.loads(donnees))
    essais, statut, raison, prochain_le, fini_le = rest
    known: Statut = statut
    return Envoi(id, event, compte_id, crochet_id, essais, known, raison, prochain_le, fini_le)
