"""What a dashboard reads of one démarche: sums of its counters, and what came last.

Each is one statement whose time does not grow with the number of avis: whole months are read as
months, and of avis themselves only the last ones.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from collector.asked.periode import Periode, mois
from collector.asked.selection import Selection
from collector.domain import AVIS, Avis
from collector.figures.releve import Releve
from collector.store.contract import DayCount
from collector.store.plain import PlainStore
from collector.store.selecting import COLUMNS, Values, all_of, instants, read_avis

_A_DAY = timedelta(days=1)
# Avis that are looked at one by one. They lie apart in the table: of 2,000, the page of a démarche
# that has them took twice as long as of one that has 200, and of so many a third more.
LAST = 1_000

_SUMS = f"""
select 0 as sorte, etape, '', questionnaire, dimension, note, cast(sum(n) as bigint)
from lu
where avant = 0
group by etape, questionnaire, dimension, note
having sum(n) <> 0
union all
select 1, cast({{avant}} as text), '', questionnaire, dimension, note, cast(sum(n) as bigint)
from lu
where avant = 1
group by questionnaire, dimension, note
having sum(n) <> 0
union all
select 2, cast({{premier}} as text), bouton, questionnaire, dimension, note, cast(sum(n) as bigint)
from lu
where avant = 0
group by bouton, questionnaire, dimension, note
having sum(n) <> 0
union all
select 3, jour, '', '', '{AVIS}', 1, cast(sum(n) as bigint)
from agregat
where {{jours}}
and dimension = '{AVIS}'
group by jour
having sum(n) <> 0
"""


class Derniers(NamedTuple):
    """Of the last avis of a period (`LAST` of them): how many of those selected came in each hour
    (UTC, « 2026-11-22T10 »), and those of them that came last with a comment."""

    heures: dict[str, int]
    commentes: list[Avis]


class Morceau(NamedTuple):
    """A part of a period: whole months by the counters of months, else days."""

    table: str
    colonne: str
    premier: str
    dernier: str


class WatchingStore(PlainStore):
    """What the dashboard of one démarche is made of."""

    @abstractmethod
    def _filters(self, values: Values, selection: Selection) -> list[str]:
        """That of `SelectingStore`."""

    async def releve(
        self, selection: Selection, boutons: Collection[str], avant: Periode | None, by_day: bool
    ) -> Releve:
        """The counters of one démarche over a period, by boutons. `by_day`: those of whole months
        by day too.

        `boutons` are named because they come before days in the key: of a démarche that is years
        old, the days asked for are read and no other.
        """
        [demarche_id], periode = selection.demarches, selection.periode
        assert periode is not None  # a dashboard is about one
        if not boutons:
            return Releve([], [], [], {})
        values = Values()
        demarche = values.name(demarche_id)
        which = [f"demarche_id = {demarche}", f"bouton in ({values.names(boutons)})"]
        if selection.questionnaire is not None:
            which.append(f"questionnaire = {values.name(selection.questionnaire)}")
        parts = [_part(values, which, 0, each) for each in morceaux(periode, by_day)]
        if avant is not None:
            parts += [_part(values, which, 1, each) for each in morceaux(avant)]
        jours = _where(values, which, _jours(periode.du, periode.au))
        firsts = [values.name(each.du.isoformat()) for each in (avant or periode, periode)]
        sums = _SUMS.format(jours=jours, avant=firsts[0], premier=firsts[1])
        sql = f"""/* Store.releve */
        with lu (avant, etape, bouton, questionnaire, dimension, note, n) as (
            {" union all ".join(parts)}
        )
        {sums}
        """
        [rows] = await self._read((sql, values.given))
        steps, before, by_bouton, days = (
            sorted(DayCount(*row[1:]) for row in rows if row[0] == sorte) for sorte in range(4)
        )
        return Releve(steps, before, by_bouton, {each.jour: each.n for each in days})

    async def derniers(self, selection: Selection, comments: int) -> Derniers:
        """Of the one démarche of a selection; at most so many comments, the newest first. What
        the selection leaves out is among those that are looked at: a filter that holds for few avis
        would otherwise go through all."""
        [demarche_id] = selection.demarches
        values = Values()
        demarche = values.name(demarche_id)
        first, last = map(values.name, instants(selection.periode))
        sql = f"""/* Store.derniers */
        with derniers as (
            select cle, recu_le, commente
            from (
                select
                    cle, recu_le, jour, bouton, questionnaire, notes, ecarte,
                    verbatim is not null as commente
                from avis
                where demarche_id = {demarche}
                and recu_le between {first} and {last}
                order by recu_le desc, cle desc
                limit {LAST}
            ) as avis
            where {all_of(self._filters(values, selection))}
        )
        select 0 as n, '' as heure, {COLUMNS}
        from avis
        where avis.demarche_id = {demarche}
        and avis.cle in (
            select cle
            from derniers
            where commente
            order by recu_le desc, cle desc
            limit {values.name(comments)}
        )
        union all
        select count(*), substr(recu_le, 1, 13), {", ".join(["null"] * len(Avis._fields))}
        from derniers
        group by 2
        """
        [rows] = await self._read((sql, values.given))
        avis = [read_avis(row[2:]) for row in rows if not row[0]]
        avis.sort(key=lambda each: (each.recu_le, each.cle), reverse=True)
        return Derniers({heure: n for n, heure, *_ in rows if n}, avis)


def morceaux(periode: Periode, by_day: bool = False) -> list[Morceau]:
    """A period in at most three parts: its whole months, and the days before and after them."""
    first = mois(periode.du).du if periode.du.day == 1 else mois(periode.du).au + _A_DAY
    end = mois(periode.au)
    last = end.au if periode.au == end.au else end.du - _A_DAY
    if by_day or last < first:
        return [_jours(periode.du, periode.au)]
    days = [(periode.du, first - _A_DAY), (last + _A_DAY, periode.au)]
    whole = Morceau("agregat_mois", "mois", f"{first:%Y-%m}", f"{last:%Y-%m}")
    return [whole, *(_jours(du, au) for du, au in days if du <= au)]


def _jours(du: date, au: date) -> Morceau:
    return Morceau("agregat", "jour", du.isoformat(), au.isoformat())


def _part(values: Values, which: list[str], avant: int, part: Morceau) -> str:
    etape = part.colonne if part.colonne == "jour" else f"{part.colonne} || '-01'"
    return f"""
            select {avant}, {etape}, bouton, questionnaire, dimension, note, n
            from {part.table}
            where {_where(values, which, part)}
            """


def _where(values: Values, which: list[str], part: Morceau) -> str:
    first, last = values.name(part.premier), values.name(part.dernier)
    return all_of([*which, f"{part.colonne} between {first} and {last}"])
