"""The embedded engine: the Store contract on one SQLite file.

A batch is one statement, which takes it as JSON and runs without the interpreter lock up to the
end of its commit: requests go on being read meanwhile. Statement by statement, the lock would have
to be had again after each, from a loop that is busy.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence

import orjson

from collector.domain import OUVERTURE, Avis, Cell, Outcome, by_month, cells
from collector.store.contract import Audit, BatchError, Count, Settled, settle
from collector.store.sqlite_catalogue import SqliteCatalogue, snapshot

_COLUMNS = ", ".join(Avis._fields)

_FIND = f"""/* Store.record */
select {", ".join("avis." + name for name in Avis._fields)}
from json_each(?1) as wanted
cross join avis
on avis.demarche_id = json_extract(wanted.value, '$[0]')
and avis.cle = json_extract(wanted.value, '$[1]')
"""


def _values(count: int) -> str:
    return ", ".join(f"json_extract(value, '$[{i}]')" for i in range(count))


_CELL = ", ".join(Cell._fields)

# What a batch does, under the name of one insert. Of this connection only, and so no migration:
# `nouveaux` and `changes` are JSON arrays of avis, `compteurs` of counters and what they move by.
_LOT = f"""
create temp view lot as select null as nouveaux, null as changes, null as compteurs;

create temp trigger lot_ecrit instead of insert on lot
begin
    insert into avis ({_COLUMNS})
    select {_values(len(Avis._fields))}
    from json_each(new.nouveaux);

    insert into avis ({_COLUMNS})
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

    insert into agregat ({_CELL}, n)
    select {_values(len(Cell._fields) + 1)}
    from json_each(new.compteurs)
    where true
    on conflict ({_CELL})
    do update set n = agregat.n + excluded.n;

    insert into agregat_mois (demarche_id, bouton, mois, questionnaire, dimension, note, n)
    select
        json_extract(value, '$[0]'),
        json_extract(value, '$[1]'),
        substr(json_extract(value, '$[2]'), 1, 7),
        json_extract(value, '$[3]'),
        json_extract(value, '$[4]'),
        json_extract(value, '$[5]'),
        json_extract(value, '$[6]')
    from json_each(new.compteurs)
    where true
    on conflict (demarche_id, mois, bouton, questionnaire, dimension, note)
    do update set n = agregat_mois.n + excluded.n;
