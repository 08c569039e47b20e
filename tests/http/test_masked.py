"""A comment with personal data, by every way that leads in: what is kept of it, and counted."""

from __future__ import annotations

import asyncio

from collector.exchange.importing import Importer
from collector.parse import Schema
from tests.http.test_form import opened, send
from tests.http.test_health import metrics
from tests.world import World, an_avis

SAID = "Rappelez-moi au 06 39 98 12 34 ou à prenom.nom@exemple.fr, dossier du 12/03/2024."
KEPT = (
    "Rappelez-moi au [numéro de téléphone masqué] ou à [adresse e-mail masquée], "
    "dossier du 12/03/2024."
)


def kept(world: World) -> list[str]:
    return [text for (text,) in world.rows("select verbatim from avis")]


def masks(world: World) -> dict[str, float]:
    """What /metrics says of masks, but for kinds that were not seen."""
    found = metrics(world)
    return {genre: n for (name, genre), n in found.items() if n and name == "jdma_masques_total"}


def test_a_comment_is_masked_before_it_is_stored_and_the_masks_are_counted(world: World) -> None:
    assert masks(world) == {}
    assert ("jdma_masques_total", "iban") in metrics(world)
    assert world.post(an_avis(verbatim=SAID)).status_code == 201
    assert kept(world) == [KEPT]
    assert masks(world) == {"telephone": 1, "courriel": 1}


def test_a_comment_of_the_hosted_form_is_masked_too(world: World) -> None:
    answer = send(world, opened(world), verbatim=SAID, **{"note.satisfaction": "2"})
    assert answer.status_code == 303
    assert kept(world) == [KEPT]


def test_each_step_is_masked_and_what_is_sent_again_counts_no_more(world: World) -> None:
    body = an_avis(verbatim=SAID)
    world.post(body)
    assert world.post(body).json() == {"resultat": "deja_enregistre"}
    assert masks(world) == {"telephone": 1, "courriel": 1}
    world.post({**body, "etape": 2, "verbatim": f"{SAID} Vite !"})
    assert kept(world) == [f"{KEPT} Vite !"]
    assert masks(world) == {"telephone": 2, "courriel": 2}


def test_a_comment_set_aside_is_masked_too(world: World) -> None:
    assert world.post(an_avis(verbatim=SAID, site_web="http://spam.exemple")).status_code == 201
    assert kept(world) == [KEPT]


def test_a_comment_that_comes_with_a_file_is_masked_too(world: World) -> None:
    catalogue = asyncio.run(world.store.load_catalogue())
    row = {
        **an_avis(), "demarche": "carte-de-stationnement", "recu_le": "2026-11-22T10:00:00.000Z",
        "jour": "2026-11-22", "ecarte": None, "verbatim": SAID, "standard-1.satisfaction": 3,
    }  # fmt: skip
    importer = Importer(catalogue, Schema("avis.v1.json"))
    assert importer.avis(row).verbatim == KEPT
    assert importer.avis({**row, "verbatim": KEPT}).verbatim == KEPT
    assert importer.avis({**row, "verbatim": ""}).verbatim is None
