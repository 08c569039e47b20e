"""What an engine keeps of what was seen of each bouton: the same words for every engine.

Counters by day that no stranger can make grow without end: of one kind, a bouton has at most MOST
different values in a day, and all others are one more, « autres ».
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from collector.domain import Vu
from collector.store.plain import PlainStore

MOST = 20
AUTRES = "autres"

_KEY = "demarche_id, bouton, jour, genre"

# {rows} is the array of what was seen, one value a row. What is known already counts on; of what is
# new, as many as there is room for have a row of their own.
_ADD = f"""/* Store.add_presence */
with vus as (
    select
        cast(value ->> 0 as integer) as demarche_id,
        value ->> 1 as bouton,
        value ->> 2 as jour,
        value ->> 3 as genre,
        value ->> 4 as valeur,
        cast(value ->> 5 as integer) as n
    from {{rows}}
),
places as (
    select
        vus.*,
        presence.valeur is not null as connu,
        row_number() over (
            partition by vus.demarche_id, vus.bouton, vus.jour, vus.genre, presence.valeur is null
            order by vus.valeur
        ) + (
            select count(*)
            from presence as la
            where la.demarche_id = vus.demarche_id
            and la.bouton = vus.bouton
            and la.jour = vus.jour
            and la.genre = vus.genre
            and la.valeur <> '{AUTRES}'
        ) as place
    from vus
    left join presence
    on presence.demarche_id = vus.demarche_id
    and presence.bouton = vus.bouton
    and presence.jour = vus.jour
    and presence.genre = vus.genre
    and presence.valeur = vus.valeur
)
insert into presence ({_KEY}, valeur, n)
select
    {_KEY},
    case when connu or place <= {MOST} then valeur else '{AUTRES}' end,
    cast(sum(n) as bigint)
from places
group by 1, 2, 3, 4, 5
order by 1, 2, 3, 4, 5
on conflict ({_KEY}, valeur)
do update set n = presence.n + excluded.n
"""


class Seen(NamedTuple):
    """One value that was seen of a bouton: how often, and the last day of it, YYYY-MM-DD."""

    bouton: str
    genre: str
    valeur: str
    n: int
    dernier: str


class PresenceStore(PlainStore):
    """The part of the Store contract about what reaches a bouton, and from where."""

    _EACH_ROW: ClassVar[str]
    """The rows of a JSON array $1, as `value`."""

    async def add_presence(self, seen: Mapping[Vu, int]) -> None:
        """Add to the counters of what was seen, as one transaction."""
        rows = json.dumps([(*vu, n) for vu, n in seen.items()])
        await self._commit(_ADD.format(rows=self._EACH_ROW), rows)

    async def presence(
        self, demarche_id: int, du: str, au: str, bouton: str | None = None
    ) -> list[Seen]:
        """What was seen of a bouton, or of all those of a démarche, in the days `du` to `au`
        (YYYY-MM-DD, both included); of each kind, what was seen most first."""
        sql = """/* Store.presence */
        select bouton, genre, valeur, cast(sum(n) as bigint), max(jour)
        from presence
        where demarche_id = $1
        and jour between $2 and $3
        and (cast($4 as text) is null or bouton = $4)
        group by bouton, genre, valeur
        order by bouton, genre, 4 desc, valeur
        """
        [found] = await self._read((sql, (demarche_id, du, au, bouton)))
        return [Seen(*row) for row in found]

    async def forget_presence(self, before: str) -> None:
        """Forget what was seen on days before that one."""
        sql = "/* Store.forget_presence */ delete from presence where jour < $1"
        await self._commit(sql, before)
