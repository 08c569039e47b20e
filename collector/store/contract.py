"""What a store promises, whatever the engine, and the part of it that engines share.

`record` is the heart: when it returns, the batch is committed and on disk, and the counters have
moved in the same transaction. When it raises, nothing of the batch may be acknowledged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from collector.acces import Entree, JetonApi
from collector.asked.selection import Place, Selection
from collector.domain import (
    CHANGE_WINDOW,
    Avis,
    Bouton,
    Catalogue,
    Cell,
    Coordonnees,
    Demarche,
    Outcome,
    Structure,
    Vu,
    advance,
    moves,
)

Row = tuple[Any, ...]

Key = tuple[int, str]
"""(demarche_id, cle): what makes an avis one avis."""


SELECTED = (
    "demarche_id", "bouton", "questionnaire", "cle", "etape", "recu_le", "jour", "langue",
    "affichage", "widget", "ecarte", "verbatim", "notes",
)  # fmt: skip
"""The fields of an Avis in the order in which files have them, that of `Store.select_rows`."""


class StoreError(Exception):
    """The store could not do it: locked, full, gone. Trying again later may work."""


class BatchError(StoreError):
    """One avis of a batch breaks a constraint; the others can be recorded without it."""


class Duplicate(StoreError):
    """A structure, démarche or bouton of that name or code exists already."""


class Differs(StoreError):
    """An avis that was brought is there already, and is not the same. `cle` says which."""

    def __init__(self, cle: str) -> None:
        super().__init__(f"cle {cle} : un autre avis est déjà enregistré sous cette clé.")
        self.cle = cle


class SchemaError(StoreError):
    """The database is newer than the program, or migrations are waiting."""


class Counted(Protocol):
    """A counter of a store, of whatever it is the sum."""

    @property
    def questionnaire(self) -> str: ...
    @property
    def dimension(self) -> str: ...
    @property
    def note(self) -> int: ...
    @property
    def n(self) -> int: ...


class Count(NamedTuple):
    """One counter, summed over the days of a month. `mois` is YYYY-MM."""

    mois: str
    questionnaire: str
    dimension: str
    note: int
    n: int


class Brought(NamedTuple):
    """What became of the avis of a file: how many were added, and how many were there already,
    the same."""

    added: int
    known: int
    past: int = 0
    """Of days of which avis were deleted: counted already, or not to be told from those."""


class DayCount(NamedTuple):
    """One counter of one day and one bouton. `jour` is YYYY-MM-DD."""

    jour: str
    bouton: str
    questionnaire: str
    dimension: str
    note: int
    n: int


Genre = Literal["commentaires", "avis", "contacts", "journal", "comptes"]
"""What is deleted once it is too old. Of closed accounts, all that says whose they were."""


class Purge(NamedTuple):
    """One time that what was too old was deleted: when, by whom, the months that were kept, and how
    many of each kind are gone. Not ended: it goes on, or its process died. `raison`: why it did not
    go to its end."""

    le: str
    par: str
    garde: Mapping[Genre, int]
    fini_le: str | None = None
    effaces: Mapping[Genre, int] = {}
    raison: str | None = None

    @property
    def went_well(self) -> bool:
        return self.fini_le is not None and self.raison is None


class Answers(NamedTuple):
    """Answers of one level to one question of one démarche, summed over days and boutons."""

    demarche_id: int
    questionnaire: str
    dimension: str
    note: int
    n: int


class Found(NamedTuple):
    """An avis whose comment has what was looked for, and the part of it that is shown, with
    `recherche.MARK_START` and `MARK_END` around what was found."""

    avis: Avis
    passage: str


class Audit(NamedTuple):
    """Counters of one démarche, by day and by month (a Cell whose `jour` is YYYY-MM).

    Openings leave no row to recount, and are not in it. Avis of days before the horizon may be
    gone (see `Store.begin_purge`): the counters of those days are taken as they stand, and those of
    their months are recounted from them.
    """

    stored: Counter[Cell]
    recounted: Counter[Cell]

    def differences(self) -> tuple[Counter[Cell], Counter[Cell]]:
        """What to add to the counters of days, and to those of months, for them to be right."""
        days: Counter[Cell] = Counter()
        months: Counter[Cell] = Counter()
        for cell in self.stored.keys() | self.recounted.keys():
            table = months if len(cell.jour) == len("AAAA-MM") else days
            table[cell] = self.recounted[cell] - self.stored[cell]
        return days, months


class Store(Protocol):
    """Every engine keeps these promises; `tests/store/test_contract.py` holds them to it."""

    async def open(self) -> None:
        """Connect and check that the engine is set to keep what it commits. Raises StoreError."""

    async def close(self) -> None: ...

    async def claim(self) -> None:
        """Become the server of this store, where only one may be. Raises StoreError."""

    async def claim_alone(self) -> None:
        """Become the only program that changes this store. Raises StoreError when one serves it."""

    async def migrate(self, dry_run: bool = False) -> list[str]:
        """Apply waiting migrations, each in one transaction; names of those applied."""

    async def distribute(self) -> bool:
        """Spread the tables that grow over several servers; False when they are already.

        Raises StoreError where the engine cannot.
        """

    async def pending(self) -> list[str]:
        """Names of waiting migrations. Raises SchemaError when the database is newer."""

    async def record(
        self,
        batch: Sequence[Avis],
        openings: Mapping[Cell, int] = {},
        contacts: Mapping[int, str] = {},
    ) -> list[Outcome]:
        """Commit a batch and its counters as one transaction; an outcome for each avis. `contacts`
        are the addresses that were left, by the place in the batch of the avis they came with.

        Raises BatchError when one avis is at fault, StoreError for anything else. Where tables are
        spread over servers, each démarche's part of the batch is a transaction of its own.
        """

    async def set_aside(self, demarche_id: int, cle: str, reason: str | None) -> bool:
        """Take an avis out of the counters, or back in (None). False: there is no such avis."""

    async def probe(self) -> None:
        """Commit something small, as proof that `record` could. Raises StoreError."""

    async def catalogue_version(self) -> int: ...

    async def load_catalogue(self) -> Catalogue: ...

    async def add_questionnaire(self, id: str, contenu: str) -> bool:
        """Make a questionnaire known, from its JSON text. False, and nothing changes, when the id
        is taken: a questionnaire is immutable."""

    async def add_structure(self, structure: Structure) -> int:
        """The new id (the id given is ignored). Raises Duplicate."""

    async def add_demarche(self, demarche: Demarche) -> int:
        """The new id (the id given is ignored). Raises Duplicate, also where another démarche has
        one of its `externes`."""

    async def add_bouton(self, bouton: Bouton) -> None:
        """Raises Duplicate, also where another bouton of its démarche has its `externe`."""

    async def set_bouton_ouvert(self, code: str, ouvert: bool) -> bool: ...

    async def counts_by_month(
        self, demarche_id: int, first: str, last: str, bouton: str | None = None
    ) -> list[Count]:
        """Counters of the months `first` to `last` (YYYY-MM, both included), in order."""

    async def answers_by_demarche(
        self, first: str, last: str, dimensions: Collection[str]
    ) -> list[Answers]:
        """Answers to these questions in the months `first` to `last`, of every démarche at once."""

    async def counted_questionnaires(self) -> dict[int, set[str]]:
        """The questionnaires that have counters, by démarche."""

    async def stored_etape(self, demarche_id: int, cle: str) -> int | None:
        """The step of the state that is stored under a key; None when there is none."""

    async def known(self, demarche_id: int, cles: Sequence[str]) -> set[str]:
        """Those of these keys that a démarche has avis under."""

    async def total(self) -> int:
        """How many avis are stored, those set aside included."""

    async def audit(self, demarche_id: int) -> Audit:
        """The counters of avis as they stand, and as a recount says, at one same instant."""

    async def rebuild(self, demarche_id: int) -> None:
        """Make the counters of avis equal to a recount, in one transaction.

        The difference is added, and so what comes in meanwhile is neither stopped nor lost.
        """

    # What reaches a bouton, and from where: see `collector.presence`.

    async def add_presence(self, seen: Mapping[Vu, int]) -> None:
        """Add to the counters of what was seen, and commit them. Of one kind, a bouton has only so
        many values a day: see `store.presence.MOST`."""

    async def forget_presence(self, before: str) -> None:
        """Forget what was seen on days before that one, YYYY-MM-DD."""

    # Addresses that people left: see `collector.privacy.contact`.

    async def contact(self, demarche_id: int, cle: str) -> Coordonnees | None:
        """The address left with an avis."""

    async def forget_contact(self, demarche_id: int, cle: str) -> bool:
        """Delete it. False when there is none."""

    # Who may see what: see `collector.acces`. Instants are ISO 8601 in UTC.

    async def add_jeton(self, jeton: JetonApi, empreinte: str) -> int:
        """The new id (the id given is ignored)."""

    async def jetons(self) -> list[JetonApi]:
        """Every token there ever was, by id."""

    async def jeton(self, empreinte: str) -> JetonApi | None:
        """The token found by its SHA-256, revoked and expired ones too."""

    async def see_jeton(self, id: int, le: str) -> None:
        """Note that a token was used."""

    async def revoke_jeton(self, id: int, le: str) -> bool:
        """False when there is none, or it is revoked already."""

    async def add_entree(self, entree: Entree) -> int:
        """Write a line of the journal, and commit it; its id."""

    async def finish_entree(self, id: int, sur: dict[str, object]) -> None:
        """Say how what a line is about has ended."""

    async def journal(self, limit: int) -> list[Entree]:
        """The newest lines, newest first."""

    async def bring(self, pages: Iterable[Sequence[Avis]], counters: Counter[Cell]) -> Brought:
        """Add avis from elsewhere with their counters, in one transaction: all of them or none;
        and `counters` that no avis gives, openings and what `outlived` told elsewhere.

        Those that are there, the same, are left as they are; so are openings of days and boutons
        that have some. On a day and a bouton of which avis were deleted here, nothing is added but
        openings: it may have been counted already. Raises Differs; what `pages` raises goes
        through, and nothing is added.
        """

    # What is read of avis: see `collector.asked.selection`.

    async def select(
        self, selection: Selection, after: Place | None, until: str, limit: int
    ) -> list[Avis]:
        """The next avis in the order (demarche_id, recu_le, cle), at most `limit` of them: those
        after `after`, received at `until` (as `recu_le` is written) or before."""

    async def select_rows(
        self, selection: Selection, after: Place | None, until: str, limit: int
    ) -> list[Row]:
        """The same as rows of `SELECTED`, `notes` as JSON text: for who reads a million of them."""

    async def search(self, selection: Selection, limit: int, offset: int = 0) -> list[Found]:
        """A page of the comments that have what `selection.recherche` asks for, the best first.

        Only the latest ones are ranked and given: `selecting.RANKED` of them.
        """

    async def histogram(self, selection: Selection) -> list[DayCount]:
        """The avis of a selection counted as counters would count them, in order. Of démarches,
        days and a bouton alone it equals the counters, openings apart, from the horizon on: before,
        it counts what is left."""

    async def counts_by_day(
        self, demarche_id: int, du: str, au: str, bouton: str | None = None
    ) -> list[DayCount]:
        """Counters of the days `du` to `au` (YYYY-MM-DD, both included) that are not zero,
        openings included, in order."""

    async def days(self, selection: Selection) -> dict[int, tuple[str, str]]:
        """The first and the last day (YYYY-MM-DD) of a selection, for each démarche that has any:
        of its counters, openings included, where they tell of it, else of its avis.

        What is asked before a long reading begins, and costs far less.
        """

    async def forget(self) -> None:
        """Have the words of comments that were deleted or blanked leave the index of words, where
        no search finds them already, and files that are ours to overwrite, unless somebody reads
        them for long. Short transactions; avis may come in meanwhile."""

    # What is deleted because it is old: see `collector.privacy.purge`. `before` is a day,
    # YYYY-MM-DD: the first one of which everything is kept.

    async def old(self, genre: Genre, before: str, limit: int) -> list[Key]:
        """The oldest avis of days before that one of which there is something to delete, at most
        `limit` of them. What is of no démarche has 0 for one, and its id for a key."""

    async def count_old(
        self, before: Mapping[Genre, str], most: int
    ) -> dict[Genre, dict[int, int]]:
        """How many of each kind there are to delete, by démarche; counted up to `most` in all."""

    async def erase(self, genre: Genre, demarche_id: int, cles: Sequence[str]) -> int:
        """Delete the comments of avis, or avis, with all that hangs on them, and commit it; how
        many there were. Counters stay. An avis is deleted only where its day is before the
        horizon."""

    async def begin_purge(self, purge: Purge, horizon: str) -> int:
        """Note that deleting begins; its id. From now on counters of days before `horizon` are kept
        as they are: their avis may go. It never goes back."""

    async def end_purge(self, id: int, purge: Purge) -> None:
        """Say what became of it."""

    async def purges(self, limit: int) -> list[Purge]:
        """The last ones, the latest first."""

    async def horizon(self) -> str:
        """The day before which avis may be gone; empty when there is none."""

    # Work of which several servers do each piece once. Instants are ISO 8601 in UTC.

    async def take_tache(self, nom: str, le: str, before: str, after: str) -> bool:
        """Take a piece of work, unless somebody took it between `before` and `after` and has not
        done it. Whoever has it is known by `le`."""

    async def finish_tache(self, nom: str, pris: str, le: str) -> None:
        """Say that it is done, for whoever is next."""

    # A store that moves: see `collector.exchange.copying`.

    async def questionnaire_texts(self) -> dict[str, str]:
        """The questionnaires as they were given, by id."""

    async def avis_page(self, demarche_id: int, after: str, limit: int) -> list[Row]:
        """The next avis of a démarche, in the order of their keys: the fields of an Avis as they
        are stored, `notes` as JSON text."""

    async def last_cle(self, demarche_id: int) -> str | None:
        """The last key of a démarche, in that order."""

    async def counters(self, demarche_id: int) -> list[tuple[Cell, int]]:
        """The counters of a démarche by day that are not zero, openings included, in order."""

    async def openings(self, demarche_id: int) -> Counter[Cell]:
        """The counters of a démarche that no recount ever gave."""

    async def outlived(self, demarche_id: int) -> Counter[Cell]:
        """What the counters of a démarche tell of avis that were deleted: with a recount of those
        that are left, and the openings, they are the counters."""

    async def kept(self, table: str) -> list[Row]:
        """All rows of a table of `keeping.KEPT`, as `adopt` takes them."""

    async def adopt(
        self,
        catalogue: Catalogue,
        questionnaires: Mapping[str, str],
        kept: Mapping[str, Sequence[Row]],
    ) -> None:
        """Take over what another store has configured, ids included, as a copy that is not
        finished: its version is 0. `kept`: its tables of `keeping.KEPT`."""

    async def load(self, page: Sequence[Row]) -> None:
        """Commit avis that are not there yet, as `avis_page` gave them, without counting them."""

    async def recount(self, demarche_id: int, counters: Counter[Cell]) -> None:
        """Replace the counters of a démarche by a recount and these, which no recount gives, where
        nobody writes."""

    async def finish_copy(self, version: int) -> None:
        """Say that the copy is whole."""

    async def check(self) -> bool:
        """Read everything, and return True when the engine's own files are sound; they may be
        served meanwhile. False where that is not for us to do. Raises StoreError."""


class Settled(NamedTuple):
    """What a batch comes to: an outcome each, avis to add and to change, counters to move, and
    under which keys an address is to be kept, or none any more."""

    outcomes: list[Outcome]
    added: list[Avis]
    changed: list[Avis]
    counters: Counter[Cell]
    contacts: Mapping[Key, Coordonnees | None]


class Beside(NamedTuple):
    """The keys of a batch beside whose avis something is kept: what a person has decided is left of
    the comment, an address."""

    decided: Set[Key] = frozenset()
    contacts: Set[Key] = frozenset()


_NOTHING = Beside()


def beside_of(rows: Iterable[Row]) -> Beside:
    """What a store found beside the avis of a batch: the name of a table, then a key."""
    found: dict[str, set[Key]] = {"retrait": set(), "contact": set()}
    for table, *key in rows:
        found[table].add((key[0], key[1]))
    return Beside(found["retrait"], found["contact"])


def settle(
    batch: Sequence[Avis],
    stored: Iterable[Avis],
    beside: Beside = _NOTHING,
    contacts: Mapping[int, str] = {},
) -> Settled:
    """Work a batch through, in order, from the states `stored` has under the same keys.
    `contacts`: see `Store.record`."""
    states: dict[Key, Avis] = {(avis.demarche_id, avis.cle): avis for avis in stored}
    known = set(states)
    moved: dict[Key, Avis] = {}
    steps: list[tuple[Avis | None, Avis]] = []
    outcomes = []
    for new in batch:
        key = (new.demarche_id, new.cle)
        current = states.get(key)
        too_late = current is not None and _too_late(current, new)
        outcome, after = advance(current, new, too_late, key in beside.decided)
        outcomes.append(outcome)
        if after is not None:
            steps.append((current, after))
            states[key] = moved[key] = after
    added = [avis for key, avis in moved.items() if key not in known]
    changed = [avis for key, avis in moved.items() if key in known]
    left: dict[Key, Coordonnees | None] = {}
    if contacts or beside.contacts:
        for place, outcome in enumerate(outcomes):
            if outcome in (Outcome.STORED, Outcome.UPDATED):
                _leave(left, batch[place], contacts.get(place), moved, beside.contacts)
    return Settled(outcomes, added, changed, moves(steps), left)


def _leave(
    left: dict[Key, Coordonnees | None],
    new: Avis,
    courriel: str | None,
    moved: Mapping[Key, Avis],
    known: Set[Key],
) -> None:
    """Have the address that came with a state replace the one there was, or take that away."""
    key = (new.demarche_id, new.cle)
    after = moved[key]
    if courriel is not None:
        read = (after.questionnaire, after.langue, new.recu_le)
        left[key] = Coordonnees(*key, courriel, *read, after.jour)
    elif key in known or key in left:
        left[key] = None


def set_apart(stored: Iterable[Avis], reason: str | None) -> Settled:
    """What it takes to have these out of the counters for a reason, or back in (None)."""
    steps = [(before, before._replace(ecarte=reason)) for before in stored]
    return Settled([], [], [after for _, after in steps], moves(steps), {})


def _too_late(current: Avis, new: Avis) -> bool:
    first, now = datetime.fromisoformat(current.recu_le), datetime.fromisoformat(new.recu_le)
    return now - first > CHANGE_WINDOW
