"""create_app: the only place where the parts meet."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from collector import (
    assets,
    badge,
    diagnostic,
    exports,
    health,
    ingest,
    pages,
    private_api,
    public_api,
    results,
    security_txt,
)
from collector.annexe import Annexe
from collector.asked.cursor import Cursors
from collector.catalogue import Live
from collector.clock import Clock
from collector.config import ConfigError, Settings
from collector.errors import (
    InternalError,
    JetonApiRefused,
    MethodRefused,
    NotFound,
    Refusal,
    StorageDown,
)
from collector.jeton import Jetons
from collector.limits import AddressLimit, AtOnce, Limit
from collector.national import images, nationaux, open_api
from collector.parse import Schema
from collector.parts import Parts, parts_of
from collector.presence import Presence
from collector.privacy import declaring, effacement
from collector.privacy.contact import Effacements
from collector.privacy.daily import Daily
from collector.privacy.declarations import Pieds, read_texts
from collector.privacy.masquage import alertes
from collector.recent import Recent
from collector.releases import Releases, read_file
from collector.rendering import TEMPLATES, make_templates, refusal_page
from collector.store.contract import Store, StoreError
from collector.texts import Texts, langue_of
from collector.watch.metrics import Metrics
from collector.watch.metrics_around import Around
from collector.wire import request_id
from collector.wire.proxies import Proxies
from collector.writer import RETRY_AFTER, Writer

logger = logging.getLogger("collector")


def create_app(
    settings: Settings,
    store: Store,
    clock: Clock | None = None,
    annexes: Sequence[Annexe] = (),
) -> Collector:
    """The collector as an ASGI application, over a store that `prepare` has made ready, with what
    is served beside it."""
    if not settings.secret:
        raise ConfigError("JDMA_SECRET manque : il faut un secret pour signer les jetons.")
    parts = _make_parts(settings, store, clock or Clock())
    parts.metrics.register(Around(parts))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, object]]:
        await parts.catalogue.get()
        parts.writer.start()
        parts.presence.start()
        state: dict[str, object] = {"parts": parts}
        for annexe in annexes:
            state.update(await annexe.start(parts))
        parts.daily.start()
        yield state
        await parts.daily.close()
        for annexe in annexes:
            await annexe.close()
        # Whatever was accepted is written before the process ends.
        await parts.writer.close()
        await parts.presence.close()

    app = Collector(
        routes=[*ROUTES, *(route for annexe in annexes for route in annexe.routes())],
        lifespan=lifespan,
        exception_handlers={
            Refusal: _refuse,
            StoreError: _refuse_store,
            HTTPException: _refuse_http,
            ClientDisconnect: _let_go,
            Exception: _refuse_bug,
        },
    )
    # A redirect would be to the Host that the request names, and without the prefix of a proxy.
    app.router.redirect_slashes = False
    app.prefix = _prefix(settings, app)
    return app


def _prefix(settings: Settings, app: Collector) -> str:
    """What is taken off an address: the path of JDMA_PUBLIC_URL, which a proxy may leave there.

    None where addresses of ours begin alike: such a prefix is to be taken off before.
    """
    prefix = unquote(settings.base_path)
    ours = {route.path.split("/")[1] for route in app.routes if isinstance(route, Route)}
    return "" if prefix.partition("/")[2].split("/")[0] in ours else prefix


def _without(prefix: str, path: str) -> str:
    below = path == prefix or path.startswith(f"{prefix}/")
    return path.removeprefix(prefix) or "/" if below else path


class Collector(Starlette):
    """Starlette, with a short way in for the one request that comes thousands of times a second.

    Its middleware, router and wrappers took 12 µs of 60; what they would catch is caught here.
    """

    prefix = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.prefix and scope["type"] == "http":
            scope["path"] = _without(self.prefix, scope["path"])
        if scope["type"] != "http" or scope["path"] != AVIS or scope["method"] != "POST":
            if scope["type"] == "http":
                request_id.enter(scope)
            await super().__call__(scope, receive, send)
            return
        request_id.enter(scope)
        request = Request(scope, receive)
        try:
            response = await ingest.post_avis(request)
        except Refusal as refusal:
            response = await _refuse(request, refusal)
        except StoreError as error:
            response = await _refuse_store(request, error)
        except ClientDisconnect as error:
            response = await _let_go(request, error)
        except Exception as error:  # the outermost edge of this way: whoever posted is answered
            logger.exception("a bug in the way of an avis")
            response = await _refuse_bug(request, error)
        await response(scope, receive, send)


AVIS = "/api/v1/avis"
DOWNLOADS = 4  # at a time: each takes its share of the interpreter

ROUTES = [
    Route(AVIS, ingest.post_avis, methods=["POST"]),
    Route(AVIS, private_api.get_avis),
    Route("/api/v1/avis/recherche", private_api.get_recherche),
    Route("/exports/avis.{format}", exports.get_avis_export),
    Route("/exports/scores.{format}", exports.get_scores_export),
    Route("/f/{code}.json", pages.get_form_json),
    Route("/f/{code}", pages.get_form),
    Route("/f/{code}", pages.post_form, methods=["POST"]),
    Route("/f/{code}/merci", pages.get_thanks),
    Route("/contact/{jeton}", effacement.get_effacement),
    Route("/contact/{jeton}", effacement.post_effacement, methods=["POST"]),
    Route("/f/{code}/diagnostic.json", diagnostic.get_diagnostic),
    Route("/Demarches/avis/{id}", nationaux.get_national_avis),
    Route("/Demarches/{langue}/avis/{id}", nationaux.get_national_avis_in),
    Route("/Demarches/{langue}/{id}", nationaux.get_national_form_in),
    Route("/Demarches/{id}", nationaux.get_national_form),
    Route("/static/{name}.svg", images.get_image),
    Route("/w/index.json", assets.get_release_index),
    Route("/w/{version}/{name}", assets.get_release),
    Route("/style/{digest}.css", assets.get_page_style),
    Route("/favicon.ico", assets.get_favicon),
    Route("/api/v1/demarches", public_api.get_demarches),
    Route("/api/v1/demarches/{slug}/scores", public_api.get_scores),
    Route("/api/v1/demarches/{slug}/scores.csv", public_api.get_scores_csv),
    Route("/api/open-api/health", open_api.get_open_health),
    Route("/api/open-api/services", open_api.get_services),
    Route("/api/open-api/statistiques", open_api.post_statistiques, methods=["POST"]),
    Route("/resultats/", results.get_results_list),
    Route("/resultats/methode", results.get_method),
    Route("/resultats/{slug}/badge.svg", badge.get_badge),
    Route("/resultats/{slug}", results.get_results),
    Route("/confidentialite", declaring.get_privacy),
    Route("/confidentialite/{page}", declaring.get_privacy_page),
    Route("/accessibilite", declaring.get_accessibility),
    Route("/healthz", health.get_healthz),
    Route("/readyz", health.get_readyz),
    Route("/metrics", health.get_metrics),
    Route(security_txt.PATH, security_txt.get_security_txt),
    Route("/", results.get_home),
]


def _make_parts(settings: Settings, store: Store, clock: Clock) -> Parts:
    writer = Writer(store, settings.queue_size)
    daily = Daily(store, settings, clock)
    proxies = Proxies(settings.trusted_proxies)
    releases = Releases()
    # One sheet for a page: the form as the newest widget draws it, then what is around it.
    form_style = releases.file(releases.newest, "avis.css").content
    page_style = read_file("page.css", form_style + (TEMPLATES / "page.css").read_bytes())
    # Results have more to draw than a form may weigh.
    more = (TEMPLATES / "resultats.css").read_bytes()
    results_style = read_file("resultats.css", page_style.content + more)
    declared = read_texts()
    pieds = Pieds(declared, settings, clock)
    templates = make_templates(settings.base_path, page_style.digest, results_style.digest, pieds)
    return Parts(
        settings=settings,
        origin=settings.origin,
        clock=clock,
        store=store,
        catalogue=Live(store),
        recent=Recent(),
        writer=writer,
        presence=Presence(store, releases.versions),
        daily=daily,
        jetons=Jetons(settings.secret, settings.jeton_hours, settings.secrets_before),
        effacements=Effacements(settings.secret, settings.secrets_before),
        avis_schema=Schema("avis.v1.json"),
        proxies=proxies,
        address_limit=AddressLimit(settings.address_rate, settings.address_burst),
        bouton_limit=Limit(settings.bouton_rate, settings.bouton_burst),
        releases=releases,
        styles={each.digest: each for each in (page_style, results_style)},
        images=images.drawn(templates),
        templates=templates,
        texts=Texts(),
        declarations=declared,
        alertes=alertes(),
        metrics=Metrics(writer, daily.health, proxies),
        cursors=Cursors(settings.secret, settings.secrets_before),
        downloads=AtOnce(DOWNLOADS),
    )


# A widget on any page has to be able to read why it was refused, and when to try again.
_ANY_PAGE_MAY_READ = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    "x-content-type-options": "nosniff",
}


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # that is what it is registered for
    parts_of(request).metrics.count_refusal(error)
    logger.info("a request was refused: %d %s", error.status, error.code)
    if _for_a_person(request):
        response = refusal_page(request, error)
    else:
        response = JSONResponse(
            error.problem(langue_of(request)),
            error.status,
            _ANY_PAGE_MAY_READ,
            "application/problem+json",
        )
    response.headers[request_id.HEADER] = request_id.id_of(request.scope)
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    if error.status == JetonApiRefused.status:
        response.headers["www-authenticate"] = 'Bearer realm="jdma"'
    return response


async def _refuse_store(request: Request, error: Exception) -> Response:
    logger.warning("the store failed: %s", error)
    return await _refuse(request, StorageDown(retry_after=RETRY_AFTER, secondes=RETRY_AFTER))


async def _refuse_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # that is what it is registered for
    if error.status_code == MethodRefused.status:
        response = await _refuse(request, MethodRefused(methode=request.method))
        response.headers["allow"] = _methods(request)
        return response
    return await _refuse(request, NotFound())


def _methods(request: Request) -> str:
    """Every method of an address; the router names those of the first route that has it."""
    routes = [each for each in request.app.routes if isinstance(each, Route)]
    address = next(each.path for each in routes if each.matches(request.scope)[0] is not Match.NONE)
    found = (each.methods or () for each in routes if each.path == address)
    return ", ".join(sorted(set().union(*found)))


async def _let_go(request: Request, error: Exception) -> Response:
    # The client left in the middle of its own request: no bug of ours, and nobody to answer.
    return Response(status_code=400)


async def _refuse_bug(request: Request, error: Exception) -> Response:
    # uvicorn logs the way it came, which holds no body; the answer says no more than that.
    return await _refuse(request, InternalError())


def _for_a_person(request: Request) -> bool:
    path = request.scope["path"]  # `request.url` depends on Host, which says anything
    program = "/api/" in path or path.endswith(".json")
    return not program and "text/html" in request.headers.get("accept", "")
