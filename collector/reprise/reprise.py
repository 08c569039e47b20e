"""Avis of a file from elsewhere into a store: read once for a report, read again to be stored, all
or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from collector.domain import Avis, Bouton, Catalogue, Demarche, new_code
from collector.reprise.lecture import read_rows
from collector.reprise.plan import Plan, key
from collector.reprise.rapport import Rapport
from collector.reprise.traduction import Repris, Reste, Traduction
from collector.saisie import LONGEST, read_texte
from collector.store.contract import Brought, Store

PAGE = 2_000

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Fichier:
    """What is imported, and how it is read. `liens`: which bouton the name of a link means."""

    path: Path
    plan: Plan
    demarche: Demarche
    fuseau: tzinfo
    now_ms: int
    mask: Callable[[str], str]
    liens: Mapping[str, str] = field(default_factory=dict)

    def read(self, rapport: Rapport) -> Iterator[Repris]:
        """The avis of the file, in its order, and what has no place noted in a report."""
        traduction = Traduction(self.plan, self.demarche.id, self.fuseau, self.now_ms)
        for ligne in read_rows(self.path, lambda name: key(name) in self.plan.colonnes):
            rapport.lignes += 1
            restes: list[Reste] = []
            repris = traduction.avis(ligne, restes)
            rapport.note(ligne, restes)
            if repris is not None:
                yield repris


@dataclass(frozen=True, slots=True)
class Essai:
    """What the first reading found: the report, the boutons by link, and which keys are not new."""

    rapport: Rapport
    boutons: Mapping[str, str]
    connus: frozenset[str]

    @property
    def manquants(self) -> list[str]:
        """Links that lead to no bouton."""
        return sorted(lien for lien in self.rapport.liens if lien not in self.boutons)


async def examine(store: Store, fichier: Fichier, advance: Advance) -> Essai:
    """Read the whole file, and say what importing it would come to. Nothing is changed."""
    rapport = Rapport()
    named = _named(await store.load_catalogue(), fichier)
    # Days of which avis were deleted here: what is brought in of these may be counted already.
    outlived = await store.outlived(fichier.demarche.id)
    gone = {(cell.bouton, cell.jour) for cell, n in outlived.items() if n}
    for cell, n in await store.counters(fichier.demarche.id):
        if cell.questionnaire == fichier.plan.questionnaire.id:
            rapport.avant[cell.dimension, cell.note] += n
    connus: set[str] = set()
    for page in _pages(fichier.read(rapport)):
        advance(len(page))
        known = await store.known(fichier.demarche.id, [each.avis.cle for each in page])
        for lien, avis in page:
            rapport.count(avis, lien)
            if avis.cle in known:
                rapport.connus += 1
                connus.add(avis.cle)
            elif (named.get(key(lien)), avis.jour) in gone:
                rapport.effaces += 1
            else:
                rapport.add(avis)
    boutons = {lien: named[key(lien)] for lien in rapport.liens if key(lien) in named}
    return Essai(rapport, boutons, frozenset(connus))


async def bring(
    store: Store, fichier: Fichier, essai: Essai, advance: Advance
) -> tuple[Brought, dict[str, str]]:
    """Add what is new, and boutons for links that have none: all of it or nothing of the avis.
    The codes of these boutons by link come with it."""
    named = {key(lien): code for lien, code in essai.boutons.items()}
    for lien in essai.manquants:
        if key(lien) not in named:  # one for « Accueil » and « accueil »
            libelle = read_texte(lien[:LONGEST]) if lien else "Sans lien"
            made = Bouton(new_code(), fichier.demarche.id, libelle, "lien")
            await store.add_bouton(made)
            named[key(lien)] = made.code

    def pages() -> Iterator[list[Avis]]:
        for page in _pages(fichier.read(Rapport())):
            advance(len(page))
            new = [each for each in page if each.avis.cle not in essai.connus]
            yield [_stored(each, named[key(each.lien)], fichier.mask) for each in new]

    done = await store.bring(pages(), Counter())
    crees = {lien: named[key(lien)] for lien in essai.manquants}
    return done._replace(known=done.known + len(essai.connus)), crees


def _stored(repris: Repris, bouton: str, mask: Callable[[str], str]) -> Avis:
    verbatim = repris.avis.verbatim
    masked = mask(verbatim) if verbatim else verbatim
    return repris.avis._replace(bouton=bouton, verbatim=masked)


def _pages(every: Iterator[Repris]) -> Iterator[list[Repris]]:
    page: list[Repris] = []
    for repris in every:
        page.append(repris)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _named(catalogue: Catalogue, fichier: Fichier) -> dict[str, str]:
    """Codes of boutons by names of links: what was said of a link, else that of the same name."""
    own = [b for b in catalogue.boutons.values() if b.demarche_id == fichier.demarche.id]
    named = {key(b.libelle): b.code for b in sorted(own, key=lambda b: b.code, reverse=True)}
    return named | {key(lien): code for lien, code in fichier.liens.items()}
