"""What is found of a page that was pasted, and what it is judged by. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from collector.config import origin_of
from collector.domain import Bouton, Catalogue
from collector.releases import Releases

Etat = Literal["bon", "attention", "faux"]

_LONGEST = 120  # characters of what was pasted that are shown again


@dataclass(frozen=True, slots=True)
class Constat:
    """One finding, as a sentence. `a_copier` is what to write, where that is the remedy."""

    etat: Etat
    phrase: str
    a_copier: str = ""


@dataclass(frozen=True, slots=True)
class Attendu:
    """What a page is judged by: the bouton, where its collector is, the releases there are.
    `adresse` is that of the page, where it was given."""

    bouton: Bouton
    catalogue: Catalogue
    base_url: str
    releases: Releases
    adresse: str = ""

    @property
    def origin(self) -> str:
        return origin_of(self.base_url)

    @property
    def cadre(self) -> bool:
        """Whether the bouton asks more than the widget's script draws."""
        demarche = self.catalogue.demarches[self.bouton.demarche_id]
        return self.catalogue.questionnaires[demarche.questionnaire].cadre

    def whole(self, url: str) -> str:
        """An address as the page means it."""
        try:
            return urljoin(self.adresse, url)
        except ValueError:
            return url

    def ours(self, url: str) -> str | None:
        """The path of an address of this collector, None for any other."""
        whole = self.whole(url)
        if origin_or_none(whole) != self.origin:
            return None
        path, base = urlsplit(whole).path, urlsplit(self.base_url).path
        return path.removeprefix(base) if path.startswith(f"{base}/") else None


def origin_or_none(url: str) -> str | None:
    try:
        return origin_of(url)
    except ValueError:
        return None


def shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
