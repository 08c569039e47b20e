"""`jdma import --format jdma|csv`: avis that another service exported."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import NamedTuple

from collector.acces import Entree
from collector.commands.common import fail, print_json, progress, say, say_wrapped, settings_of
from collector.commands.jeton import OPERATOR, now
from collector.domain import AVIS, Catalogue, Demarche
from collector.formats.reading import FileRefused
from collector.privacy.masquage import mask
from collector.reprise.dates import FUSEAUX
from collector.reprise.plan import (
    JAMAIS,
    OF_A_ROW,
    Plan,
    key,
    plan_of_file,
    plan_of_questionnaire,
)
from collector.reprise.recit import nom_du_lien, sentences
from collector.reprise.reprise import Advance, Essai, Fichier, bring, examine
from collector.serve import opened, prepare_new
from collector.store.contract import Brought, Store
from collector.wording import nombre

EXPORT = "export"
FORMATS = (EXPORT, "jdma", "csv")
REFUSER, CREER = "refuser", "creer"


@dataclass(frozen=True, slots=True)
class Demande:
    """What is asked of the command, as it was typed."""

    source: Path
    format: str
    demarche: str
    questionnaire: str
    liens: tuple[str, ...]
    boutons: str
    colonnes: tuple[str, ...]
    valeurs: tuple[str, ...]
    fuseau: str
    laisser: bool


class Fini(NamedTuple):
    """The file, its report, what stands in the way of importing it; what was imported, and the
    boutons that were made for it, by link."""

    fichier: Fichier
    essai: Essai
    refus: list[str]
    fait: Brought | None = None
    crees: Mapping[str, str] = {}


def reprise_command(demande: Demande, dry_run: bool, database: str | None, as_json: bool) -> None:
    """Report what the file comes to; then, but for a dry run, import it whole or not at all."""
    _one_of("format", demande.format, FORMATS)
    _one_of("boutons", demande.boutons, (REFUSER, CREER))
    fuseau = FUSEAUX[_one_of("fuseau", demande.fuseau, FUSEAUX)]

    async def work() -> Fini:
        async with opened(settings_of(database)) as store:
            await store.claim_alone()
            await prepare_new(store)
            fichier = _fichier(demande, await store.load_catalogue(), fuseau)
            with progress() as bar:
                task = bar.add_task("Avis", total=None)
                return await _import(
                    store, demande, fichier, dry_run, lambda n: bar.advance(task, n)
                )

    try:
        fini = asyncio.run(work())
    except FileRefused as error:
        fail(f"{error} Aucun avis n’est importé.")
    except OSError as error:
        fail(f"{demande.source} ne se lit pas : {error.strerror}.")
    _tell(fini, demande, as_json)
    if fini.refus and dry_run:
        fail(f"sans --dry-run, cette commande serait refusée. {' '.join(fini.refus)}")
    if fini.refus:
        fail(f"{' '.join(fini.refus)} Aucun avis n’est importé.")


async def _import(
    store: Store, demande: Demande, fichier: Fichier, dry_run: bool, advance: Advance
) -> Fini:
    essai = await examine(store, fichier, advance)
    refus = list(_refusals(essai, demande))
    if dry_run or refus:
        return Fini(fichier, essai, refus)
    done, crees = await bring(store, fichier, essai, advance)
    sur = {"source": demande.source.name, "demarche": demande.demarche, **done._asdict()}
    await store.add_entree(Entree(now(), OPERATOR, "import", sur))
    return Fini(fichier, essai, refus, done, crees)


def _refusals(essai: Essai, demande: Demande) -> Iterator[str]:
    """What has to be said yes to before anything is imported."""
    if essai.manquants and demande.boutons == REFUSER:
        liens = ", ".join(map(nom_du_lien, essai.manquants))
        yield (f'Aucun bouton pour {liens} : dites lequel (--lien "Nom=code"), ou --boutons creer.')
    if demande.format == "jdma" and essai.rapport.lignes and not essai.rapport.avis:
        yield "Est-ce un export du bouton national ? Pour un autre service : --format csv."
    if essai.rapport.sans_place and not demande.laisser:
        n = nombre(essai.rapport.sans_place)
        yield f"{n} réponse(s) ou ligne(s) n’ont pas de place : --laisser importe le reste."


def _tell(fini: Fini, demande: Demande, as_json: bool) -> None:
    plan, rapport = fini.fichier.plan, fini.essai.rapport
    boutons = {**fini.essai.boutons, **fini.crees}
    if as_json:
        said = rapport.as_dict(plan.questionnaire, boutons)
        fait = fini.fait._asdict() if fini.fait else None
        print_json({**said, "refus": fini.refus, "fait": fait})
        return
    for line in sentences(rapport, plan, boutons, demande.boutons == CREER, [*fini.crees]):
        say_wrapped(line)
    if fini.fait:
        say(f"{fini.fait.added} avis importés, {fini.fait.known} y étaient déjà.")
    elif not fini.refus:
        say_wrapped(f"Rien n’est changé. Sans --dry-run, {_would(fini)}.")


def _would(fini: Fini) -> str:
    """What the same command would do."""
    done = [f"{nombre(fini.essai.rapport.effectifs[AVIS, 1])} avis seraient importés"]
    if made := {key(lien) for lien in fini.essai.manquants}:
        done.append(f"{len(made)} bouton(s) créé(s)")
    if n := fini.essai.rapport.sans_place:
        done.append(f"{nombre(n)} réponse(s) ou ligne(s) laissée(s) (--laisser)")
    return ", ".join(done)


# What was typed, checked


def _fichier(demande: Demande, catalogue: Catalogue, fuseau: tzinfo) -> Fichier:
    demarche = catalogue.by_slug(demande.demarche)
    if demarche is None:
        fail(f"demarche « {demande.demarche} » : il faut le slug d’une démarche, --demarche.")
    return Fichier(
        demande.source,
        _plan(demande, catalogue),
        demarche,
        fuseau,
        time.time_ns() // 1_000_000,
        _masked,
        dict(_liens(demande, catalogue, demarche)),
    )


def _masked(verbatim: str) -> str:
    return mask(verbatim).texte


def _plan(demande: Demande, catalogue: Catalogue) -> Plan:
    known = catalogue.questionnaires
    if demande.format == "csv":
        plan = plan_of_questionnaire(known[_one_of("questionnaire", demande.questionnaire, known)])
    else:
        plan = plan_of_file(demande.format, known)
    meanings = {*OF_A_ROW, JAMAIS, *plan.valeurs}
    for given in demande.colonnes:
        meaning, heading = _pair("colonne", given)
        plan = plan.named({heading: _one_of("colonne", meaning, meanings)})
    for given in demande.valeurs:
        where, answer = _pair("valeur", given, last=True)
        question, _, text = where.partition(":")
        known_answers = plan.valeurs[_one_of("valeur", question, plan.valeurs)]
        plan = plan.valued(question, {text: _answer(answer, known_answers)})
    return plan


def _answer(text: str, known: Mapping[str, int | str]) -> int | str:
    meant = {str(value): value for value in known.values()}
    return meant[_one_of("valeur", text, meant)]


def _liens(demande: Demande, catalogue: Catalogue, demarche: Demarche) -> Iterator[tuple[str, str]]:
    for given in demande.liens:
        lien, code = _pair("lien", given, last=True)
        bouton = catalogue.boutons.get(code)
        if bouton is None or bouton.demarche_id != demarche.id:
            fail(f"lien « {given} » : il faut le code d’un bouton de {demarche.slug}.")
        yield lien, code


def _pair(name: str, text: str, last: bool = False) -> tuple[str, str]:
    """What stands on both sides of « = »: of the last one, where the first side is free text."""
    before, sign, after = text.rpartition("=") if last else text.partition("=")
    if not sign:
        fail(f"{name} « {text} » : il faut un signe = au milieu.")
    return before, after


def _one_of(name: str, text: str, known: Mapping[str, object] | set[str] | tuple[str, ...]) -> str:
    if text not in known:
        fail(f"{name} « {text} » : il faut l’un de {', '.join(sorted(known))}.")
    return text
