"""What an engine reads for lists of démarches and boutons: the same words for every engine.

Counters and ends of indexes only: a list takes no longer where there are more avis.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from collector.domain import AVIS
from collector.store.plain import PlainStore

_LAST_JOUR = f"""/* Store.last_answer */
select max(jour)
from agregat
where demarche_id = $1
and bouton = $2
and dimension = '{AVIS}'
"""

_LAST_ANSWER = """/* Store.last_answer */
select max(recu_le)
from avis
where demarche_id = $1
and bouton = $2
and recu_le >= $3
"""


class MonthAnswers(NamedTuple):
    """Answers of one level to one question of one démarche in a month, YYYY-MM."""

    demarche_id: int
    mois: str
    questionnaire: str
    dimension: str
    note: int
    n: int


class ListingStore(PlainStore):
    """The part of the Store contract by which lists show how each of them does."""

    async def answers_by_month(
        self, demarches: Collection[int], first: str, last: str, dimensions: Collection[str]
    ) -> list[MonthAnswers]:
        """Answers to these questions in the months `first` to `last`, of all these démarches at
        once."""
        if not demarches or not dimensions:
            return []
        ids = _places(3, len(demarches))
        codes = _places(3 + len(demarches), len(dimensions))
        sql = f"""/* Store.answers_by_month */
        select demarche_id, mois, questionnaire, dimension, note, cast(sum(n) as bigint)
        from agregat_mois
        where demarche_id in ({ids})
        and mois between $1 and $2
        and dimension in ({codes})
        group by demarche_id, mois, questionnaire, dimension, note
        """
        [found] = await self._read((sql, (first, last, *demarches, *dimensions)))
        return [MonthAnswers(*row) for row in found]

    async def last_avis(self, demarches: Sequence[int]) -> dict[int, str]:
        """When the last avis that counts was received (`recu_le`), by démarche, of those that have
        one. For a page of them: at most 400."""
        if not demarches:
            return {}
        # One look at the end of the index each: grouped, all avis there are would be gone through.
        one = "select cast({0} as integer), max(recu_le) from avis where demarche_id = {0}"
        each = f"{one} and ecarte is null"
        sql = "\nunion all ".join(each.format(f"${i + 1}") for i in range(len(demarches)))
        [found] = await self._read((f"/* Store.last_avis */ {sql}", tuple(demarches)))
        return {id: recu_le for id, recu_le in found if recu_le is not None}

    async def last_jours(self, demarche_id: int, boutons: Sequence[str]) -> dict[str, str]:
        """The last day with an avis that counts, by bouton, of those that have one. For a page of
        them: at most 400."""
        if not boutons:
            return {}
        each = f"""select cast({{0}} as text), max(jour)
        from agregat
        where demarche_id = $1
        and bouton = {{0}}
        and dimension = '{AVIS}'
        and n > 0"""
        sql = "\nunion all ".join(each.format(f"${i + 2}") for i in range(len(boutons)))
        [found] = await self._read((f"/* Store.last_jours */ {sql}", (demarche_id, *boutons)))
        return {code: jour for code, jour in found if jour is not None}

    async def last_answer(self, demarche_id: int, bouton: str) -> str | None:
        """When the last avis of a bouton was received (`recu_le`), also one that does not count;
        None as long as none does."""
        jour = (await self._read((_LAST_JOUR, (demarche_id, bouton))))[0][0][0]
        if jour is None:
            return None
        # From the day before it in UTC on: a day in Paris begins then, and few have to be read.
        since = (date.fromisoformat(jour) - timedelta(days=1)).isoformat()
        [[(recu_le,)]] = await self._read((_LAST_ANSWER, (demarche_id, bouton, since)))
        return None if recu_le is None else str(recu_le)


def _places(first: int, n: int) -> str:
    return ", ".join(f"${i}" for i in range(first, first + n))
