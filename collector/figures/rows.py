"""Figures as rows of a downloadable table: by démarche, by period, by question. Pure.

Nothing is withheld: this is for whoever may read the avis themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from collector.asked.periode import Pas, Periode, split, step
from collector.asked.selection import Selection
from collector.domain import AVIS, OUVERTURE, Catalogue, Demarche, Texte
from collector.errors import BadFilter, Faute
from collector.figures.lignes import Line, lines
from collector.figures.mesures import Rules, Tranche, mesure, questions
from collector.figures.multiples import choice_questions, mesure_choix
from collector.formats.table import Row, Table
from collector.formats.tables import scores_table
from collector.scores import Score
from collector.store.contract import DayCount

MOST = 1_000  # periods of one démarche
_SHORTEST: dict[Pas, int] = {"jour": 1, "semaine": 7, "mois": 28, "trimestre": 90, "annee": 365}
_PERIODS: Texte = {
    "fr": f"un pas plus long, ou « du » et « au » plus proches : au plus {MOST} périodes",
    "en": f"a longer step, or “du” and “au” closer to each other: {MOST} periods at most",
}


class ScoresRows:
    """The table of figures, as wide as the widest scale, and the rows of each démarche."""

    def __init__(self, catalogue: Catalogue, rules: Rules, today: date, pas: Pas | None) -> None:
        asked = catalogue.questionnaires.values()
        scales = [d.niveaux for q in asked for d in q.dimensions]
        scales += [suite.niveaux for q in asked for choix in q.choix for suite in choix.suites]
        self._widest = max(map(len, scales))
        self.table: Table = scores_table(self._widest)
        self._catalogue, self._rules, self._today, self._pas = catalogue, rules, today, pas

    def rows(
        self, demarche: Demarche, counts: Sequence[DayCount], selection: Selection
    ) -> list[Row]:
        """Rows for every period, in order; a question that nobody answered in one has n = 0.

        Raises BadFilter when there would be too many periods: see `check`.
        """
        where = (demarche.slug, demarche.titre, self._structure(demarche), selection.bouton)
        return [
            (*where, *self._row(tranche, each))
            for tranche in self.tranches(demarche, counts, selection)
            for each in lines(tranche)
        ]

    def tranches(
        self, demarche: Demarche, counts: Sequence[DayCount], selection: Selection
    ) -> list[Tranche]:
        """The same as values."""
        periodes = self._periodes(counts, selection)
        within = _within(counts, periodes)
        ids = [c.questionnaire for c in counts] or [demarche.questionnaire]
        asked, choices = questions(ids, self._catalogue), choice_questions(ids, self._catalogue)
        return [
            Tranche(
                periode=periode,
                en_cours=periode.contains(self._today),
                avis=_sum(part, AVIS),
                ouvertures=_sum(part, OUVERTURE) if selection.is_counted else None,
                mesures=tuple(mesure(question, part, True, self._rules) for question in asked),
                choix=tuple(mesure_choix(each, part, self._rules.thresholds) for each in choices),
            )
            for periode, part in zip(periodes, within, strict=True)
        ]

    def may_be_too_many(self, selection: Selection) -> bool:
        """Whether `check` would refuse some days of a démarche: they are worth asking for."""
        return self._pas is not None and (
            selection.periode is None or _too_many(selection.periode, self._pas)
        )

    def check(self, days: Iterable[str], selection: Selection) -> None:
        """Raises BadFilter when there would be too many periods for a démarche that has something
        on these days, the first and the last among them."""
        self._cut(days, selection)

    def _periodes(self, counts: Sequence[DayCount], selection: Selection) -> list[Periode]:
        periode = self._cut((c.jour for c in counts), selection)
        return [periode] if self._pas is None else split(periode, self._pas)

    def _cut(self, days: Iterable[str], selection: Selection) -> Periode:
        """What is cut into periods."""
        lived = _of(days, self._today)
        if self._pas is None:
            return selection.periode or lived
        # Neither steps before the first avis nor steps to come: an open end is no empty century.
        first, last = step(lived.du, self._pas).du, step(max(lived.au, self._today), self._pas).au
        whole = selection.periode or Periode(first, last)
        cut = Periode(max(whole.du, min(first, whole.au)), min(whole.au, max(last, whole.du)))
        if _too_many(cut, self._pas):
            raise BadFilter(Faute("pas", self._pas, _PERIODS))
        return cut

    def _structure(self, demarche: Demarche) -> str:
        return self._catalogue.structures[demarche.structure_id].nom

    def _row(self, tranche: Tranche, line: Line) -> tuple[str | int | float | None, ...]:
        assert line.effectifs is not None  # nothing is withheld
        effectifs, part = line.effectifs, line.part
        return (
            tranche.periode.du.isoformat(),
            tranche.periode.au.isoformat(),
            " ".join(line.questionnaires) or None,
            line.code,
            line.question,
            line.niveaux,
            *effectifs,
            *[None] * (self._widest - len(effectifs)),
            sum(effectifs),
            *_figures(line.score),
            tranche.avis,
            tranche.ouvertures,
            tranche.taux_ouverture_avis,
            *((part.part, part.bas, part.haut) if part else (None,) * 3),
        )


def _figures(score: Score | None) -> tuple[str | int | float | None, ...]:
    """What is said of a mark; nothing where there is none to give."""
    if score is None:
        return (None,) * 8
    bas, haut = score.intervalle or (None, None)
    taux = score.taux
    shares: tuple[float | None, ...] = (None,) * 3
    if taux:
        shares = taux.satisfaits.part, taux.neutres.part, taux.insatisfaits.part
    return score.note_sur_10, bas, haut, score.classe, *shares, score.net


def _too_many(periode: Periode, pas: Pas) -> bool:
    return (periode.au - periode.du).days > MOST * _SHORTEST[pas]


def _of(days: Iterable[str], today: date) -> Periode:
    """From the first of these days to the last one; without any, today."""
    jours = list(days) or [today.isoformat()]
    return Periode(date.fromisoformat(min(jours)), date.fromisoformat(max(jours)))


def _within(counts: Iterable[DayCount], periodes: Sequence[Periode]) -> list[list[DayCount]]:
    """The counts of each period; periods follow each other without a gap."""
    starts = [periode.du.isoformat() for periode in periodes]
    found: list[list[DayCount]] = [[] for _ in periodes]
    for count in counts:
        found[bisect_right(starts, count.jour) - 1].append(count)
    return found


def _sum(counts: Iterable[DayCount], dimension: str) -> int:
    return sum(c.n for c in counts if c.dimension == dimension)
