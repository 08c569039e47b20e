"""The command that has a démarche ask other questions."""

from __future__ import annotations

from typing import Annotated

import typer

from collector.acces import Entree
from collector.commands.catalogue import with_store
from collector.commands.common import Database, fail, settings_of
from collector.commands.jeton import OPERATOR, now
from collector.domain import Catalogue, Demarche
from collector.store.contract import Store
from collector.store.questioning import EnVigueur, QuestioningStore


def questionnaire_command(
    demarche: Annotated[str, typer.Argument(help="Slug de la démarche.")],
    questionnaire: Annotated[str, typer.Argument(help="Questionnaire à poser désormais.")],
    database: Database = None,
) -> None:
    """Poser d’autres questions à la fin d’une démarche, dès maintenant.

    Les avis déjà reçus restent, avec les questions auxquelles ils répondaient. Un serveur qui
    tourne s’en aperçoit dans la seconde.

    Exemple : jdma demarche questionnaire carte-grise standard-facile-1
    """

    async def work(store: Store, catalogue: Catalogue) -> str:
        found = _checked(catalogue, demarche, questionnaire)
        assert isinstance(store, QuestioningStore)  # every engine is
        new = EnVigueur(questionnaire, now(), OPERATOR)
        if not await store.put_in_force(found.id, new, found.questionnaire):
            fail(f"les questions de « {demarche} » viennent d’être changées ; recommencez.")
        sur = {"demarche": demarche, "questionnaire": questionnaire, "avant": found.questionnaire}
        await store.add_entree(Entree(now(), OPERATOR, "questionnaire_choisi", sur))
        return found.questionnaire

    before = with_store(settings_of(database), work)
    print(f"Démarche « {demarche} » : {questionnaire}, à la place de {before}.")


def _checked(catalogue: Catalogue, slug: str, questionnaire: str) -> Demarche:
    found = catalogue.by_slug(slug)
    if found is None:
        fail(f"aucune démarche ne s’appelle « {slug} » ; voyez « jdma demarche list ».")
    if questionnaire not in catalogue.questionnaires:
        known = ", ".join(sorted(catalogue.questionnaires))
        fail(f"questionnaire « {questionnaire} » : il faut l’un de {known}.")
    if questionnaire == found.questionnaire:
        fail(f"« {slug} » pose déjà le questionnaire {questionnaire}.")
    return found
