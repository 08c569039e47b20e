"""The report of an import for the person who asked for it: plain words, and the option that would
change each thing. Pure."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from collector.domain import AVIS, PARIS, ChoixMultiple, Questionnaire
from collector.errors import SHOWN, shown
from collector.reprise.plan import JAMAIS, OF_A_ROW, Plan
from collector.reprise.rapport import Rapport, chiffres, histograms
from collector.reprise.traduction import (
    AVENIR,
    DOUBLE,
    INCONNUE,
    JAMAIS_REPRISE,
    SANS_DATE,
    SANS_QUESTION,
    SANS_REPONSE,
    SEULE,
    TROP_LONG,
    VALEUR,
    Reste,
)
from collector.wording import nombre, note, pourcent

_SHELL = set('"$`\\!')  # what means something to it between double quotes


class Motif(NamedTuple):
    """How it is said that something has no place: a title, and what is counted."""

    titre: str
    un: str
    plusieurs: str


MOTIFS = {
    INCONNUE: Motif("Colonnes inconnues", "cellule remplie", "cellules remplies"),
    DOUBLE: Motif("Colonnes de même sens qu’une autre", "cellule remplie", "cellules remplies"),
    JAMAIS_REPRISE: Motif("Colonnes jamais reprises", "cellule remplie", "cellules remplies"),
    VALEUR: Motif("Réponses inconnues", "fois", "fois"),
    SANS_DATE: Motif("Lignes sans date lisible, qui ne sont pas des avis", "ligne", "lignes"),
    AVENIR: Motif("Lignes datées de l’avenir, qui ne sont pas des avis", "ligne", "lignes"),
    SANS_REPONSE: Motif(
        "Lignes sans la réponse obligatoire, qui ne sont pas des avis", "ligne", "lignes"
    ),
    SEULE: Motif("Réponses qui excluent les autres, données avec d’autres", "fois", "fois"),
    SANS_QUESTION: Motif("Réponses à une question qui n’a pas été posée", "fois", "fois"),
    TROP_LONG: Motif("Commentaires trop longs, dont la fin est laissée", "fois", "fois"),
}


def sentences(
    rapport: Rapport, plan: Plan, boutons: Mapping[str, str], creer: bool, crees: Sequence[str] = ()
) -> Iterator[str]:
    """The report, a line each; spaces before a line say what it belongs to. `boutons`: codes by
    link; `creer`: those that are missing may be made, and `crees` were."""
    yield _lignes(rapport)
    if rapport.avis:
        yield f"Du {_at_paris(rapport.premier)} au {_at_paris(rapport.dernier)}, heure de Paris."
        yield "Boutons, par lien d’intégration :"
        for lien, n in sorted(rapport.liens.items()):
            where = _bouton(lien, boutons.get(lien), creer, lien in crees)
            yield f"  {nombre(n)} avis {'du lien ' if lien else ''}{nom_du_lien(lien)} : {where}"
        yield "Réponses à importer, et ce que deviennent les chiffres de la démarche :"
        yield from _questions(rapport, plan.questionnaire)
    yield from _restes(rapport, plan)


def nom_du_lien(lien: str) -> str:
    return f"« {legible(lien)} »" if lien else "sans lien"


def legible(text: str) -> str:
    """What a file says, as a terminal can be given it: one line, and no command to the terminal."""
    return _printable(shown(text))


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else "·" for c in text)


def _typed(option: str, value: str) -> str:
    """An option as it is to be typed, to its end: a title that is cut names no column, and a file
    gives no command to whoever copies it."""
    said = _printable(value)
    return f"{option} {shlex.quote(said)}" if set(said) & _SHELL else f'{option} "{said}"'


def _lignes(rapport: Rapport) -> str:
    if not rapport.lignes:
        return "Aucune ligne sous celle des titres."
    said = [f"{nombre(rapport.effectifs[AVIS, 1])} à importer", f"{nombre(rapport.connus)} déjà là"]
    if rapport.effaces:
        said.append(f"{nombre(rapport.effaces)} comptés ici et déjà effacés")
    many = "s" if rapport.lignes > 1 else ""
    lues = f"{nombre(rapport.lignes)} ligne{many} lue{many}, {nombre(rapport.avis)} avis"
    return f"{lues} : {', '.join(said)}."


def _at_paris(instant: str) -> str:
    """As a file most often has it: in UTC, the right instants look an hour or two wrong."""
    return f"{datetime.fromisoformat(instant).astimezone(PARIS):%d/%m/%Y %H:%M:%S}"


def _bouton(lien: str, code: str | None, creer: bool, cree: bool) -> str:
    if code is not None:
        return f"bouton {code}{', créé' if cree else ''}."
    if creer:
        return "aucun bouton de ce nom ; --boutons creer en crée un."
    return (
        "aucun bouton de ce nom. --boutons creer en crée un ; "
        f'--lien "{legible(lien)}=code" en prend un qui existe.'
    )


# Answers and figures


def _questions(rapport: Rapport, questionnaire: Questionnaire) -> Iterator[str]:
    """A line a question: how many gave each answer, and its figure with its unit."""
    levels = histograms(questionnaire, rapport.effectifs)
    before = chiffres(questionnaire, rapport.avant)
    after = chiffres(questionnaire, rapport.avant + rapport.effectifs)
    for dimension in questionnaire.dimensions:
        names = [each["fr"] for each in dimension.niveaux]
        figure = _mark(before[dimension.code], after[dimension.code])
        yield _question(dimension.code, names, levels[dimension.code], figure)
    for choix in questionnaire.choix:
        names = [option.libelle["fr"] for option in choix.options]
        yield _question(choix.code, names, levels[choix.code], _alone(choix, before, after))
        for suite in choix.suites:
            names = [each["fr"] for each in suite.niveaux]
            was, becomes = before[suite.code], after[suite.code]
            share = len(names) == 2
            figure = _share(names[-1], was, becomes) if share else _mark(was, becomes)
            yield _question(suite.code, names, levels[suite.code], figure)


def _question(code: str, names: Sequence[str], levels: Sequence[int], figure: str) -> str:
    given = ", ".join(f"{name} ({nombre(n)})" for name, n in zip(names, levels, strict=True))
    return f"  {code} : {given if any(levels) else 'aucune réponse'}.{figure}"


def _alone(
    choix: ChoixMultiple, before: Mapping[str, float | None], after: Mapping[str, float | None]
) -> str:
    """The share of who ticked the option that excludes the others."""
    named = [(f"{choix.code}.{o.code}", o.libelle["fr"]) for o in choix.options if o.seule]
    return "".join(_share(libelle, before[code], after[code]) for code, libelle in named)


def _mark(before: float | None, after: float | None) -> str:
    if after is None:
        return ""
    was = f"{note(before)} sur 10 avant, " if before is not None else ""
    return f" Note : {was}{note(after)} sur 10{' après' if was else ''}."


def _share(answer: str, before: float | None, after: float | None) -> str:
    if after is None:
        return ""
    was = f"{pourcent(before)} avant, " if before is not None else ""
    return f" Part de « {answer} » : {was}{pourcent(after)}{' après' if was else ''}."


# What has no place


def _restes(rapport: Rapport, plan: Plan) -> Iterator[str]:
    """By what is wrong, in the order of MOTIFS; then what may be said of it."""
    rank = {motif: i for i, motif in enumerate(MOTIFS)}
    every = sorted(rapport.nombres.items(), key=lambda each: (rank[each[0].motif], each[0]))
    for motif, found in groupby(every, lambda each: each[0].motif):
        listed = list(found)
        yield f"{MOTIFS[motif].titre} :"
        for reste, n in listed:
            yield f"  {_reste(reste, n, rapport.restes[reste])}"
        if conseil := _conseil(motif, listed, rapport.lignes, plan):
            yield f"  {conseil}"


def _reste(reste: Reste, n: int, lines: Sequence[str]) -> str:
    name = f"« {legible(reste.colonne)} »"
    if reste.valeur:
        name += f", « {legible(reste.valeur)} »"
    unit = MOTIFS[reste.motif].un if n == 1 else MOTIFS[reste.motif].plusieurs
    where = ", ".join(map(legible, lines)) + ("…" if n > len(lines) else "")
    return f"{name} : {nombre(n)} {unit} (ligne{'s' if n > 1 else ''} {where})."


def _conseil(motif: str, found: Sequence[tuple[Reste, int]], lignes: int, plan: Plan) -> str:
    """The option that would give these a place, of so many lines."""
    first, n = found[0]
    if motif in (INCONNUE, DOUBLE):
        words = ", ".join((*OF_A_ROW, *plan.valeurs))
        left = _typed("--colonne", f"{JAMAIS}={first.colonne}")
        return (
            f"{left} laisse une colonne de côté ; "
            f'--colonne "sens=Son titre" dit ce qu’elle est ({words}).'
        )
    if motif == VALEUR:
        asked = dict.fromkeys(reste.colonne for reste, _ in found)
        known = " ; ".join(f"{code} : {_meant(plan, code)}" for code in asked)
        first_of = next(iter(plan.valeurs[first.colonne].values()))
        # A report has no more of an answer than this.
        said = first.valeur if len(first.valeur) <= SHOWN else "La réponse entière"
        example = _typed("--valeur", f"{first.colonne}:{said}={first_of}")
        return f"{example}, par exemple, dit ce qu’elle veut dire ({known})."
    if motif in (SANS_DATE, SANS_REPONSE) and n == lignes:
        return f'Aucune ligne n’en a : --colonne "{first.colonne}=Son titre" dit où elle est.'
    return ""


def _meant(plan: Plan, code: str) -> str:
    return ", ".join(dict.fromkeys(str(each) for each in plan.valeurs[code].values()))
