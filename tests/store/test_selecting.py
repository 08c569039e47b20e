"""What a store finds among its avis: pages of them, words in comments, counts by day."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from collector.asked.periode import Periode
from collector.asked.recherche import MARK_END, MARK_START, parse_recherche
from collector.asked.selection import Place, Selection
from collector.config import load
from collector.domain import AVIS, OUVERTURE, PIEGE, Avis, Bouton
from collector.errors import BadFilter
from collector.exchange.copying import copy
from collector.serve import opened
from collector.store import selecting, sqlite, sqlite_file
from collector.store.contract import DayCount, Store, StoreError
from collector.store.sqlite import SqliteStore
from tests.store.engines import Engine, SqliteEngine
from tests.store.test_contract import STORED, UPDATED, a_state, an_opening
from tests.world import AILLEURS, COURRIEL, FIN, NOON, fill

pytestmark = pytest.mark.anyio

EVER = "9999"
MINUTE = 60_000
BY_INSTANT = "SEARCH avis USING INDEX avis_par_instant (demarche_id=? AND recu_le>? AND recu_le<?)"


def commented(*texts: str, bouton: Bouton = FIN) -> list[Avis]:
    """An avis for each text, a minute apart."""
    return [
        a_state(n, bouton, ms=NOON + n * MINUTE, verbatim=text)
        for n, text in enumerate(texts, start=1)
    ]


def among(*demarches: int, q: str | None = None, **changes: Any) -> Selection:
    recherche = None if q is None else parse_recherche(q)
    return Selection(demarches or (1, 2, 3), recherche=recherche, **changes)


def place(avis: Avis) -> Place:
    return avis.demarche_id, avis.recu_le, avis.cle


async def everything(store: Store, selection: Selection, limit: int = 100) -> list[Avis]:
    """All pages of a selection."""
    found: list[Avis] = []
    after = None
    while page := await store.select(selection, after, EVER, limit):
        assert len(page) <= limit
        found += page
        after = place(page[-1])
    return found


async def texts(store: Store, selection: Selection) -> list[str | None]:
    return [avis.verbatim for avis in await everything(store, selection)]


async def looked_up(store: Store, q: str, **changes: Any) -> list[str | None]:
    """The comments that a search finds, the best first. Lists and counts find the same ones."""
    selection = among(q=q, **changes)
    found = await store.search(selection, 100)
    assert sorted(place(each.avis) for each in found) == [
        place(avis) for avis in await everything(store, selection)
    ]
    assert counted(await store.histogram(selection), AVIS) == len(found)
    assert all(MARK_START in each.passage for each in found)
    return [each.avis.verbatim for each in found]


def counted(counts: list[DayCount], dimension: str) -> int:
    return sum(each.n for each in counts if each.dimension == dimension)


def marked(found: str) -> str:
    return found.replace(MARK_START, "[").replace(MARK_END, "]")


# Pages


async def test_an_avis_comes_back_as_it_was_recorded(store: Store) -> None:
    whole = a_state(
        etape=3, notes={"satisfaction": 1, "effort": 5}, verbatim="Là.", langue="en",
        affichage="page", widget="1.2.3", ecarte=PIEGE,
    )  # fmt: skip
    await store.record([whole])
    assert await store.select(among(statut="tous"), None, EVER, 10) == [whole]


async def test_pages_of_several_demarches_give_everything_once_and_in_order(store: Store) -> None:
    boutons = itertools.cycle([FIN, AILLEURS, COURRIEL])
    # Several at one instant, and keys that are not in the order of arrival.
    batch = [a_state(97 * n % 60, next(boutons), ms=NOON + n // 4 * MINUTE) for n in range(60)]
    await store.record(batch)
    expected = sorted(map(place, batch))
    for limit in (1, 7, 60):
        found = await everything(store, among(2, 1), limit)
        assert [place(avis) for avis in found] == expected
    assert await everything(store, among(3)) == []
    assert await store.select(Selection(()), None, EVER, 10) == []


async def test_what_comes_in_after_the_end_that_was_fixed_is_left_out(store: Store) -> None:
    batch = [a_state(n, ms=NOON + n) for n in range(4)]
    await store.record(batch)
    until = batch[2].recu_le
    assert await store.select(among(1), None, until, 10) == batch[:3]
    assert await store.select(among(1), place(batch[0]), until, 10) == batch[1:3]
    assert await store.select(among(1), place(batch[2]), until, 10) == []


FILTERS: dict[str, tuple[dict[str, Any], set[int]]] = {
    "nothing": ({}, {1, 2, 3, 4}),
    "a bouton": ({"bouton": COURRIEL.code}, {2, 4}),
    "a questionnaire": ({"questionnaire": "autre-1"}, {3}),
    "levels": ({"notes": (("satisfaction", frozenset({1, 2})),)}, {1, 2}),
    "two dimensions": (
        {"notes": (("satisfaction", frozenset({1, 2})), ("effort", frozenset({5})))}, {2},
    ),
    "a dimension nobody has": ({"notes": (("x\"'$.y%", frozenset({1})),)}, set()),
    "no level": ({"notes": (("satisfaction", frozenset()),)}, set()),
    "with a comment": ({"avec_verbatim": True}, {1, 3}),
    "without": ({"avec_verbatim": False}, {2, 4}),
    "set aside": ({"statut": "ecarte"}, {5}),
    "all": ({"statut": "tous"}, {1, 2, 3, 4, 5}),
    "words": ({"q": "mot"}, {1, 3}),
    "words and a bouton": ({"q": "mot", "bouton": FIN.code}, {1, 3}),
    "words, set aside": ({"q": "mot", "statut": "ecarte"}, {5}),
    "words and a level": ({"q": "mot", "notes": (("satisfaction", frozenset({3})),)}, {3}),
}  # fmt: skip


async def test_a_filter_says_which_avis_for_lists_counts_and_searches(store: Store) -> None:
    batch = {
        1: a_state(1, notes={"satisfaction": 1}, verbatim="Un mot."),
        2: a_state(2, COURRIEL, notes={"satisfaction": 2, "effort": 5}),
        3: a_state(3, questionnaire="autre-1", verbatim="Un autre mot."),
        4: a_state(4, COURRIEL),
        5: a_state(5, verbatim="Un mot de trop.", ecarte="injures"),
    }
    await store.record([*batch.values(), a_state(6, AILLEURS, verbatim="Un mot ailleurs.")])
    for name, (asked, expected) in FILTERS.items():
        selection = among(1, **asked)
        wanted = [batch[n] for n in sorted(expected)]
        assert await everything(store, selection) == wanted, name
        assert counted(await store.histogram(selection), AVIS) == len(expected), name
        if "q" in asked:
            found = [each.avis for each in await store.search(selection, 10)]
            assert sorted(found, key=place) == wanted, name


def at(when: str) -> int:
    return int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("jour", "first", "after"),
    [
        ("2026-03-28", "2026-03-27T23:00", "2026-03-28T23:00"),
        ("2026-03-29", "2026-03-28T23:00", "2026-03-29T22:00"),  # 23 hours
        ("2026-03-30", "2026-03-29T22:00", "2026-03-30T22:00"),
        ("2026-10-25", "2026-10-24T22:00", "2026-10-25T23:00"),  # 25 hours
        ("2026-10-26", "2026-10-25T23:00", "2026-10-26T23:00"),
    ],
)
async def test_a_day_is_what_the_calendar_in_paris_says(
    store: Store, jour: str, first: str, after: str
) -> None:
    inside = [a_state(1, ms=at(first)), a_state(2, ms=at(after) - 1)]
    await store.record([*inside, a_state(3, ms=at(first) - 1), a_state(4, ms=at(after))])
    day = date.fromisoformat(jour)
    selection = among(1, periode=Periode(day, day))
    assert await everything(store, selection) == inside
    assert counted(await store.histogram(selection), AVIS) == 2


async def test_an_avis_is_of_the_day_it_is_counted_on_whatever_its_instant_says(
    store: Store,
) -> None:
    """As may come from elsewhere: dated to the second, or by another clock than ours."""
    day = date(2026, 3, 29)
    counted_on_it = [
        a_state(1, recu_le="2026-03-28T23:00:00Z", jour="2026-03-29"),
        a_state(2, recu_le="2026-03-28T12:00:00.000Z", jour="2026-03-29"),
        a_state(3, recu_le="2026-03-30T09:00:00.000Z", jour="2026-03-29"),
    ]
    other = a_state(4, recu_le="2026-03-29T10:00:00.000Z", jour="2026-03-30")
    await store.record([*counted_on_it, other])
    selection = among(1, periode=Periode(day, day))
    found = await everything(store, selection, 1)
    assert sorted(avis.cle for avis in found) == [avis.cle for avis in counted_on_it]
    counters = await store.counts_by_day(1, "2026-03-29", "2026-03-29")
    assert await store.histogram(selection) == counters


@pytest.mark.parametrize("after", [None, (1, "2026-11-22T00:00:00.000Z", "0")])
async def test_a_page_reads_a_range_of_the_index_and_sorts_nothing_whole(
    tmp_path: Path, after: Place | None
) -> None:
    engine = SqliteEngine(tmp_path)
    store = engine.connect()
    assert isinstance(store, SqliteStore)
    await store.open()
    await fill(store)
    await store.close()
    given = among(1, periode=Periode(date(2026, 1, 1), date(2026, 12, 31)), q="mot")
    sql, values = store._page(given, 1, after, EVER, 10)
    ends = store._days(given, 1)
    for plan, ranges in ((explained(engine, sql, values), 1), (explained(engine, *ends), 2)):
        assert plan.count(BY_INSTANT) == ranges
        assert "TEMP B-TREE FOR ORDER BY" not in plan
    # The negative twin: in an order that the index does not have, everything is sorted.
    by_key = explained(
        engine, sql.replace("order by avis.recu_le,", "order by avis.langue,"), values
    )
    assert "TEMP B-TREE FOR ORDER BY" in by_key


def explained(engine: SqliteEngine, sql: str, values: Any) -> str:
    with contextlib.closing(sqlite3.connect(engine.path)) as con:
        plan = con.execute(f"explain query plan {sql.replace('$', '?')}", values).fetchall()
    return "\n".join(line for *_, line in plan)


# Counts


async def test_counts_by_day_are_the_counters_openings_included(store: Store) -> None:
    batch = [a_state(1), a_state(2, COURRIEL, notes={"satisfaction": 1}), a_state(3, AILLEURS)]
    await store.record(batch, {an_opening(): 4, an_opening(jour="2026-11-23"): 1})
    await store.set_aside(1, batch[1].cle, "injures")  # leaves counters at zero
    jour, fin = "2026-11-22", FIN.code
    expected = [
        DayCount(jour, fin, "standard-1", AVIS, 1, 1),
        DayCount(jour, fin, "standard-1", OUVERTURE, 1, 4),
        DayCount(jour, fin, "standard-1", "satisfaction", 3, 1),
    ]
    assert await store.counts_by_day(1, jour, jour) == expected
    assert await store.counts_by_day(1, jour, jour, fin) == expected
    assert await store.counts_by_day(1, jour, jour, COURRIEL.code) == []
    later = DayCount("2026-11-23", fin, "standard-1", OUVERTURE, 1, 1)
    assert await store.counts_by_day(1, jour, "2026-11-23") == [*expected, later]


async def test_days_are_the_first_and_the_last_that_have_something(store: Store) -> None:
    batch = [
        a_state(1, ms=at("2020-02-29T12:00"), verbatim="Un mot."),
        a_state(2, COURRIEL, ms=at("2021-06-01T12:00"), notes={"satisfaction": 1, "effort": 5}),
        a_state(3, ms=at("2022-01-01T12:00"), verbatim="Un autre mot."),
        a_state(4, ms=at("2019-01-01T12:00"), ecarte="injures"),
        a_state(5, AILLEURS, ms=at("2023-01-01T12:00")),
        a_state(6, AILLEURS, ms=at("2018-01-01T12:00")),
    ]
    await store.record(batch, {an_opening(jour="2026-11-23"): 4})
    await store.set_aside(2, batch[5].cle, "injures")  # leaves counters at zero
    first, mot, autre, ouvert = "2020-02-29", "2022-01-01", "2021-06-01", "2026-11-23"
    ailleurs = ("2023-01-01", "2023-01-01")
    assert await store.days(among(2, 1, 3)) == {1: (first, ouvert), 2: ailleurs}
    assert await store.days(among(1, bouton=COURRIEL.code)) == {1: (autre, autre)}
    assert await store.days(among(1, questionnaire="autre-1")) == {}
    assert await store.days(among(1, 2, q="mot")) == {1: (first, mot)}
    assert await store.days(among(1, notes=(("effort", frozenset({5})),))) == {1: (autre, autre)}
    assert await store.days(among(1, 2, statut="tous")) == {
        1: ("2019-01-01", mot), 2: ("2018-01-01", "2023-01-01"),
    }  # fmt: skip
    since = Periode(date(2020, 3, 1), date(2026, 11, 22))
    assert await store.days(among(1, 2, periode=since)) == {1: (autre, mot), 2: ailleurs}
    assert await store.days(among(1, periode=since, avec_verbatim=True)) == {1: (mot, mot)}
    assert await store.days(Selection(())) == {}


NOTES = st.dictionaries(st.sampled_from(["satisfaction", "effort"]), st.integers(1, 5))
DAYS = st.dates(date(2026, 10, 24), date(2026, 10, 27))
ONE = st.tuples(
    st.sampled_from([FIN, COURRIEL, AILLEURS]),
    st.integers(at("2026-10-23T20:00"), at("2026-10-27T02:00")),
    NOTES,
    st.sampled_from([None, None, PIEGE]),
)
FRESH = itertools.count()
SOME = tried(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(
    batch=st.lists(ONE, max_size=12),
    days=st.tuples(DAYS, DAYS).map(sorted),
    bouton=st.sampled_from([None, FIN.code, COURRIEL.code]),
)
async def test_avis_counted_one_by_one_equal_the_counters(
    store: Store, batch: list[Any], days: list[date], bouton: str | None
) -> None:
    first = next(FRESH) * 1_000
    await store.record(
        [
            a_state(first + n, of, ms=ms, notes=notes, ecarte=ecarte)
            for n, (of, ms, notes, ecarte) in enumerate(batch)
        ],
        {an_opening(jour="2026-10-25"): 1},
    )
    du, au = days
    counters = [
        each
        for demarche_id in (1, 2)
        for each in await store.counts_by_day(demarche_id, du.isoformat(), au.isoformat(), bouton)
        if each.dimension != OUVERTURE
    ]
    selection = among(1, 2, periode=Periode(du, au), bouton=bouton)
    assert await store.histogram(selection) == sorted(counters)


# Words

COMMENTS = (
    "La carte de stationnement est arrivée vite, merci.",
    "Carte grise : pièce jointe trop lourde, j’ai dû recommencer.",
    "DÉÇU. Le stationnement de la carte… je n’ai rien compris à l’écran.",
    "Parfait ! 100 % en ligne, 50 m² déclarés.",
    "Спасибо большое.",
)
LOOKED_UP: dict[str, set[int]] = {
    "carte": {0, 1, 2},
    "CARTE": {0, 1, 2},
    "carté": {0, 1, 2},
    "deçu": {2},
    "piece": {1},
    "car": set(),
    "cart*": {0, 1, 2},
    "recomm*": {1},
    "administrati*": set(),
    "carte merci": {0},
    "carte parfait": set(),
    '"carte de stationnement"': {0},
    "« Carte de Stationnement »": {0},
    '"stationnement de la carte"': {2},
    '"carte stationnement"': set(),
    '"pièce jointe" carte': {1},
    "la carte de l’écran": {2},
    "l'écran": {2},
    "j’ai rien": {2},
    "100 %": {3},
    "m²": {3},
    "спасибо": {4},
    "СПАСИБО": {4},
    "carte -merci": {0},
    "carte NOT merci": set(),
    "verbatim:carte": set(),
    "1": set(),
}


async def test_a_search_finds_the_comments_that_have_all_of_it(store: Store) -> None:
    await store.record(commented(*COMMENTS))
    for q, expected in LOOKED_UP.items():
        assert set(await looked_up(store, q)) == {COMMENTS[n] for n in expected}, q


async def test_other_forms_of_a_word_are_found_where_the_engine_knows_french(
    store: Store, engine: Engine
) -> None:
    await store.record(commented("Deux cartes grises.", "Une demande, des demandes.", "Carton."))
    french = engine.suffix == ".postgres.sql"
    found = await store.search(among(q="carte"), 10)
    assert [marked(each.passage) for each in found] == (["Deux [cartes] grises."] if french else [])
    both = await store.search(among(q="demande"), 10)
    expected = "Une [demande], des [demandes]." if french else "Une [demande], des demandes."
    assert [marked(each.passage) for each in both] == [expected]
    # A phrase is taken to the letter, and a start is that of the word as it was written.
    assert await store.search(among(q='"deux carte"'), 10) == []
    assert len(await store.search(among(q="demand*"), 10)) == 1


async def test_the_start_of_a_word_is_found_also_past_its_stem(store: Store) -> None:
    await store.record(commented("L’administration."))
    assert await looked_up(store, "administrati*") == ["L’administration."]


async def test_what_was_found_is_shown_with_marks(store: Store) -> None:
    await store.record(commented(COMMENTS[0]))
    [found] = await store.search(among(q='CARTE "est arrivee"'), 10)
    assert marked(found.passage) == "La [carte] de stationnement [est arrivée] vite, merci."


async def test_the_best_answer_comes_first_and_then_the_latest(store: Store) -> None:
    await store.record(commented(
        "Un mot.", "Le mot, puis un mot, et un mot.", "Un mot.", "Un mot perdu dans un long texte.",
    ))  # fmt: skip
    found = await store.search(among(q="mot"), 10)
    ranks = [int(each.avis.cle[-2:], 16) for each in found]
    assert ranks == [2, 3, 1, 4]
    assert [each.avis.cle for each in await store.search(among(q="mot"), 2, 1)] == [
        each.avis.cle for each in found[1:3]
    ]
    assert await store.search(among(q="mot"), 10, 4) == []


async def test_a_search_ranks_the_latest_and_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "RANKED", 2)
    await store.record(commented("Mot mot mot.", "Un mot ici.", "Un long mot par là."))
    found = await store.search(among(q="mot"), 10)
    assert [each.avis.verbatim for each in found] == ["Un mot ici.", "Un long mot par là."]
    assert counted(await store.histogram(among(q="mot")), AVIS) == 3


async def test_a_search_stays_in_its_demarches(store: Store) -> None:
    await store.record(
        [*commented("Mot à Paris."), *commented("Mot à Lyon, le 2.", bouton=AILLEURS)]
    )
    assert await looked_up(store, "mot") == ["Mot à Paris.", "Mot à Lyon, le 2."]
    for id, expected in ((1, "Mot à Paris."), (2, "Mot à Lyon, le 2.")):
        assert [each.avis.verbatim for each in await store.search(among(id, q="mot"), 10)] == [
            expected
        ]
        assert await texts(store, among(id, q="mot")) == [expected]
    assert await store.search(among(3, q="mot"), 10) == []
    assert await store.search(Selection((), recherche=parse_recherche("mot")), 10) == []
    assert await store.search(among(1), 10) == []  # nothing to look for
    many = tuple(range(2, 200))  # too many to be named in the index of words
    assert len(await store.search(among(*many, q="mot"), 10)) == 1


SIGNS = [*"\"'*-+^:(){}«»“”\\&|!<>%_.,;$?~`@#\0", "AND", "OR", "NOT", "NEAR("]
BITS = ["mot", "mo*", "é", " ", "\N{NO-BREAK SPACE}", "👍", "ß", "ﬁ", "İ", "①", "ª", "ا", "字"]


@tried(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(max_size=60) | st.lists(st.sampled_from(SIGNS + BITS), max_size=25).map("".join))
async def test_any_text_is_looked_for_or_refused(store: Store, q: str) -> None:
    with contextlib.suppress(BadFilter):
        recherche = parse_recherche(q)
        selection = Selection((1, 2), recherche=recherche)
        assert await store.search(selection, 10) == []
        assert await store.select(selection, None, EVER, 10) == []
        assert await store.histogram(selection) == []


BETWEEN = "*\"'-:^(){}«»\\%_/@.,&=?\n\t…–’\N{NO-BREAK SPACE}👍"


async def test_what_surrounds_a_word_in_a_comment_hides_it_from_nobody(store: Store) -> None:
    around = [f"mot{sign}fin" for sign in BETWEEN] + [f"fin{sign}mot" for sign in BETWEEN]
    await store.record(commented(*around, "www.mot.fr/mot_fin?a=mot", "mot@mot-fin.fr", "<mot>1e5"))
    assert len(await looked_up(store, "mot")) == len(around) + 3


@pytest.mark.parametrize("mot", ["آسان", "مسؤول", "한국", "がんばる", "παιδί", "їжак", "русский"])
async def test_a_word_whose_letters_are_more_than_one_sign_apart_is_found(
    store: Store, mot: str
) -> None:
    await store.record(commented(f"Un {mot} fin.", "Un autre."))
    for q in (mot, mot.upper(), f"{mot[:2]}*", f'"un {mot}"', normalize("NFD", mot)):
        assert await looked_up(store, q) == [f"Un {mot} fin."]


# In step


async def assert_in_step(engine: Engine) -> None:
    """The index of words has what comments have, and nothing else."""
    if isinstance(engine, SqliteEngine):
        engine.execute("insert into recherche (recherche, rank) values ('integrity-check', 1)")


async def test_a_later_step_replaces_what_can_be_found(store: Store, engine: Engine) -> None:
    await store.record([a_state(1, verbatim="Avant."), a_state(2), a_state(3, verbatim="Reste.")])
    later = [
        a_state(1, etape=2, verbatim="Après."),
        a_state(2, etape=2, verbatim="Ajouté."),
        a_state(3, etape=2, verbatim=None),
    ]
    assert await store.record(later) == [UPDATED] * 3
    assert await looked_up(store, "avant") == await looked_up(store, "reste") == []
    assert await looked_up(store, "après") == ["Après."]
    assert await looked_up(store, "ajouté") == ["Ajouté."]
    await assert_in_step(engine)


async def test_a_replay_and_setting_aside_leave_words_where_they_are(
    store: Store, engine: Engine
) -> None:
    await store.record(commented("Un mot."))
    await store.record(commented("Un mot."))
    await store.set_aside(1, a_state(1).cle, "injures")
    assert await looked_up(store, "mot") == []
    assert await looked_up(store, "mot", statut="ecarte") == ["Un mot."]
    await store.set_aside(1, a_state(1).cle, None)
    assert await looked_up(store, "mot") == ["Un mot."]
    await assert_in_step(engine)


async def test_a_batch_at_fault_leaves_no_words(store: Store, engine: Engine) -> None:
    broken = a_state(2, verbatim="Perdu.")._replace(demarche_id=404)
    with pytest.raises(StoreError):
        await store.record([*commented("Un mot."), broken])
    found = await store.search(Selection((1, 404), recherche=parse_recherche("perdu")), 10)
    assert found == []
    await assert_in_step(engine)
    assert await store.record(commented("Un mot.")) == [STORED if engine.whole else "unchanged"]
    assert await looked_up(store, "mot") == ["Un mot."]


@pytest.mark.parametrize(
    "gone", ["delete from avis", "update avis set verbatim = null", "update avis set verbatim = ''"]
)
async def test_a_comment_that_is_gone_is_found_no_more_and_its_words_leave_the_file(
    store: Store, engine: Engine, gone: str
) -> None:
    await store.record(commented("Xylophonique, zanzibarois."))
    assert await looked_up(store, "xylophonique") == ["Xylophonique, zanzibarois."]
    engine.execute(gone)
    assert await looked_up(store, "xylophonique") == await looked_up(store, "zanz*") == []
    await assert_in_step(engine)
    await store.forget()
    assert await looked_up(store, "xylophonique") == []
    await store.record([a_state(9, verbatim="Après.")])
    assert await looked_up(store, "après") == ["Après."]


async def test_words_that_were_forgotten_are_in_no_byte_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "MERGED", 1)
    engine = SqliteEngine(tmp_path)
    store = engine.connect()
    await store.open()
    try:
        await fill(store)
        for n in range(40):  # more segments than are merged by themselves
            await store.record([a_state(n, verbatim=f"Xylophonique {n}." if n % 2 else "Un mot.")])
        assert b"xylophoniq" in on_disk(tmp_path).lower()
        engine.execute("delete from avis where verbatim like 'Xylo%'")
        assert b"xylophoniq" in on_disk(tmp_path).lower()  # the negative twin
        await store.forget()
        assert b"xylophoniq" not in on_disk(tmp_path).lower()
        assert len(await store.search(among(q="mot"), 100)) == 20
        await assert_in_step(engine)
    finally:
        await store.close()


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("avis.db*")))


# What was there before

# As the program of then wrote them: today's has columns that were not there.
ROWS_OF_BEFORE = {
    "structure": "(1, 'Ville de Montclair', null, null, null)",
    "questionnaire": "('standard-1', '{}')",
    "demarche": "(1, 'carte', 'Une carte', 1, 'standard-1', null, 'fr', true, false, '[]')",
    "bouton": f"('{FIN.code}', 1, 'Fin de démarche', 'dialogue', '[]', null, true)",
}


@pytest.fixture
async def older(
    engine: Engine, fresh: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Store:
    """A store of before there were searches, with avis; the program knows them now."""
    known = tmp_path / "avant"
    known.mkdir()
    for first in engine.migrations.glob("0001*"):
        shutil.copy(first, known)
    with monkeypatch.context() as before:
        engine.use_migrations(known, before)
        await fresh.migrate()
        for table, row in ROWS_OF_BEFORE.items():
            engine.execute(f"insert into {table} values {row}")
        await fresh.record([*commented("Déjà là.", "Et là."), a_state(9)])
    return fresh


async def test_comments_of_before_can_be_found_once_migrated(older: Store, engine: Engine) -> None:
    waiting = await older.pending()
    assert waiting[0] == f"0002_recherche{engine.suffix}"
    before = engine.schema()
    assert await older.migrate(dry_run=True) == waiting
    assert engine.schema() == before
    await older.migrate()
    await engine.finish(older)
    assert await looked_up(older, "deja") == ["Déjà là."]
    await older.record(
        [a_state(1, etape=2, verbatim="Changé."), a_state(9, etape=2, verbatim="Et ici.")]
    )
    assert await looked_up(older, "deja") == []
    assert sorted(map(str, await looked_up(older, "et*"))) == ["Et ici.", "Et là."]
    await assert_in_step(engine)


async def test_a_copy_can_be_searched(store: Store, engine: Engine, tmp_path: Path) -> None:
    await store.record(commented(*COMMENTS))
    target = tmp_path / "copie.db"
    async with opened(load({"database": f"sqlite:///{target}"}, environ={})) as other:
        await other.migrate()
        await copy(store, other, lambda _: None)
        assert await looked_up(other, "carte merci") == [COMMENTS[0]]


async def test_a_sqlite_without_fts5_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "MODULE", "fts55")
    store = SqliteStore(tmp_path / "avis.db")
    try:
        with pytest.raises(StoreError, match="sans FTS55, qui cherche les mots"):
            await store.open()
    finally:
        await store.close()
