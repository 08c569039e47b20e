"""Where a figure comes from: the addresses that give the same one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from admin_ui.tableau.demande import Demande
from collector.asked.periode import Periode
from collector.domain import Demarche


@dataclass(frozen=True, slots=True)
class Adresse:
    """`fichier`: for who is signed in and may download. `api`: for a program with a token."""

    fichier: str
    api: str


class Adresses:
    """The addresses of the figures of one démarche under one filter. `admin` and `collecteur` are
    what they begin with."""

    def __init__(self, demarche: Demarche, demande: Demande, admin: str, collecteur: str) -> None:
        self._slug, self._demande = demarche.slug, demande
        self._admin, self._collecteur = admin, collecteur

    def scores(self, **changes: str | None) -> Adresse:
        """Figures of the period, in one; by steps when `pas` says so, or of one `bouton`."""
        return self._of("scores", **changes)

    def scores_of(self, periode: Periode) -> Adresse:
        """The same of another period."""
        return self._of("scores", du=f"{periode.du}", au=f"{periode.au}")

    def avis(self) -> Adresse:
        """The avis themselves."""
        return self._of("avis")

    def fichier(self, table: str, format: str, **changes: str | None) -> str:
        """One file, to download."""
        return f"{self._admin}/exports/{table}.{format}?{self._query(**changes)}"

    def commentaires(self) -> str:
        """The comments of the same avis, as a page."""
        query = self._demande.adresse(pas=None, comparer=None)
        return f"{self._admin}/demarches/{self._slug}/commentaires?{query}"

    def _of(self, table: str, **changes: str | None) -> Adresse:
        query = self._query(**changes)
        return Adresse(
            self.fichier(table, "csv", **changes),
            f"{self._collecteur}/exports/{table}.ndjson?{query}",
        )

    def _query(self, **changes: str | None) -> str:
        return urlencode([("demarche", self._slug), *self._demande.words_of_avis(**changes)])
