"""What a query asks for, within what one may see: words in an address to a Selection. Pure.

One parser for lists, downloads and figures, so that the same words always mean the same avis. A
word that is not known is refused: a filter that is left out without a word gives other figures.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import get_args

from collector.asked.filtre import Comparer
from collector.asked.jours import parse_jours
from collector.asked.periode import Pas
from collector.asked.recherche import parse_recherche
from collector.asked.selection import Selection, Statut
from collector.domain import Catalogue, Demarche, Texte
from collector.errors import BadFilter, Faute, UnknownDemarche
from collector.options import noms

MOST = 100  # parameters of one address

FILTERS = frozenset(
    {"demarche", "structure", "bouton", "du", "au", "questionnaire", "q", "avec_verbatim", "statut"}
)
NOTE = "note."
_REPEATED = frozenset({"demarche", "structure"})

_ONCE: Texte = {"fr": "une seule fois", "en": "only once"}
_BOUTON: Texte = {"fr": "un bouton de ces démarches", "en": "a bouton of these procedures"}
_STRUCTURE: Texte = {"fr": "le nom ou le numéro d’une structure", "en": "a structure’s name or id"}
_LEVELS: Texte = {
    "fr": "des niveaux de 1 à 10, séparés par des virgules",
    "en": "levels from 1 to 10, separated by commas",
}
_NIVEAUX = frozenset(map(str, range(1, 11)))
_YES: Texte = {"fr": "oui | non", "en": "oui | non"}

Query = Sequence[tuple[str, str]]
"""The parameters of an address, in order."""


def parse_selection(
    query: Query,
    catalogue: Catalogue,
    visible: Mapping[int, Demarche],
    others: Collection[str] = (),
) -> Selection:
    """The Selection of a query; `others` are the parameters that mean something else there.

    Without `demarche` and `structure`, everything `visible` is meant. Raises BadFilter, or
    UnknownDemarche for one that is not visible, as for one that does not exist.
    """
    check_names(query, FILTERS | {*others}, notes=True)
    asked = dict(query)
    demarches = _demarches(query, catalogue, visible)
    bouton = _bouton(asked.get("bouton"), catalogue, demarches)
    if bouton is not None:  # no other has avis of it, and figures are not to say so of each
        demarches = frozenset({catalogue.boutons[bouton].demarche_id})
    return Selection(
        demarches=tuple(sorted(demarches)),
        periode=parse_jours(asked) if "du" in asked or "au" in asked else None,
        bouton=bouton,
        questionnaire=_one_of(
            "questionnaire", asked.get("questionnaire"), catalogue.questionnaires
        ),
        notes=tuple(_notes(query, catalogue)),
        recherche=parse_recherche(asked["q"]) if "q" in asked else None,
        avec_verbatim=_yes(asked.get("avec_verbatim")),
        statut=_one_of("statut", asked.get("statut"), get_args(Statut)) or "compte",  # type: ignore[arg-type]
    )


def parse_pas(asked: Mapping[str, str]) -> Pas | None:
    """The step of figures. Raises BadFilter."""
    return _one_of("pas", asked.get("pas"), get_args(Pas))  # type: ignore[return-value]


def parse_comparer(asked: Mapping[str, str]) -> Comparer | None:
    """With which other period. Raises BadFilter."""
    return _one_of("comparer", asked.get("comparer"), get_args(Comparer))  # type: ignore[return-value]


def noted(query: Query) -> list[str]:
    """A filter for the journal: people look for names, which are not kept there."""
    return [f"{name}={value if name != 'q' else '…'}" for name, value in query]


def check_names(query: Query, known: Collection[str], notes: bool = False) -> None:
    """Return when every parameter has a known name, and stands there once. Raises BadFilter."""
    if len(query) > MOST:
        most: Texte = {"fr": f"au plus {MOST} paramètres", "en": f"at most {MOST} parameters"}
        raise BadFilter(Faute("filtre", f"{len(query)} paramètres", most))
    seen: set[str] = set()
    for name, value in query:
        if name not in known and not (notes and name.startswith(NOTE)):
            words = " | ".join(sorted(known)) + (f" | {NOTE}…" if notes else "")
            raise BadFilter(Faute(name, value, {"fr": words, "en": words}))
        if name in seen and name not in _REPEATED:
            raise BadFilter(Faute(name, value, _ONCE))
        seen.add(name)


def _demarches(
    query: Query, catalogue: Catalogue, visible: Mapping[int, Demarche]
) -> frozenset[int]:
    found = frozenset(visible)
    if slugs := [value for name, value in query if name == "demarche"]:
        found &= {_visible(slug, catalogue, visible) for slug in slugs}
    if structures := [value for name, value in query if name == "structure"]:
        found &= frozenset().union(*(_of(each, catalogue, visible) for each in structures))
    return found


def _visible(slug: str, catalogue: Catalogue, visible: Mapping[int, Demarche]) -> int:
    demarche = catalogue.by_slug(slug)
    if demarche is None or demarche.id not in visible:
        raise UnknownDemarche(demarche=slug)
    return demarche.id


def _of(asked: str, catalogue: Catalogue, visible: Mapping[int, Demarche]) -> frozenset[int]:
    """What is visible of a structure and its children; without any, it is as good as unknown."""
    named = [s.id for s in catalogue.structures.values() if asked in (str(s.id), s.nom)]
    within = catalogue.with_children(named)
    found = frozenset(id for id, d in visible.items() if d.structure_id in within)
    if not found:
        raise BadFilter(Faute("structure", asked, _STRUCTURE))
    return found


def _bouton(code: str | None, catalogue: Catalogue, demarches: Collection[int]) -> str | None:
    if code is None:
        return None
    bouton = catalogue.boutons.get(code)
    if bouton is None or bouton.demarche_id not in demarches:
        raise BadFilter(Faute("bouton", code, _BOUTON))
    return code


def _notes(query: Query, catalogue: Catalogue) -> list[tuple[str, frozenset[int]]]:
    """`note.effort=1,2`: the levels wanted of a dimension; `note.aide.telephone=1`: an option that
    was ticked."""
    known = {name for each in catalogue.questionnaires.values() for name in noms(each)}
    found = []
    for name, value in query:
        if name.startswith(NOTE):
            code = _one_of(name, name.removeprefix(NOTE), known)
            levels = value.split(",")
            if len(levels) > len(_NIVEAUX) or not _NIVEAUX.issuperset(levels):
                raise BadFilter(Faute(name, value, _LEVELS))
            found.append((str(code), frozenset(map(int, levels))))
    return sorted(found)


def _yes(asked: str | None) -> bool | None:
    if asked is not None and asked not in ("oui", "non"):
        raise BadFilter(Faute("avec_verbatim", asked, _YES))
    return None if asked is None else asked == "oui"


def _one_of(champ: str, asked: str | None, known: Collection[str]) -> str | None:
    if asked is not None and asked not in known:
        words = " | ".join(sorted(known))
        raise BadFilter(Faute(champ, asked, {"fr": words, "en": words}))
    return asked
