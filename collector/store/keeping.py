"""Tables that move whole with a copy, and their columns, in an order in which they can be filled.

Sessions and one-time links are left behind: people sign in again.
"""

from __future__ import annotations

from collections.abc import Sequence

from collector.store.contract import Row
from collector.store.plain import Query

KEPT = {
    "jeton_api": (
        "id", "nom", "empreinte", "portee", "droits", "cree_le", "expire_le", "vu_le",
        "revoque_le",
    ),
    "journal": ("id", "le", "qui", "action", "sur"),
    "compte": (
        "id", "courriel", "nom", "cree_le", "mot_de_passe", "totp", "totp_pas", "secours", "vu_le",
        "ferme_le",
    ),
    "droit": (
        "id", "compte_id", "role", "structure_id", "demarche_id", "verbatims", "donne_le",
        "donne_par", "contacts",
    ),
    "questionnaire_de": ("questionnaire", "structure_id", "publie_le", "par"),
    "brouillon": ("demarche_id", "contenu", "par", "modifie_le"),
    "en_vigueur": ("demarche_id", "depuis", "questionnaire", "par"),
    "identite": ("emetteur", "sujet", "compte_id", "lie_le", "vu_le"),
    "crochet": ("id", "demarche_id", "url", "graine", "cree_le", "cree_par"),
    "abonnement": ("demarche_id", "genre", "compte_id", "crochet_id", "cree_le"),
    "veille": ("demarche_id", "genre", "prochain_le", "etat"),
    "envoi": (
        "id", "evenement", "genre", "demarche_id", "le", "donnees", "compte_id", "crochet_id",
        "essais", "statut", "raison", "prochain_le", "fini_le",
    ),
    "annotation": ("id", "demarche_id", "jour", "texte", "par", "cree_le"),
    "etiquette": ("id", "structure_id", "nom"),
    "suivi": ("demarche_id", "cle", "recu_le", "etat", "par", "le"),
    "avis_etiquette": ("demarche_id", "cle", "recu_le", "etiquette_id"),
    "retrait": ("demarche_id", "cle", "recu_le", "geste", "motif", "verbatim", "par", "le"),
    "visite": ("demarche_id", "compte_id", "le", "depuis"),
    "contact": (
        "demarche_id", "cle", "courriel", "questionnaire", "langue", "accord_le", "jour",
    ),
    "presence": ("demarche_id", "bouton", "jour", "genre", "valeur", "n"),
    "conservation": ("id", "le", "fini_le", "par", "garde", "effaces", "raison"),
    "horizon": ("avant",),
}  # fmt: skip

NUMBERED = tuple(table for table, columns in KEPT.items() if columns[0] == "id")
"""Those whose rows the engine numbers."""


def reading(table: str) -> Query:
    columns = ", ".join("cast(cle as text)" if name == "cle" else name for name in KEPT[table])
    return f"/* Store.kept */ select {columns} from {table}", ()


def keeping(table: str, rows: Sequence[Row]) -> list[Query]:
    """Statements that put rows of `kept` into a table of another store."""
    columns = KEPT[table]
    places = ", ".join(f"${i + 1}" for i in range(len(columns)))
    sql = f"/* Store.adopt */ insert into {table} ({', '.join(columns)}) values ({places})"
    return [(sql, row) for row in rows]
