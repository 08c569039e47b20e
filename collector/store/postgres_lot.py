"""What a batch and a recount are in PostgreSQL's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from collector.domain import AVIS, OUVERTURE, Avis, Cell
from collector.store.contacts import FORGET, LEAVE
from collector.store.contract import Beside, Settled, beside_of
from collector.store.plain import BEFORE, HORIZON, SINCE
from collector.store.postgres_said import Connection

COLUMNS = ["avis.cle::text" if name == "cle" else name for name in Avis._fields]

FIND = f"""/* Store.record */
select {", ".join(COLUMNS)}
from avis
where demarche_id = any($1)
and avis.cle = any($2)
order by demarche_id, avis.cle
for update
"""

# What is kept beside the avis of these keys: see `Beside`. Asked once their rows are locked:
# whoever decides about a comment locks them first.
BESIDE = """/* Store.record */
select 'retrait', demarche_id, cast(cle as text)
from retrait
where demarche_id = any($1)
and cle = any($2)
union all
select 'contact', demarche_id, cast(cle as text)
from contact
where demarche_id = any($1)
and cle = any($2)
"""

ETAPE = """/* Store.stored_etape */
select etape
from avis
where demarche_id = $1
and cle = $2
for update
"""

WRITE = """/* Store.record */
select record_batch($1, $2::avis_recu[], $3::avis_recu[], $4::compteur[])
"""


def _recount(days: str = "") -> str:
    """The counters that avis give, those of some days alone."""
    return f"""/* Store.recount */
    select demarche_id, bouton, jour, questionnaire,
        each.key as dimension, each.value::integer as note, count(*) as n
    from avis
    cross join lateral json_each_text(notes) as each
    where demarche_id = $1
    and ecarte is null
    {days}
    group by 1, 2, 3, 4, 5, 6
    union all
    select demarche_id, bouton, jour, questionnaire, '{AVIS}', 1, count(*)
    from avis
    where demarche_id = $1
    and ecarte is null
    {days}
    group by 1, 2, 3, 4
    """


RECOUNT = _recount()
RECOUNT_BEFORE = _recount(BEFORE)


def _counted(is_stored: bool, table: str, when: str, days: str = "") -> str:
    return f"""
    select {is_stored}, demarche_id, bouton, {when}, questionnaire, dimension, note, sum(n)::bigint
    from {table}
    where demarche_id = $1
    and dimension <> '{OUVERTURE}'
    {days}
    group by 2, 3, 4, 5, 6, 7
    having sum(n) <> 0
    """


# One statement, hence one instant. Before the horizon, counters of days are what they should be.
AUDIT = f"""/* Store.audit */
{_counted(True, "agregat", "jour")}
union all
{_counted(True, "agregat_mois", "mois")}
union all
select false, recount.* from ({_recount(SINCE)}) as recount
union all
{_counted(False, "agregat", "jour", f"and jour < {HORIZON}")}
"""


async def stored_of(con: Connection, batch: Sequence[Avis]) -> list[Avis]:
    """The states stored under the keys of a batch, which nobody else changes from now on."""
    demarches = sorted({avis.demarche_id for avis in batch})
    cles = [avis.cle for avis in batch]
    return [Avis(*row) for row in await con.fetch(FIND, demarches, cles)]


async def kept_beside(con: Connection, stored: Sequence[Avis]) -> Beside:
    if not stored:
        return beside_of(())
    demarches = sorted({avis.demarche_id for avis in stored})
    rows = await con.fetch(BESIDE, demarches, [avis.cle for avis in stored])
    return beside_of(map(tuple, rows))


async def write(con: Connection, settled: Settled) -> None:
    """Write what a batch comes to: one statement, and so a transaction by itself, but for the
    addresses that were left."""
    counters = moved(settled.counters)
    if first := [*settled.added[:1], *settled.changed[:1], *counters[:1]]:
        groupe = first[0][0]
        await con.execute(WRITE, groupe, settled.added, settled.changed, counters)
    for key, left in sorted(settled.contacts.items()):
        await con.execute(LEAVE if left else FORGET, *(left or key))


def moved(counters: Counter[Cell]) -> list[tuple[object, ...]]:
    return [(*cell, n) for cell, n in counters.items() if n]


def add(table: str, when: str) -> str:
    """Add counters to a table of theirs, in the order in which everybody does."""
    columns = f"demarche_id, bouton, {when}, questionnaire, dimension, note"
    return f"""/* Store.rebuild */
    insert into {table} ({columns}, n)
    select demarche_id, bouton, {"left(jour, 7)" if when == "mois" else "jour"},
        questionnaire, dimension, note, sum(n)
    from unnest($1::compteur[])
    group by 1, 2, 3, 4, 5, 6
    order by 1, 2, 3, 4, 5, 6
    on conflict ({columns}, part)
    do update set n = {table}.n + excluded.n
    """
