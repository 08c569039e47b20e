"""The démarches that somebody may see, each with how it does: what the first page shows. Pure.

The period is the twelve months up to now, beside the twelve before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal, get_args

from collector.asked.choix import fold
from collector.asked.periode import douze_mois, months, precedente
from collector.domain import Catalogue, Demarche, Structure
from collector.figures.mesures import Question, questions, same_question
from collector.scores import Ecart, Score, Thresholds, compare, mean, merge, score
from collector.store.listing import MonthAnswers
from collector.wording import tenth

Tri = Literal["titre", "note", "avis", "ecart"]

PAGE = 50
MAX_Q = 200
# A box of 72 by 28, and marks of 0 to 10 over 24 units of its height.
_WIDTH, _BOTTOM, _UNIT = 72.0, 26.0, 2.4


@dataclass(frozen=True, slots=True)
class Demande:
    """What is asked for. `archivees`: those that are archived, instead of all others."""

    q: str = ""
    tri: Tri = "titre"
    archivees: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Ligne:
    """One démarche, the answers to its main question, and what changed. `points` are the marks of
    the twelve months, None where nobody answered."""

    demarche: Demarche
    structure: Structure
    score: Score
    ecart: Ecart
    points: tuple[float | None, ...]

    @property
    def trait(self) -> str:
        """The marks as the path of a drawing; a month without one is a gap."""
        return trait(self.points)


@dataclass(frozen=True, slots=True)
class Liste:
    """One page of what is asked for. `archivees` and `total` are of all there is to see."""

    demande: Demande
    lignes: tuple[Ligne, ...]
    trouvees: int
    total: int
    archivees: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.trouvees // PAGE))

    @property
    def groupes(self) -> list[tuple[Structure | None, list[Ligne]]]:
        """The lines by structure, where they are of several; else, and in any other order than by
        title, all of them together."""
        if self.demande.tri != "titre" or len({each.structure.id for each in self.lignes}) < 2:
            return [(None, list(self.lignes))]
        return [
            (structure, list(lignes))
            for structure, lignes in groupby(self.lignes, key=lambda each: each.structure)
        ]


def parse_demande(query: Mapping[str, str]) -> Demande:
    """What an address asks for; what it cannot mean is left out, and nobody is locked out."""
    tri, page = query.get("tri", ""), query.get("page", "")
    return Demande(
        q=query.get("q", "").strip()[:MAX_Q],
        tri=tri if tri in get_args(Tri) else "titre",  # type: ignore[arg-type]
        archivees="archivees" in query,
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 else 1,
    )


def period(today: date) -> tuple[str, str]:
    """The first and the last month that are looked at, YYYY-MM."""
    now = douze_mois(today)
    return months(precedente(now))[0], months(now)[-1]


def main_codes(catalogue: Catalogue, demarches: Iterable[Demarche]) -> set[str]:
    """The codes of the main questions of these démarches."""
    return {catalogue.questionnaires[each.questionnaire].principale.code for each in demarches}


def meant(
    catalogue: Catalogue, visible: Iterable[Demarche], demande: Demande
) -> Sequence[Demarche]:
    """Those of the visible that are asked for, by structure and title."""
    found = [
        each
        for each in visible
        if each.archivee == demande.archivees and _is_meant(each, catalogue, demande.q)
    ]
    return sorted(found, key=lambda each: _name(each, catalogue))


def looked_at(found: Sequence[Demarche], demande: Demande) -> Sequence[Demarche]:
    """Those whose answers are needed: where the order does not rest on them, one page."""
    return found[_page(demande)] if demande.tri == "titre" else found


def make_list(
    catalogue: Catalogue,
    visible: Collection[Demarche],
    counts: Iterable[MonthAnswers],
    demande: Demande,
    today: date,
    thresholds: Thresholds,
) -> Liste:
    """The page asked for; `visible` are all that may be seen, `counts` the answers over `period` of
    those that are `looked_at`."""
    by_demarche: defaultdict[int, list[MonthAnswers]] = defaultdict(list)
    for count in counts:
        by_demarche[count.demarche_id].append(count)
    asked = _Asked(catalogue)
    found = meant(catalogue, visible, demande)
    lignes = [
        _ligne(each, asked, by_demarche[each.id], today, thresholds)
        for each in looked_at(found, demande)
    ]
    if demande.tri != "titre":
        lignes = sorted(lignes, key=lambda each: _rank(each, demande.tri))[_page(demande)]
    archived = sum(each.archivee for each in visible)
    return Liste(
        demande=demande,
        lignes=tuple(lignes),
        trouvees=len(found),
        total=len(visible) - archived,
        archivees=archived,
    )


def _page(demande: Demande) -> slice:
    start = PAGE * (demande.page - 1)
    return slice(start, start + PAGE)


class _Asked:
    """The main question of each questionnaire, worked out once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._known: dict[str, Question] = {}

    def of(self, id: str) -> Question:
        if id not in self._known:
            main = self.catalogue.questionnaires[id].principale
            found = questions([id], self.catalogue)
            self._known[id] = next(q for q in found if same_question(q.dimension, main))
        return self._known[id]


