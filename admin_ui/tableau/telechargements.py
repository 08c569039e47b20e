"""Files for who is signed in: the collector's, with the rights of an account, not of a token."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import Response

from admin_ui.gate import agent_of
from admin_ui.refusals import NotAllowed
from admin_ui.roles import Agent
from collector.acces import Droit
from collector.asked.requested import Query, parse_selection
from collector.exports import avis_export, scores_export
from collector.gate import Acces


async def get_avis_file(request: Request) -> Response:
    return await avis_export(request, _acces(request))


async def get_scores_file(request: Request) -> Response:
    return await scores_export(request, _acces(request, {"pas"}))


def _acces(request: Request, others: Collection[str] = ()) -> Acces:
    """What the agent may have of what is asked for: comments where they may read those of every
    démarche in it. Raises BadFilter, UnknownDemarche, NotAllowed."""
    agent = agent_of(request)
    query = request.query_params.multi_items()
    _check(agent, query)
    demarches = agent.demarches("telecharger")
    selection = parse_selection(query, agent.catalogue, demarches, others)
    verbatims = all(agent.may("verbatims", id) for id in selection.demarches)
    if selection.recherche is not None and not verbatims:
        raise NotAllowed
    droits: frozenset[Droit] = frozenset({"lire", "verbatims"} if verbatims else {"lire"})
    return Acces(agent.qui, agent.compte.nom, droits, demarches, agent.catalogue)


def _check(agent: Agent, query: Query) -> None:
    """A démarche that is seen and may not be downloaded is no unknown one. Raises NotAllowed."""
    for name, value in query:
        found = agent.catalogue.by_slug(value) if name == "demarche" else None
        if found and agent.may("voir", found.id) and not agent.may("telecharger", found.id):
            raise NotAllowed
