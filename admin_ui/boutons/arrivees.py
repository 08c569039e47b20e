"""What reaches a bouton, in words: from where, by which widget, what was refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

from collector import presence
from collector.domain import Bouton
from collector.errors import Refusal
from collector.releases import Releases
from collector.store.presence import AUTRES, Seen

JOURS = 30

# What a refusal means to who looks after the page, and what to do; any other one has its own title.
PHRASES: Mapping[str, str] = {
    "origine_refusee": "La page est sur un site qui n’est pas dans la liste du bouton. "
    "Ajoutez-le s’il est à vous.",
    "bouton_ferme": "Le bouton était fermé, ou la démarche archivée. Retirez-le de la page, ou "
    "rouvrez-le.",
    "jeton_absent": "Un programme a envoyé un avis sans le jeton du formulaire. Un avis de "
    "programme demande un jeton d’API.",
    "jeton_invalide": "Le jeton du formulaire n’a pas été donné ici pour ce bouton : une réponse "
    "du collecteur gardée en cache, ou un programme à corriger.",
    "jeton_perime": "Le formulaire était resté ouvert trop longtemps. Le widget en redemande un "
    "de lui-même : rien à faire.",
    "jeton_api_absent": "Un programme s’est présenté sans jeton d’API lisible.",
    "jeton_api_inconnu": "Un programme s’est présenté avec un jeton d’API inconnu.",
    "jeton_api_perime": "Un programme s’est présenté avec un jeton d’API périmé ou révoqué.",
    "droit_absent": "Un programme s’est présenté avec un jeton d’API sans le droit « deposer ».",
    "bouton_inconnu": "Un programme s’est présenté avec un jeton d’API d’une autre démarche.",
    "avis_invalide": "L’avis ne répondait pas aux questions de ce questionnaire. Une page ouverte "
    "depuis longtemps, ou un programme à corriger.",
    "cle_deja_prise": "La clé de l’avis avait déjà servi pour un autre bouton. Un programme à "
    "corriger.",
    "delai_depasse": "L’avis avait plus d’une heure et ne pouvait plus changer. Ce qui était "
    "enregistré le reste : rien à faire.",
    "trop_de_demandes": "Trop d’avis en peu de temps, sans doute d’un programme. Rien à faire si "
    "cela ne dure pas.",
    "trop_grand": "L’avis était trop long.",
    "file_pleine": "Le collecteur recevait trop d’avis à la fois. La personne a pu recommencer.",
    "stockage_indisponible": "La base de données ne répondait pas. La personne a pu recommencer.",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A site, how often the form was opened there, how many avis came from it, the last day."""

    nom: str
    ouvertures: int
    avis: int
    dernier: date


@dataclass(frozen=True, slots=True)
class Vue:
    """A value, how often, the last day, and what there is to say of it."""

    nom: str
    n: int
    dernier: date
    phrase: str
    ancienne: bool = False


@dataclass(frozen=True, slots=True)
class Arrivees:
    """What was seen over JOURS days."""

    sites: tuple[Site, ...]
    versions: tuple[Vue, ...]
    refus: tuple[Vue, ...]
    refuses: tuple[Vue, ...]

    @property
    def vides(self) -> bool:
        return not (self.sites or self.versions or self.refus or self.refuses)


def first_jour(today: date) -> date:
    return today - timedelta(days=JOURS - 1)


def arrivees(seen: Sequence[Seen], bouton: Bouton, releases: Releases, own_host: str) -> Arrivees:
    """`own_host` is the collector's own, as `presence.site` names it."""
    return Arrivees(
        sites=tuple(_sites(seen, own_host)),
        versions=tuple(_version(each, releases) for each in _of(seen, presence.VERSION)),
        refus=tuple(_refus(each) for each in _of(seen, presence.REFUS)),
        refuses=tuple(_refuse(each, bouton) for each in _of(seen, presence.ORIGINE_REFUSEE)),
    )


def _of(seen: Sequence[Seen], genre: str) -> list[Seen]:
    return sorted((each for each in seen if each.genre == genre), key=lambda e: (-e.n, e.valeur))


def _sites(seen: Sequence[Seen], own_host: str) -> list[Site]:
    ouvertures = {each.valeur: each for each in _of(seen, presence.OUVERTURE)}
    avis = {each.valeur: each for each in _of(seen, presence.AVIS)}
    found = []
    for nom in {**avis, **ouvertures}:
        both = [each[nom] for each in (ouvertures, avis) if nom in each]
        found.append(
            Site(
                nom=_named(nom, own_host),
                ouvertures=ouvertures[nom].n if nom in ouvertures else 0,
                avis=avis[nom].n if nom in avis else 0,
                dernier=date.fromisoformat(max(each.dernier for each in both)),
            )
        )
    return sorted(found, key=lambda each: (-each.avis, -each.ouvertures, each.nom))


def _named(site: str, own_host: str) -> str:
    if site == own_host:
        return f"{site} (la page du formulaire)"
    return {
        presence.SANS_ORIGINE: "sans origine (un programme)",
        presence.ADRESSE_IP: "une adresse IP, sans nom",
        presence.ILLISIBLE: "une origine illisible",
        AUTRES: "d’autres sites",
    }.get(site, site)


def _version(seen: Seen, releases: Releases) -> Vue:
    newest = releases.newest
    nom, dernier = seen.valeur, date.fromisoformat(seen.dernier)
    if nom == newest:
        return Vue(nom, seen.n, dernier, "La plus récente.")
    if nom in releases.versions:
        phrase = f"Marche toujours ; la plus récente est la {newest}."
    elif nom == AUTRES:
        nom, phrase = "d’autres versions", "Trop de versions différentes en un jour."
    else:
        phrase = "N’est pas une version publiée."
    return Vue(nom, seen.n, dernier, phrase, ancienne=True)


def _refus(seen: Seen) -> Vue:
    title = _titles().get(seen.valeur, "Autre refus")
    phrase = PHRASES.get(seen.valeur, "")
    return Vue(title, seen.n, date.fromisoformat(seen.dernier), phrase)


def _titles() -> dict[str, str]:
    """What every refusal there is says first, by its code."""
    found: dict[str, str] = {}
    waiting: list[type[Refusal]] = Refusal.__subclasses__()
    while waiting:
        each = waiting.pop()
        found[each.code] = each.title["fr"]
        waiting += each.__subclasses__()
    return found


def _refuse(seen: Seen, bouton: Bouton) -> Vue:
    known = {_host(origine) for origine in bouton.origines}
    nom = _named(seen.valeur, "")
    phrase = ""
    if seen.valeur.partition(":")[0] in known:
        phrase = (
            "Ce nom est dans la liste, mais avec un autre port ou sans https : l’origine doit être "
            "la même, signe pour signe."
        )
    elif f"www.{seen.valeur}" in known or seen.valeur.removeprefix("www.") in known:
        phrase = "Dans la liste, ce nom est écrit autrement (avec ou sans « www. »)."
    return Vue(nom, seen.n, date.fromisoformat(seen.dernier), phrase)


def _host(origine: str) -> str:
    return urlsplit(origine).hostname or ""
