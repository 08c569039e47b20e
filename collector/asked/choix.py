"""Which public démarches are asked for: by words, structure, territory; in which order. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from collector.domain import Catalogue, Demarche, Structure, Texte
from collector.errors import BadFilter, Faute
from collector.insee import is_code

Tri = Literal["titre", "note", "avis"]

MAX_Q = 200
_PAGE = re.compile(r"[1-9][0-9]{0,5}")

_TRI: Texte = {"fr": " | ".join(get_args(Tri)), "en": " | ".join(get_args(Tri))}
_STRUCTURE: Texte = {
    "fr": "le nom ou le numéro d’une structure connue",
    "en": "the name or the number of a known structure",
}
_CODE: Texte = {
    "fr": "le code INSEE d’une commune ou d’un département, comme 01053, 2A ou 974",
    "en": "the INSEE code of a commune or a département, such as 01053, 2A or 974",
}
_NUMBER: Texte = {"fr": "un numéro de page, à partir de 1", "en": "the number of a page, from 1"}
_WORDS: Texte = {
    "fr": f"au plus {MAX_Q} caractères",
    "en": f"at most {MAX_Q} characters",
}


@dataclass(frozen=True, slots=True)
class Choix:
    """What is asked for. `q`: words to find, as they were typed. Nothing given: all, by title."""

    q: str = ""
    structure: int | None = None
    territoire: str | None = None
    tri: Tri = "titre"
    page: int = 1


def parse_choix(query: Mapping[str, str], catalogue: Catalogue) -> Choix:
    """What is asked for by `q`, `structure`, `territoire`, `tri`, `page`; what is empty is not.

    Raises BadFilter that names what is wrong.
    """
    given = {name: value.strip() for name, value in query.items() if value.strip()}
    q, tri, page = given.get("q", ""), given.get("tri", "titre"), given.get("page", "1")
    if len(q) > MAX_Q:
        raise BadFilter(Faute("q", q, _WORDS))
    if tri not in get_args(Tri):
        raise BadFilter(Faute("tri", tri, _TRI))
    if not _PAGE.fullmatch(page):
        raise BadFilter(Faute("page", page, _NUMBER))
    structure = _structure(given["structure"], catalogue) if "structure" in given else None
    territoire = given.get("territoire", "").upper() or None
    if territoire and not is_code(territoire):
        raise BadFilter(Faute("territoire", territoire, _CODE))
    return Choix(q, structure, territoire, tri, int(page))  # type: ignore[arg-type]


def chosen(catalogue: Catalogue, choix: Choix) -> list[Demarche]:
    """The public démarches that are meant, by title."""
    words = fold(choix.q).split()
    within = None if choix.structure is None else catalogue.with_children([choix.structure])

    def is_meant(demarche: Demarche) -> bool:
        structure = catalogue.structures[demarche.structure_id]
        if within is not None and structure.id not in within:
            return False
        if choix.territoire and not _covers(
            choix.territoire, catalogue.territoire_of(structure.id)
        ):
            return False
        text = fold(f"{demarche.titre} {structure.nom} {demarche.slug}") if words else ""
        return all(word in text for word in words)

    return [demarche for demarche in catalogue.public() if is_meant(demarche)]


def structures_shown(catalogue: Catalogue) -> list[Structure]:
    """The structures that have public démarches, or whose children do, by name."""
    ids = {demarche.structure_id for demarche in catalogue.demarches.values() if demarche.shown}
    found = {each.id: each for id in ids for each in catalogue.above(id)}
    return sorted(found.values(), key=lambda structure: fold(structure.nom))


def fold(text: str) -> str:
    """A text as one searches for it: no accent, no capital, no ligature."""
    if text.isascii():
        return text.casefold()
    # Twice: what is taken apart may have a capital, and a small letter may have to be taken apart.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(each for each in parts if not unicodedata.combining(each))
    return plain.replace("œ", "oe").replace("æ", "ae")


def _structure(text: str, catalogue: Catalogue) -> int:
    # A structure that shows nothing is as unknown as one that is not.
    for structure in structures_shown(catalogue):
        if text == str(structure.id) or fold(text) == fold(structure.nom):
            return structure.id
    raise BadFilter(Faute("structure", text, _STRUCTURE))


def _covers(asked: str, territoire: str | None) -> bool:
    """Whether a territory is the one asked for, or a commune of that département."""
    if territoire is None:
        return False
    return territoire == asked or (len(asked) < len("01053") and territoire.startswith(asked))