def _is_meant(demarche: Demarche, catalogue: Catalogue, q: str) -> bool:
    structure = catalogue.structures[demarche.structure_id]
    text = fold(f"{demarche.titre} {structure.nom} {demarche.slug}")
    return all(word in text for word in fold(q).split())


def _name(demarche: Demarche, catalogue: Catalogue) -> tuple[object, ...]:
    structure = catalogue.structures[demarche.structure_id]
    return fold(structure.nom), structure.id, fold(demarche.titre), demarche.id


def _ligne(
    demarche: Demarche,
    asked: _Asked,
    counts: Sequence[MonthAnswers],
    today: date,
    thresholds: Thresholds,
) -> Ligne:
    now = months(douze_mois(today))
    question = asked.of(demarche.questionnaire)
    by_month = _by_month(question, counts)
    nobody = (0,) * len(question.dimension.niveaux)
    current, before = nobody, nobody
    for mois, levels in by_month.items():
        if mois >= now[0]:
            current = merge(current, levels)
        else:
            before = merge(before, levels)
    return Ligne(
        demarche=demarche,
        structure=asked.catalogue.structures[demarche.structure_id],
        score=score(current, thresholds),
        ecart=compare(before, current),
        points=tuple(_mark(by_month.get(mois, nobody)) for mois in now),
    )


def _by_month(question: Question, counts: Sequence[MonthAnswers]) -> dict[str, list[int]]:
    """How many answered each level, the lowest first, in each month that has answers."""
    found: dict[str, list[int]] = {}
    for c in filter(question.counts, counts):
        levels = found.setdefault(c.mois, [0] * len(question.dimension.niveaux))
        levels[c.note - 1] += c.n
    return found


def _mark(levels: Sequence[int]) -> float | None:
    found = mean(levels)
    return None if found is None else float(found)


def _rank(ligne: Ligne, tri: Tri) -> tuple[bool, float]:
    """What there is to do something about comes first; what says nothing, last. Else by name, in
    which order they are already."""
    match tri:
        case "note":
            value = ligne.score.note_sur_10
        case "ecart":
            value = ligne.ecart.ecart
        case _:
            value = -float(ligne.score.n)
    return value is None, value or 0.0


def trait(points: Sequence[float | None]) -> str:
    """A path through the marks, from left to right; one that stands alone is a short dash."""
    step = _WIDTH / max(len(points) - 1, 1)
    path = ""
    for i, mark in enumerate(points):
        if mark is None:
            continue
        at = f"{tenth(i * step)} {tenth(_BOTTOM - _UNIT * mark)}"
        follows = i > 0 and points[i - 1] is not None
        alone = not follows and (i + 1 == len(points) or points[i + 1] is None)
        path += f"{'L' if follows else 'M'}{at}{'h2' if alone else ''}"
    return path
