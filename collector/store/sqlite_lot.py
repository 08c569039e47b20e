"""What a batch is in SQLite's words: one statement, which takes it as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import orjson

from collector.domain import AVIS, Avis, Cell
from collector.store.contract import Row, Settled
from collector.store.plain import BEFORE, SINCE

COLUMNS = ", ".join(Avis._fields)

FIND = f"""/* Store.record */
select {", ".join("avis." + name for name in Avis._fields)}
from json_each(?1) as wanted
cross join avis
on avis.demarche_id = json_extract(wanted.value, '$[0]')
and avis.cle = json_extract(wanted.value, '$[1]')
"""

# What is kept beside the avis of these keys: see `Beside`.
BESIDE = """/* Store.record */
select 'retrait', retrait.demarche_id, retrait.cle
from json_each(?1) as wanted
cross join retrait
on retrait.demarche_id = json_extract(wanted.value, '$[0]')
and retrait.cle = json_extract(wanted.value, '$[1]')
union all
select 'contact', contact.demarche_id, contact.cle
from json_each(?1) as wanted
cross join contact
on contact.demarche_id = json_extract(wanted.value, '$[0]')
and contact.cle = json_extract(wanted.value, '$[1]')
"""


def _values(count: int) -> str:
    return ", ".join(f"json_extract(value, '$[{i}]')" for i in range(count))


def add(table: str, when: str, counters: str) -> str:
    """Add counters, a JSON array of cells and numbers, to a table of theirs."""
    columns = f"demarche_id, bouton, {when}, questionnaire, dimension, note"
    length = len("2026-11" if when == "mois" else "2026-11-22")
    return f"""
    insert into {table} ({columns}, n)
    select
        json_extract(value, '$[0]'),
        json_extract(value, '$[1]'),
        substr(json_extract(value, '$[2]'), 1, {length}),
        json_extract(value, '$[3]'),
        json_extract(value, '$[4]'),
        json_extract(value, '$[5]'),
        json_extract(value, '$[6]')
    from json_each({counters})
    where true
    on conflict ({columns})
    do update set n = {table}.n + excluded.n
    """


# What a batch does, under the name of one insert. Of this connection only, and so no migration:
# `nouveaux` and `changes` are JSON arrays of avis, `compteurs` of counters and what they move by.
LOT = f"""
create temp view lot as select null as nouveaux, null as changes, null as compteurs;

create temp trigger lot_ecrit instead of insert on lot
begin
    insert into avis ({COLUMNS})
    select {_values(len(Avis._fields))}
    from json_each(new.nouveaux);

    insert into avis ({COLUMNS})
    select {_values(len(Avis._fields))}
    from json_each(new.changes)
    where true
    on conflict (demarche_id, cle)
    do update set
        questionnaire = excluded.questionnaire,
        etape = excluded.etape,
        notes = excluded.notes,
        verbatim = excluded.verbatim,
        langue = excluded.langue,
        affichage = excluded.affichage,
        widget = excluded.widget,
        ecarte = excluded.ecarte;

    {add("agregat", "jour", "new.compteurs")};
    {add("agregat_mois", "mois", "new.compteurs")};
end;
"""

WRITE = "/* Store.record */ insert into lot (nouveaux, changes, compteurs) values (?1, ?2, ?3)"

INSERT = f"""/* Store.load */
insert into avis ({COLUMNS})
values ({", ".join("?" * len(Avis._fields))})
"""


def _recount(days: str = "") -> str:
    """The counters that avis give, those of some days alone."""
    return f"""/* Store.recount */
    select demarche_id, bouton, jour, questionnaire,
        each.key as dimension, each.value as note, count(*) as n
    from avis, json_each(avis.notes) as each
    where demarche_id = ?1
    and ecarte is null
    {days}
    group by 1, 2, 3, 4, 5, 6
    union all
    select demarche_id, bouton, jour, questionnaire, '{AVIS}', 1, count(*)
    from avis
    where demarche_id = ?1
    and ecarte is null
    {days}
    group by 1, 2, 3, 4
    """


RECOUNT = _recount()
RECOUNT_SINCE = _recount(SINCE)
RECOUNT_BEFORE = _recount(BEFORE)


def arguments(settled: Settled) -> tuple[str, ...]:
    """What `lot` takes, of what a batch comes to."""
    return tuple(map(as_json, (settled.added, settled.changed, moved(settled.counters))))


def moved(counters: Counter[Cell]) -> list[tuple[object, ...]]:
    return [(*cell, n) for cell, n in sorted(counters.items()) if n]


def as_json(rows: object) -> str:
    # orjson asks how to write a named tuple.
    return orjson.dumps(rows, default=tuple).decode()


def keys_of(batch: Sequence[Avis]) -> str:
    return as_json([(avis.demarche_id, avis.cle) for avis in batch])


def row_of(avis: Avis) -> Row:
    """An avis as its row is."""
    return avis._replace(notes=as_json(avis.notes))  # type: ignore[arg-type]


def avis_of(row: tuple[object, ...]) -> Avis:
    return Avis(*row)._replace(notes=orjson.loads(row[7]))  # type: ignore[arg-type]
