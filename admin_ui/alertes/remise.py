"""Hand what waits to whom it is for, and mark what became of it.

Taken, to be tried again, or given up. It is marked taken once the other server has accepted it, and
not before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from jinja2 import Environment

from admin_ui.alertes import veille as rules
from admin_ui.alertes.crochet import Livreur, NotTaken, secret_of, signature
from admin_ui.alertes.desabonnement import Arret, address_of
from admin_ui.alertes.lettres import json_of, lettre
from admin_ui.courriel import Courrier, Message, NotSent
from admin_ui.roles import Agent
from collector.alertes import Envoi
from collector.domain import Catalogue, Demarche
from collector.parts import Parts
from collector.store.admin import AdminStore

logger = logging.getLogger("admin_ui")

AGAIN = tuple(timedelta(minutes=n) for n in (1, 5, 30, 2 * 60, 6 * 60, 24 * 60))
"""How long after each try that failed the next one comes. After the last it is given up."""


class Nobody(Exception):
    """There is nobody to tell any more."""


class Remise:
    """`livreur` is what tests replace: see `Livreur`."""

    def __init__(self, parts: Parts, courrier: Courrier, templates: Environment) -> None:
        assert isinstance(parts.store, AdminStore)
        self.livreur = Livreur()
        self._parts, self._store = parts, parts.store
        self._courrier, self._templates = courrier, templates

    async def send(self, envois: Sequence[Envoi]) -> None:
        """All of these at once, to the end of each, even where another's mark failed."""
        catalogue = await self._parts.catalogue.get()
        done = await asyncio.gather(
            *(self._try(envoi, catalogue) for envoi in envois), return_exceptions=True
        )
        for error in done:
            if isinstance(error, BaseException):
                raise error

    async def _try(self, envoi: Envoi, catalogue: Catalogue) -> None:
        """Send one, and mark what became of it."""
        demarche = catalogue.demarches.get(envoi.evenement.demarche_id)
        try:
            if demarche is None:
                raise Nobody("la démarche n’existe plus")
            if envoi.compte_id:
                await self._write(envoi, demarche, catalogue)
            else:
                await self._post(envoi, demarche)
        except Nobody as error:
            after = replace(envoi, statut="annule", raison=str(error), prochain_le=None)
        except (NotSent, NotTaken) as error:
            after = self._failed(envoi, error)
        except Exception:  # whatever is wrong with this one, the others are to leave
            logger.exception("what is to be told cannot be: envoi %d", envoi.id)
            after = self._failed(envoi, NotTaken("une erreur de notre côté"))
        else:
            sent = envoi.essais + 1
            after = replace(envoi, essais=sent, statut="pris", raison="", prochain_le=None)
        le = self._parts.clock.now().recu_le
        ended = None if after.prochain_le else le
        await self._store.leave_envoi(replace(after, fini_le=ended))

    async def _write(self, envoi: Envoi, demarche: Demarche, catalogue: Catalogue) -> None:
        """A message to a person who may see the démarche, and still wants to be told."""
        compte = await self._store.compte(envoi.compte_id)
        if compte is None or compte.ferme_le:
            raise Nobody("le compte est fermé")
        droits = await self._store.droits(compte.id)
        if not Agent(compte, droits, catalogue).may("voir", demarche.id):
            raise Nobody("le compte n’a plus ce droit")
        genre = envoi.evenement.genre
        wanted = await self._store.abonnements_of(compte.id)
        if not any((each.demarche_id, each.genre) == (demarche.id, genre) for each in wanted):
            raise Nobody("l’alerte n’est plus demandée")
        settings = self._parts.settings
        stop = address_of(settings.base_url, settings.secret, Arret(demarche.id, genre, compte.id))
        written = lettre(envoi.evenement, demarche, settings.base_url, stop, self._templates)
        await self._courrier.send(Message(compte.courriel, *written, stop))

    async def _post(self, envoi: Envoi, demarche: Demarche) -> None:
        crochet = await self._store.crochet(envoi.crochet_id)
        if crochet is None:
            raise Nobody("le crochet n’existe plus")
        settings = self._parts.settings
        body = json_of(envoi.evenement, demarche, settings.base_url)
        known = settings.secret, *settings.secrets_before
        ring = [secret_of(each, crochet.id, crochet.graine) for each in known]
        headers = {
            "JDMA-Evenement": envoi.evenement.id,
            "JDMA-Signature": signature(ring, self._parts.clock.now().ms // 1000, body),
        }
        await self.livreur.post(crochet.url, body, headers)

    def _failed(self, envoi: Envoi, error: NotSent | NotTaken) -> Envoi:
        tried = replace(envoi, essais=envoi.essais + 1, raison=str(error))
        for_ever = isinstance(error, NotSent) and error.definitif
        if for_ever or tried.essais > len(AGAIN):
            return replace(tried, statut="abandonne", prochain_le=None)
        again = rules.later(self._parts.clock.now(), AGAIN[envoi.essais])
        return replace(tried, prochain_le=again)
