"""What is configured, as a file beside exported avis: by names, so that another store takes it in.

Ids are each store's own. What a store has already under the same name stays as it is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from collector.coherence import check_coherent
from collector.domain import Bouton, Catalogue, Demarche, Questionnaire, Structure
from collector.errors import Invalid
from collector.parse import Schema
from collector.store.contract import Store, StoreError

FORMAT = "jdma-catalogue-1"
NOM = "catalogue.json"

Content = Mapping[str, Any]


def written(catalogue: Catalogue, texts: Mapping[str, str], demarches: frozenset[int]) -> str:
    """The file for some démarches: them, their boutons, every structure and questionnaire."""
    structures, every = catalogue.structures, catalogue.demarches
    named = [
        {**_named(s), "parent": structures[s.parent].nom if s.parent else None}
        for _, s in sorted(structures.items())
    ]
    content = {
        "format": FORMAT,
        # The order they are added in, so that the store that takes them writes the same file.
        "structures": _parents_first(named),
        "questionnaires": [json.loads(text) for _, text in sorted(texts.items())],
        "demarches": [
            {**_named(d, "structure_id"), "structure": structures[d.structure_id].nom}
            for _, d in sorted(every.items())
            if d.id in demarches
        ],
        "boutons": [
            {**_named(b, "demarche_id"), "demarche": every[b.demarche_id].slug}
            for _, b in sorted(catalogue.boutons.items())
            if b.demarche_id in demarches
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _named(value: Structure | Demarche | Bouton, *others: str) -> dict[str, Any]:
    return {name: each for name, each in asdict(value).items() if name not in ("id", *others)}


def read(file: bytes) -> Content:
    """The content of such a file. Raises StoreError when it is something else."""
    try:
        content: Content = json.loads(file.decode())
        Schema("catalogue.v1.json").check(content)
        schema = Schema("questionnaire.v1.json")
        for each in content["questionnaires"]:
            schema.check(each)
            check_coherent(Questionnaire.from_json(each))
        alone = merged(Catalogue(0, {}, {}, {}, {}), content)
        if all(d.questionnaire in alone.questionnaires for d in alone.demarches.values()):
            return content
    except (ValueError, KeyError, RecursionError, Invalid):
        pass
    raise StoreError(f"{NOM} n’est pas un catalogue écrit par « jdma export ».")


def merged(there: Catalogue, content: Content) -> Catalogue:
    """What a store would have once it took over a file: what is new has an id below zero.

    Raises StoreError when a name, or a number from elsewhere, means another thing there.
    """
    structures = {s.nom: s for s in there.structures.values()}
    for each in _parents_first(content["structures"]):
        parent = each["parent"] and structures[each["parent"]].id
        new = Structure(**{**each, "id": -1 - len(structures), "parent": parent})
        structures.setdefault(new.nom, new)
    demarches = {d.slug: d for d in there.demarches.values()}
    for each in content["demarches"]:
        values = {**each, "externes": tuple(each["externes"]), "id": -1 - len(demarches)}
        values["structure_id"] = structures[values.pop("structure")].id
        _check_free(values["externes"], each["slug"], demarches)
        demarches.setdefault(each["slug"], Demarche(**values))
    boutons = dict(there.boutons)
    for each in content["boutons"]:
        values = {**each, "origines": tuple(each["origines"])}
        values["demarche_id"] = demarches[values.pop("demarche")].id
        bouton = boutons.setdefault(each["code"], Bouton(**values))
        if bouton.demarche_id != values["demarche_id"]:
            raise StoreError(f"Le bouton {bouton.code} est ici celui d’une autre démarche.")
        _check_alone(bouton, boutons)
    return Catalogue(
        there.version,
        {s.id: s for s in structures.values()},
        {d.id: d for d in demarches.values()},
        boutons,
        {**_questionnaires(content), **there.questionnaires},
    )


def _check_free(externes: Sequence[str], slug: str, demarches: Mapping[str, Demarche]) -> None:
    """What a démarche that is new brings along is not another one's."""
    if slug in demarches:
        return
    for other in demarches.values():
        if taken := set(externes).intersection(other.externes):
            numero = min(taken)
            raise StoreError(f"Le numéro {numero} de {slug} est ici celui de {other.slug}.")


def _check_alone(bouton: Bouton, boutons: Mapping[str, Bouton]) -> None:
    same = (bouton.demarche_id, bouton.externe)
    others = (b for b in boutons.values() if bouton.externe and b.code != bouton.code)
    if other := next((b for b in others if (b.demarche_id, b.externe) == same), None):
        numero = bouton.externe
        raise StoreError(f"Le numéro {numero} du bouton {bouton.code} est celui de {other.code}.")


def _questionnaires(content: Content) -> dict[str, Questionnaire]:
    return {each["id"]: Questionnaire.from_json(each) for each in content["questionnaires"]}


async def take_over(store: Store, there: Catalogue, content: Content) -> None:
    """Add to a store, which has `there`, what it does not have yet. Raises StoreError when a name
    means another thing there: a questionnaire with other words, a bouton of another démarche."""
    wanted = merged(there, content)
    await check_words(store, content)
    for each in content["questionnaires"]:
        await store.add_questionnaire(each["id"], json.dumps(each, ensure_ascii=False))
    ids: dict[int | None, int | None] = {id: id for id in (None, *there.structures)}
    for structure in wanted.structures.values():
        if structure.id < 0:
            added = replace(structure, parent=ids[structure.parent])
            ids[structure.id] = await store.add_structure(added)
    places = {id: id for id in there.demarches}
    for demarche in wanted.demarches.values():
        if demarche.id < 0:
            structure_id = ids[demarche.structure_id]
            assert structure_id is not None  # every démarche has one
            added_to = replace(demarche, structure_id=structure_id)
            places[demarche.id] = await store.add_demarche(added_to)
    for code, bouton in wanted.boutons.items():
        if code not in there.boutons:
            await store.add_bouton(replace(bouton, demarche_id=places[bouton.demarche_id]))


async def check_words(store: Store, content: Content) -> None:
    """Return when each questionnaire is there with these words, or not yet; else StoreError."""
    texts = await store.questionnaire_texts()
    for each in content["questionnaires"]:
        if each["id"] in texts and json.loads(texts[each["id"]]) != each:
            raise StoreError(f"Le questionnaire {each['id']} a ici d’autres mots.")


def _parents_first(structures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order in which they can be added: a structure after the one above it."""
    waiting, ordered = list(structures), []
    placed: set[str | None] = {None}
    while waiting:
        ready = [each for each in waiting if each["parent"] in placed]
        if not ready:
            raise StoreError(f"{NOM} : des structures y sont au-dessus d’elles-mêmes.")
        ordered += ready
        placed |= {each["nom"] for each in ready}
        waiting = [each for each in waiting if each not in ready]
    return ordered
