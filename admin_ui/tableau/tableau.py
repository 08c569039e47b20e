"""Counters of one démarche to everything its dashboard shows. Pure.

Figures are those of files and API, made by the same functions (`ScoresRows`); nothing is withheld,
since whoever sees this may read them there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from admin_ui.tableau.demande import Demande
from collector.annotation import Annotation
from collector.asked.periode import Pas
from collector.asked.selection import Selection
from collector.domain import AVIS, Bouton, Catalogue, Demarche, Dimension, Texte
from collector.figures.comparaison import Comparaison, Rupture, as_left, comparaison, ruptures
from collector.figures.courbes import place
from collector.figures.mesures import Mesure, Rules, Tranche, same_question
from collector.figures.multiples import MesureChoix
from collector.figures.releve import Releve
from collector.figures.rows import ScoresRows
from collector.scores import Ecart
from collector.store.contract import DayCount

# A chart of more marks is no longer read, and its table makes a page of more than 60 kB.
MOST_MARKS = 110
MOST_PLACES = 15
_WIDE = 7.0  # of a number below a chart


@dataclass(frozen=True, slots=True)
class Lieu:
    """A bouton, or all those of a territory: its figures, of which `mesure` is the main one."""

    nom: str
    codes: tuple[str, ...]
    tranche: Tranche
    mesure: Mesure | None


@dataclass(frozen=True, slots=True)
class Lieux:
    """Those with the most avis, at most `MOST_PLACES` of all `n`."""

    montres: tuple[Lieu, ...]
    n: int


@dataclass(frozen=True, slots=True)
class Ligne:
    """The answers to one question, beside those of the other period if there is one."""

    mesure: Mesure
    avant: Mesure | None
    ecart: Ecart | None


@dataclass(frozen=True, slots=True)
class Tableau:
    """The figures of a period. `tranches` are its steps; of too many questions or steps to be
    drawn, those there is no room for are left out of `tendance`."""

    total: Tranche
    tranches: tuple[Tranche, ...]
    principale: Mesure
    comparaison: Comparaison | None
    ruptures: tuple[Rupture, ...]
    boutons: Lieux
    territoires: Lieux

    @property
    def lignes(self) -> list[Ligne]:
        """What was asked, question by question."""
        if self.comparaison is None:
            return [Ligne(mesure, None, None) for mesure in self.total.mesures]
        other = self.comparaison
        return [
            Ligne(mesure, _same(other.avant, mesure.dimension), ecart)
            for mesure, ecart in zip(self.total.mesures, other.ecarts, strict=True)
        ]

    @property
    def choix(self) -> list[tuple[MesureChoix, MesureChoix | None]]:
        """The choice questions, each as it was answered in the other period if there is one."""
        other = self.comparaison.avant.choix if self.comparaison else ()
        before = [next((b for b in other if b.choix == m.choix), None) for m in self.total.choix]
        return list(zip(self.total.choix, before, strict=True))

    @property
    def changements(self) -> list[tuple[Rupture, list[Texte]]]:
        """The breaks, those of several questions at once together, with what is asked now."""
        asked = {each.dimension.code: each.dimension.question for each in self.total.mesures}
        found: defaultdict[Rupture, list[Texte]] = defaultdict(list)
        for each in self.ruptures:
            if each.dimension in asked:
                found[replace(each, dimension="")].append(asked[each.dimension])
        return list(found.items())

    @property
    def questionnaires(self) -> list[str]:
        """Those that the answers of the period came by."""
        return sorted({id for mesure in self.total.mesures for id in mesure.questionnaires})

    @property
    def tendance(self) -> Tendance:
        room = MOST_MARKS // max(len(self.tranches), 1)
        chosen = [self.principale, *(m for m in self.total.mesures if m is not self.principale)]
        return Tendance(
            total=_only(self.total, chosen[:room]),
            tranches=tuple(_only(each, chosen[:room]) for each in self.tranches),
            ruptures=self.ruptures,
            is_whole=len(chosen) <= room,
        )


@dataclass(frozen=True, slots=True)
class Tendance:
    """What is drawn of a trend (a `courbes.Suivi`), and whether that is all of it."""

    total: Tranche
    tranches: tuple[Tranche, ...]
    ruptures: tuple[Rupture, ...]
    is_whole: bool


class Calcul:
    """How the figures of one démarche are worked out: with which words, which rules, which day."""

    def __init__(self, catalogue: Catalogue, demarche: Demarche, rules: Rules, today: date) -> None:
        self._catalogue, self._demarche = catalogue, demarche
        self._rules, self._today = rules, today
        self._in_one = self._rows(None)

    def _rows(self, pas: Pas | None) -> ScoresRows:
        return ScoresRows(self._catalogue, self._rules, self._today, pas)

    def tableau(self, demande: Demande, releve: Releve) -> Tableau:
        """Raises BadFilter when there would be more steps than a file may have."""
        [total] = self._steps(releve.etapes, demande.selection)
        steps = self._steps(releve.etapes, demande.selection, demande.pas) if demande.pas else []
        before = self._steps(releve.avant, demande.selection_avant) if demande.avant else []
        met = [_answered(each) for each in (total, *steps)]
        last = [as_left(_answered(each), met[0]) for each in before]
        principale = self._principale(total)
        counted = _by_bouton(releve)
        boutons = self._lieux(self._boutons(demande), counted, demande, principale)
        territoires = self._lieux(self._territoires(demande), counted, demande, principale)
        return Tableau(
            total=total,
            tranches=tuple(steps),
            principale=principale,
            comparaison=comparaison(before[0], total) if before else None,
            ruptures=ruptures([*last, met[0]], [*last, *met[1:]]),
            boutons=boutons,
            territoires=territoires,
        )

    def _steps(
        self, counts: Sequence[DayCount], selection: Selection, pas: Pas | None = None
    ) -> list[Tranche]:
        """The steps of a selection; without `pas`, its period is the one there is."""
        rows = self._in_one if pas is None else self._rows(pas)
        return rows.tranches(self._demarche, counts, selection)

    def _principale(self, total: Tranche) -> Mesure:
        """The main question of today where anybody answered it, else the mandatory one that was
        answered most."""
        today = self._catalogue.questionnaires[self._demarche.questionnaire].principale

        def rank(mesure: Mesure) -> tuple[bool, bool, int]:
            n, asked = sum(mesure.effectifs or ()), mesure.dimension
            return n > 0 and same_question(asked, today), asked.obligatoire, n

        return max(total.mesures, key=rank)

    def _asked(self, demande: Demande) -> list[Bouton]:
        """The bouton asked for, or all."""
        asked = demande.selection.bouton
        return [
            each
            for each in self._catalogue.boutons.values()
            if each.demarche_id == self._demarche.id and asked in (None, each.code)
        ]

    def _boutons(self, demande: Demande) -> list[_Place]:
        return [(each.libelle, [each.code]) for each in self._asked(demande)]

    def _territoires(self, demande: Demande) -> list[_Place]:
        """The boutons of each code; those that have none take that of their structure."""
        where: defaultdict[str, list[str]] = defaultdict(list)
        of_structure = self._catalogue.territoire_of(self._demarche.structure_id)
        for each in self._asked(demande):
            where[each.territoire or of_structure or ""].append(each.code)
        return list(where.items())

    def _lieux(
        self,
        places: Sequence[_Place],
        counted: Mapping[str, Sequence[DayCount]],
        demande: Demande,
        principale: Mesure,
    ) -> Lieux:
        """Figures of those that are shown: of hundreds, they would take longer than the rest."""
        known = [
            (nom, codes, [count for code in codes for count in counted.get(code, ())])
            for nom, codes in places
        ]
        known.sort(key=lambda each: (-_received(each[2]), *each[:2]))
        found = []
        for nom, codes, counts in known[:MOST_PLACES]:
            [tranche] = self._steps(counts, demande.selection)
            mesure = _same(tranche, principale.dimension)
            found.append(Lieu(nom, tuple(codes), tranche, mesure))
        return Lieux(tuple(found), len(places))


_Place = tuple[str, list[str]]
"""A name, and the codes of its boutons."""


@dataclass(frozen=True, slots=True)
class Repere:
    """Where annotations stand on a chart, and their numbers: « 2 », « 2–4 »."""

    x: str
    numeros: str


def reperes(annotations: Sequence[Annotation], tranches: Sequence[Tranche]) -> list[Repere]:
    """Annotations in order; those too near to the one before share its place."""
    found: list[tuple[str, int, int]] = []
    for number, each in enumerate(annotations, 1):
        x = place(each.date, tranches)
        if found and float(x) - float(found[-1][0]) < _WIDE:
            found[-1] = (*found[-1][:2], number)
        else:
            found.append((x, number, number))
    return [Repere(x, f"{a}" if a == b else f"{a}–{b}") for x, a, b in found]


def _by_bouton(releve: Releve) -> dict[str, list[DayCount]]:
    found: defaultdict[str, list[DayCount]] = defaultdict(list)
    for count in releve.boutons:
        found[count.bouton].append(count)
    return found


def _received(counts: Iterable[DayCount]) -> int:
    return sum(count.n for count in counts if count.dimension == AVIS)


def _same(tranche: Tranche, dimension: Dimension) -> Mesure | None:
    return next((m for m in tranche.mesures if same_question(m.dimension, dimension)), None)


def _answered(tranche: Tranche) -> Tranche:
    """Without the questions that nobody answered: they break nothing."""
    return replace(tranche, mesures=tuple(m for m in tranche.mesures if any(m.effectifs or ())))


def _only(tranche: Tranche, chosen: Sequence[Mesure]) -> Tranche:
    """The same questions as those chosen, in their order."""
    found = (_same(tranche, each.dimension) for each in chosen)
    return replace(tranche, mesures=tuple(filter(None, found)))
