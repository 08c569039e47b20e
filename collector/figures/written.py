"""The same figures as JSON, in the shape of schemas/scores.v1.json, and as CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict

from collector.figures.lignes import Line, lines
from collector.figures.mesures import Mesure, Tranche
from collector.figures.multiples import MesureChoix, MesureSuite
from collector.figures.overview import Vue
from collector.figures.shown import Figures
from collector.scores import Ecart


def figures_as_dict(figures: Figures) -> dict[str, object]:
    return {
        "demarche": {
            "slug": figures.demarche.slug,
            "titre": figures.demarche.titre,
            "structure": figures.structure.nom,
        },
        "bouton": figures.filtre.bouton,
        "pas": figures.filtre.pas,
        "seuil_public": figures.rules.threshold,
        "total": _tranche_as_dict(figures.total),
        "periodes": [_tranche_as_dict(tranche) for tranche in figures.tranches],
        "comparaison": _comparaison_as_dict(figures),
        "ruptures": [
            {
                "dimension": rupture.dimension,
                "du": rupture.periode.du.isoformat(),
                "au": rupture.periode.au.isoformat(),
                "avant": rupture.avant,
                "apres": rupture.apres,
            }
            for rupture in figures.ruptures
        ],
    }


def _comparaison_as_dict(figures: Figures) -> dict[str, object] | None:
    if figures.comparaison is None:
        return None
    pairs = zip(figures.total.mesures, figures.comparaison.ecarts, strict=True)
    return {
        "comparer": figures.filtre.comparer,
        "avant": _tranche_as_dict(figures.comparaison.avant),
        "ecarts": [_ecart_as_dict(mesure, ecart) for mesure, ecart in pairs],
    }


def _ecart_as_dict(mesure: Mesure, ecart: Ecart) -> dict[str, object]:
    about = {"dimension": mesure.dimension.code, "questionnaires": mesure.questionnaires}
    return {**about, **asdict(ecart)}


def _tranche_as_dict(tranche: Tranche) -> dict[str, object]:
    return {
        "du": tranche.periode.du.isoformat(),
        "au": tranche.periode.au.isoformat(),
        "en_cours": tranche.en_cours,
        "retenu": tranche.avis is None,
        "avis": tranche.avis,
        "ouvertures": tranche.ouvertures,
        "taux_ouverture_avis": tranche.taux_ouverture_avis,
        "dimensions": [_mesure_as_dict(mesure) for mesure in tranche.mesures],
        **({"choix": [_choix_as_dict(each) for each in tranche.choix]} if tranche.choix else {}),
    }


_WITHHELD = {
    "n": None,
    "note_sur_10": None,
    "affiche": "–",
    "classe": None,
    "intervalle": None,
    "taux": None,
    "net": None,
    "note_sur_5": None,
}


def _mesure_as_dict(mesure: Mesure) -> dict[str, object]:
    return {
        "dimension": mesure.dimension.code,
        "questionnaires": mesure.questionnaires,
        "retenu": mesure.score is None,
        "effectifs": mesure.effectifs,
        **(_WITHHELD if mesure.score is None else asdict(mesure.score)),
    }


def _choix_as_dict(mesure: MesureChoix) -> dict[str, object]:
    options = mesure.options
    return {
        "code": mesure.choix.code,
        "questionnaires": mesure.questionnaires,
        "retenu": options is None,
        "n": mesure.n,
        "options": options
        and [{"code": e.option.code, "n": e.n, "part": e.part and asdict(e.part)} for e in options],
        "suites": [_suite_as_dict(each) for each in mesure.suites],
    }


_JUDGED = ("n", "note_sur_10", "affiche", "classe", "intervalle")


def _suite_as_dict(mesure: MesureSuite) -> dict[str, object]:
    found = mesure.ensemble
    judged = asdict(found.score) if found else _WITHHELD
    return {
        "code": mesure.suite.code,
        "retenu": found is None,
        "effectifs": found and found.effectifs,
        **{name: judged[name] for name in _JUDGED},
        "tete": found and found.tete and asdict(found.tete),
    }


_MAIN = ("dimension", "retenu", "n", "note_sur_10", "affiche", "classe", "intervalle")


def _main_as_dict(mesure: Mesure) -> dict[str, object]:
    whole = _mesure_as_dict(mesure)
    return {name: whole[name] for name in _MAIN}


def overview_as_dict(vue: Vue, base_url: str) -> dict[str, object]:
    qualite = vue.qualite
    return {
        "du": vue.periode.du.isoformat(),
        "au": vue.periode.au.isoformat(),
        "seuil_public": vue.rules.threshold,
        "total": vue.total,
        "page": vue.choix.page,
        "pages": vue.pages,
        "demarches": [
            {
                "slug": each.demarche.slug,
                "titre": each.demarche.titre,
                "structure": each.structure.nom,
                "url": each.demarche.url,
                "resultats": f"{base_url}/resultats/{each.demarche.slug}",
                "scores": f"{base_url}/api/v1/demarches/{each.demarche.slug}/scores",
                "principale": _main_as_dict(each.mesure),
            }
            for each in vue.lignes
        ],
        "taux_qualite": {
            "taux": qualite.taux,
            "note": qualite.bon,
            "minimum": qualite.minimum,
            "bonnes": qualite.bonnes,
            "jugees": qualite.jugees,
            "ecartees": qualite.ecartees,
        },
    }


_COLUMNS = (
    "demarche", "bouton", "portee", "du", "au", "en_cours", "avis", "ouvertures", "dimension",
    "questionnaires", "retenu", "n", "note_sur_10", "classe", "intervalle_bas", "intervalle_haut",
    "effectifs", "part", "part_bas", "part_haut",
)  # fmt: skip


def figures_as_csv(figures: Figures) -> str:
    """Commas, UTF-8, ISO 8601 days, empty where withheld. `portee` is what a line is about: the
    whole period (`total`), a step of it (`pas`), or the one it is compared with (`avant`).
    `effectifs` are counts from the lowest level to the highest, with spaces between. `part` is the
    share of the best level: of an option of a choice (« aide.telephone »: not ticked, ticked), and
    of what is asked about the options.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    tranches = [("total", figures.total), *(("pas", each) for each in figures.tranches)]
    if figures.comparaison:
        tranches.append(("avant", figures.comparaison.avant))
    for portee, tranche in tranches:
        of = (figures.demarche.slug, figures.filtre.bouton, portee)
        days = (tranche.periode.du, tranche.periode.au, _yes(tranche.en_cours))
        begin = (*of, *days, tranche.avis, tranche.ouvertures)
        writer.writerows((*begin, *_cells(each)) for each in lines(tranche))
    return written.getvalue()


def _cells(line: Line) -> Iterator[object]:
    yield from (line.code, " ".join(line.questionnaires), _yes(line.effectifs is None))
    score, part = line.score, line.part
    yield from (None if line.effectifs is None else sum(line.effectifs),)
    yield from (score and score.note_sur_10, score and score.classe)
    yield from (score and score.intervalle) or (None, None)
    yield None if line.effectifs is None else " ".join(map(str, line.effectifs))
    yield from (part.part, part.bas, part.haut) if part else (None, None, None)


def _yes(value: bool) -> str:
    return "true" if value else "false"
