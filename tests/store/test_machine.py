"""Any order of operations at all, against a plain dict: counters == recount == model, always."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from collector.clock import Clock, instant
from collector.domain import Avis, Bouton, Cell, Outcome, new_cle
from collector.privacy.purge import Pace, first_kept, purge
from collector.store.contract import Genre
from collector.store.moderating import Par
from collector.store.postgres import PostgresStore
from collector.store.sqlite import SqliteStore
from tests.store.engines import ENGINES
from tests.world import AILLEURS, COURRIEL, FIN, NOON, fill

T = TypeVar("T")

AUTOMATIC = {"piege", "trop_rapide"}
HOUR_MS = 3_600_000
KEPT: dict[Genre, int] = {"commentaires": 4, "avis": 11}  # months

# Few keys, few steps, few levels: operations meet each other all the time.
numbers = st.integers(0, 4)
boutons = st.sampled_from([FIN, COURRIEL, AILLEURS])
etapes = st.integers(1, 5)
# Notes of choices have names with a dot, and are counted as any others.
notes = st.dictionaries(
    st.sampled_from(["satisfaction", "aide", "aide.telephone"]), st.integers(1, 3)
)
doubts = st.sampled_from([None, None, None, "piege", "trop_rapide"])
verbatims = st.sampled_from([None, "un mot", "un autre mot"])
states = st.tuples(numbers, boutons, etapes, notes, doubts, verbatims)
openings = st.dictionaries(boutons.map(lambda bouton: bouton.code), st.integers(1, 3))
DEMARCHE_OF = {bouton.code: bouton.demarche_id for bouton in (FIN, COURRIEL, AILLEURS)}

STATES = """
select avis.demarche_id, avis.cle, bouton, etape, jour, ecarte, avis.verbatim, retrait.verbatim
from avis
left join retrait
on retrait.demarche_id = avis.demarche_id
and retrait.cle = avis.cle
and retrait.geste = 'retire'
"""
BY = Par("Jeanne Martin", "2026-11-22T11:00:00.000Z")

Key = tuple[int, str]
Drawn = tuple[int, Bouton, int, dict[str, int], str | None, str | None]


class Machine(RuleBasedStateMachine):
    """The store on a real database, and what a dict says of it."""

    kind: str

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = ENGINES[self.kind](Path(self.folder.name))
        self.runner = asyncio.Runner()
        self.ms = NOON
        self.model: dict[Key, dict[str, Any]] = {}
        self.opened: Counter[str] = Counter()
        self.outlived: Counter[Cell] = Counter()
        self.horizon = ""
        self.store = self.connect()
        self.run(self.store.open())
        self.run(fill(self.store))
        self.run(self.engine.finish(self.store))

    def teardown(self) -> None:
        self.run(self.store.close())
        self.runner.close()
        self.folder.cleanup()

    def connect(self) -> SqliteStore | PostgresStore:
        store = self.engine.connect()
        assert isinstance(store, SqliteStore | PostgresStore)
        return store

    def run(self, work: Awaitable[T]) -> T:
        async def wait() -> T:
            return await work

        return self.runner.run(wait())

    # What the model says should happen, in the simplest words.

    def expect(self, new: Avis) -> Outcome:
        key = new.demarche_id, new.cle
        known = self.model.get(key)
        if known is None:
            self.model[key] = {
                "bouton": new.bouton,
                "etape": new.etape,
                "notes": new.notes,
                "ecarte": new.ecarte,
                "verbatim": new.verbatim,
                "retire": None,
                "masque": False,
                "jour": new.jour,
                "first_ms": self.ms,
            }
            return Outcome.STORED
        if known["bouton"] != new.bouton:
            return Outcome.OTHER_BOUTON
        if new.etape <= known["etape"]:
            return Outcome.UNCHANGED
        if self.ms - known["first_ms"] > HOUR_MS:
            return Outcome.TOO_LATE
        known["etape"], known["notes"] = new.etape, new.notes
        if known["ecarte"] is None or known["ecarte"] in AUTOMATIC:
            known["ecarte"] = new.ecarte
        if known["retire"] is None and not known["masque"]:
            known["verbatim"] = new.verbatim
        return Outcome.UPDATED

    def counted(self, demarche_id: int) -> Counter[Cell]:
        gone = {cell: n for cell, n in self.outlived.items() if cell.demarche_id == demarche_id}
        found = Counter(gone)
        for key in self.model:
            if key[0] == demarche_id:
                found.update(self.cells(key))
        return found

    def cells(self, key: Key) -> Counter[Cell]:
        avis = self.model[key]
        if avis["ecarte"] is not None:
            return Counter()
        return Counter(
            Cell(key[0], avis["bouton"], when, "standard-1", dimension, note)
            for dimension, note in {"avis": 1, **avis["notes"]}.items()
            for when in (avis["jour"], avis["jour"][:7])
        )

    def make(self, drawn: Drawn) -> Avis:
        n, bouton, etape, given, ecarte, verbatim = drawn
        now = instant(self.ms)
        return Avis(
            demarche_id=bouton.demarche_id,
            cle=new_cle(NOON, n),
            bouton=bouton.code,
            questionnaire="standard-1",
            etape=etape,
            recu_le=now.recu_le,
            jour=now.jour_iso,
            notes=given,
            verbatim=verbatim,
            ecarte=ecarte,
        )

    def again(self, key: Key, etape: int, given: dict[str, int]) -> Avis:
        """A state under a key that is stored, from the bouton it is stored with."""
        known = self.model[key]
        bouton = Bouton(known["bouton"], key[0], "")
        return self.make((0, bouton, etape, given, None, "plus tard"))._replace(cle=key[1])

    def record(self, *batch: Avis) -> None:
        expected = [self.expect(avis) for avis in batch]
        assert self.run(self.store.record(batch)) == expected

    # What may happen.

    @rule(drawn=states)
    def record_one(self, drawn: Drawn) -> None:
        self.record(self.make(drawn))

    @rule(drawn=st.lists(states, max_size=8))
    def record_a_batch(self, drawn: list[Drawn]) -> None:
        self.record(*map(self.make, drawn))

    @rule(n=st.integers(1, 2), drawn=states, counts=openings)
    def record_with_openings(self, n: int, drawn: Drawn, counts: dict[str, int]) -> None:
        batch = [self.make(drawn)] * n  # the same state twice in one batch is a replay
        expected = [self.expect(avis) for avis in batch]
        self.opened.update(counts)
        jour = instant(self.ms).jour_iso
        cells = {
            Cell(DEMARCHE_OF[code], code, jour, "standard-1", "ouverture", 1): count
            for code, count in counts.items()
        }
        assert self.run(self.store.record(batch, cells)) == expected

    @precondition(lambda self: self.model)
    @rule(data=st.data(), ahead=st.integers(-2, 2), given=notes)
    def step(self, data: st.DataObject, ahead: int, given: dict[str, int]) -> None:
        """A later step, a replay (0) or one that arrives after a later one (below 0)."""
        key = data.draw(st.sampled_from(sorted(self.model)))
        self.record(self.again(key, max(1, self.model[key]["etape"] + ahead), given))

    @precondition(lambda self: any(id == 1 for id, _ in self.model))
    @rule(data=st.data())
    def send_from_the_other_bouton(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(key for key in self.model if key[0] == 1)))
        other = COURRIEL if self.model[key]["bouton"] == FIN.code else FIN
        stolen = self.again(key, 9, {"satisfaction": 1})._replace(bouton=other.code)
        self.record(stolen)

    @rule(n=numbers, bouton=boutons, reason=st.sampled_from(["injures", "piege"]))
    def set_aside(self, n: int, bouton: Bouton, reason: str) -> None:
        self.decide((bouton.demarche_id, new_cle(NOON, n)), reason)

    @rule(n=numbers, bouton=boutons)
    def take_back_in(self, n: int, bouton: Bouton) -> None:
        self.decide((bouton.demarche_id, new_cle(NOON, n)), None)

    def decide(self, key: Key, reason: str | None) -> None:
        assert self.run(self.store.set_aside(*key, reason)) == (key in self.model)
        if key in self.model:
            self.model[key]["ecarte"] = reason

    @precondition(lambda self: self.having("verbatim"))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.having("verbatim")))
        assert self.run(self.store.withdraw(key[0], [key[1]], "injure", BY)) == 1
        known = self.model[key]
        known["retire"], known["verbatim"] = known["verbatim"], None

    @precondition(lambda self: self.having("retire"))
    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.having("retire")))
        assert self.run(self.store.put_back(key[0], [key[1]])) == 1
        known = self.model[key]
        known["verbatim"], known["retire"] = known["retire"], None

    @precondition(lambda self: self.having("verbatim"))
    @rule(data=st.data())
    def mask(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.having("verbatim")))
        known = self.model[key]
        done = self.store.mask(*key, known["verbatim"], "[passage masqué]", "injure", BY)
        assert self.run(done)
        known["verbatim"], known["masque"] = "[passage masqué]", True

    def having(self, what: str) -> list[Key]:
        return sorted(key for key, known in self.model.items() if known[what])

    @rule(minutes=st.sampled_from([1, 25, 61]))
    def wait(self, minutes: int) -> None:
        self.ms += minutes * 60_000

    @rule(days=st.sampled_from([100, 250]))
    def wait_for_long(self, days: int) -> None:
        self.ms += days * 24 * HOUR_MS

    @rule()
    def purge(self) -> None:
        first = first_kept(KEPT, instant(self.ms).jour)
        done = self.run(purge(self.store, KEPT, Clock(lambda: self.ms), "essai", Pace()))
        assert done
        assert done.effaces == self.expect_purge(first["commentaires"], first["avis"])
        self.horizon = first["avis"]

    def expect_purge(self, comments: str, avis: str) -> dict[str, int]:
        words = 0
        for known in self.model.values():
            if known["jour"] < comments:
                words += bool(known["verbatim"] or known["retire"])
                known.update(verbatim=None, retire=None, masque=False)
        gone = [key for key, known in self.model.items() if known["jour"] < avis]
        for key in gone:
            self.outlived.update(self.cells(key))
            del self.model[key]
        return {"commentaires": words, "avis": len(gone)}

    @rule(
        table=st.sampled_from(["agregat", "agregat_mois"]),
        damage=st.sampled_from(["n = n + 1", "n = 0", "n = -n"]),
        demarche_id=st.sampled_from([1, 2]),
    )
    def damage_and_rebuild(self, table: str, damage: str, demarche_id: int) -> None:
        # Days whose avis are gone have nothing to be mended from; their months have them.
        days = f"and jour >= '{self.horizon}'" if table == "agregat" else ""
        self.engine.execute(
            f"update {table} set {damage} "
            f"where demarche_id = {demarche_id} and dimension <> 'ouverture' {days}"
        )
        self.run(self.store.rebuild(demarche_id))

    @rule()
    def restart(self) -> None:
        self.run(self.store.close())
        self.store = self.connect()
        self.run(self.store.open())

    # What is always true.

    @invariant()
    def counters_equal_a_recount_and_the_model(self) -> None:
        for demarche_id in (1, 2):
            stored, recounted = self.run(self.store.audit(demarche_id))
            assert stored == recounted == self.counted(demarche_id)

    @invariant()
    def each_key_is_stored_once_in_its_last_state(self) -> None:
        rows = self.rows(STATES)
        assert sorted(row[:2] for row in rows) == sorted(self.model)
        for id, cle, *state in rows:
            known = self.model[id, cle]
            wanted = ("bouton", "etape", "jour", "ecarte", "verbatim", "retire")
            assert state == [known[name] for name in wanted]

    @invariant()
    def openings_are_counted_and_nothing_else_touches_them(self) -> None:
        for table in ("agregat", "agregat_mois"):
            found = self.rows(
                f"select bouton, sum(n) from {table} where dimension = 'ouverture' group by bouton"
            )
            assert {bouton: int(n) for bouton, n in found} == dict(self.opened)

    def rows(self, sql: str) -> list[Any]:
        return self.engine.rows(sql)


class OnSqlite(Machine):
    kind = "sqlite"


class OnPostgresql(Machine):
    kind = "postgresql"


# The same laws at a higher price: JDMA_TEST_EXAMPLES asks for more.
MORE = int(os.environ.get("JDMA_TEST_EXAMPLES", "0"))
TestOnSqlite = OnSqlite.TestCase
TestOnSqlite.settings = settings(max_examples=max(30, MORE), stateful_step_count=40)
TestOnPostgresql = OnPostgresql.TestCase
TestOnPostgresql.settings = settings(max_examples=max(5, MORE), stateful_step_count=40)