end;
"""

_WRITE = "/* Store.record */ insert into lot (nouveaux, changes, compteurs) values (?1, ?2, ?3)"


class SqliteStore(SqliteCatalogue):
    """The Store contract on one SQLite file."""

    async def open(self) -> None:
        await super().open()
        await self._file.write(lambda: self._file.con.executescript(_LOT))

    async def record(
        self, batch: Sequence[Avis], openings: Mapping[Cell, int] = {}
    ) -> list[Outcome]:
        # First states are new, but for replays: no need to look, the key will say if one is not.
        if all(avis.etape == 1 for avis in batch):
            settled = settle(batch, ())
            settled.counters.update(openings)
            arguments = _arguments(settled)
            with contextlib.suppress(BatchError):
                await self._file.write(lambda: self._file.con.execute(_WRITE, arguments))
                return settled.outcomes
        return await self._file.write(lambda: self._record(batch, openings))

    def _record(self, batch: Sequence[Avis], openings: Mapping[Cell, int]) -> list[Outcome]:
        with self._file.transaction() as con:
            keys = orjson.dumps([(avis.demarche_id, avis.cle) for avis in batch])
            settled = settle(batch, map(_avis, con.execute(_FIND, (keys.decode(),))))
            settled.counters.update(openings)
            con.execute(_WRITE, _arguments(settled))
        return settled.outcomes

    async def set_aside(self, demarche_id: int, cle: str, reason: str | None) -> bool:
        return await self._file.write(lambda: self._set_aside(demarche_id, cle, reason))

    def _set_aside(self, demarche_id: int, cle: str, reason: str | None) -> bool:
        with self._file.transaction() as con:
            found = con.execute(_FIND, (orjson.dumps([(demarche_id, cle)]).decode(),)).fetchone()
            if found is None:
                return False
            before = _avis(found)
            after = before._replace(ecarte=reason)
            counters: Counter[Cell] = Counter(cells(after))
            counters.subtract(cells(before))
            con.execute(_WRITE, _arguments(Settled([], [], [after], counters)))
        return True

    async def probe(self) -> None:
        await self._file.write(self._probe)

    def _probe(self) -> None:
        with self._file.transaction() as con:
            con.execute(
                "/* Store.probe */ update sonde set le = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
            )

    # Figures and their proof

    async def counts_by_month(
        self, demarche_id: int, first: str, last: str, bouton: str | None = None
    ) -> list[Count]:
        sql = """/* Store.counts_by_month */
        select mois, questionnaire, dimension, note, sum(n)
        from agregat_mois
        where demarche_id = ?1
        and mois between ?2 and ?3
        and (?4 is null or bouton = ?4)
        group by mois, questionnaire, dimension, note
        order by mois, questionnaire, dimension, note
        """
        values = (demarche_id, first, last, bouton)
        return await self._file.read(lambda con: [Count(*row) for row in con.execute(sql, values)])

    async def total(self) -> int:
        sql = "/* Store.total */ select count(*) from avis"
        return await self._file.read(lambda con: int(con.execute(sql).fetchone()[0]))

    async def audit(self, demarche_id: int) -> Audit:
        def work(con: sqlite3.Connection) -> Audit:
            with snapshot(con):
                days = _counters(con, "agregat", "jour", demarche_id)
                months = _counters(con, "agregat_mois", "mois", demarche_id)
                recounted = _recount(con, demarche_id)
            # Not « + » nor « | »: they drop a counter below zero, which would be the one to see.
            return Audit(Counter({**days, **months}), Counter({**recounted, **by_month(recounted)}))

        return await self._file.read(work)

    async def rebuild(self, demarche_id: int) -> None:
        def work() -> None:
            with self._file.transaction() as con:
                for table in ("agregat", "agregat_mois"):
                    con.execute(
                        f"/* Store.rebuild */ delete from {table} "
                        "where demarche_id = ?1 and dimension <> ?2",
                        (demarche_id, OUVERTURE),
                    )
                counters = _recount(con, demarche_id)
                con.execute(_WRITE, _arguments(Settled([], [], [], counters)))

        await self._file.write(work)

    async def stored_etape(self, demarche_id: int, cle: str) -> int | None:
        sql = """/* Store.stored_etape */
        select etape
        from avis
        where demarche_id = ?1
        and cle = ?2
        """

        def work(con: sqlite3.Connection) -> int | None:
            row = con.execute(sql, (demarche_id, cle)).fetchone()
            return int(row[0]) if row else None

        return await self._file.read(work)


def _arguments(settled: Settled) -> tuple[str, ...]:
    """What `lot` takes, of what a batch comes to."""
    moved = [(*cell, n) for cell, n in sorted(settled.counters.items()) if n]
    # orjson asks how to write a named tuple.
    arrays = (settled.added, settled.changed, moved)
    return tuple(orjson.dumps(array, default=tuple).decode() for array in arrays)


def _avis(row: tuple[object, ...]) -> Avis:
    return Avis(*row)._replace(notes=orjson.loads(row[7]))  # type: ignore[arg-type]


def _counters(con: sqlite3.Connection, table: str, when: str, demarche_id: int) -> Counter[Cell]:
    sql = f"""/* Store.audit */
    select demarche_id, bouton, {when}, questionnaire, dimension, note, n
    from {table}
    where demarche_id = ?1
    and dimension <> ?2
    and n <> 0
    """
    rows = con.execute(sql, (demarche_id, OUVERTURE))
    return Counter({Cell(*row[:-1]): row[-1] for row in rows})


def _recount(con: sqlite3.Connection, demarche_id: int) -> Counter[Cell]:
    sql = f"""/* Store.audit */
    select {_COLUMNS}
    from avis
    where demarche_id = ?1
    and ecarte is null
    """
    counters: Counter[Cell] = Counter()
    for row in con.execute(sql, (demarche_id,)):
        counters.update(cells(_avis(row)))
    return counters
