"""What search engines read of a page of results: schema.org as JSON-LD; pure."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from markupsafe import Markup

from collector.figures.shown import Figures
from collector.wording import Sentences

# What would end a script element, or begin a comment in it, is written otherwise.
_ESCAPED = str.maketrans({each: f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"})


def linked_data(figures: Figures, base_url: str, t: Sentences) -> Markup:
    """The démarche as a GovernmentService and its public figures as a Dataset; without a rating
    where there is none to publish."""
    page = f"{base_url}/resultats/{figures.demarche.slug}"
    graph = [_service(figures, page), _dataset(figures, base_url, t)]
    document = {"@context": "https://schema.org", "@graph": graph}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704 – escaped above


def _service(figures: Figures, page: str) -> dict[str, object]:
    service: dict[str, object] = {
        "@type": "GovernmentService",
        "@id": f"{page}#demarche",
        "name": figures.demarche.titre,
        "url": figures.demarche.url or page,
        "serviceOperator": {"@type": "GovernmentOrganization", "name": figures.structure.nom},
    }
    mesure = figures.main
    if mesure and mesure.score and figures.filtre.bouton is None:
        service["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(mesure.score.note_sur_10 or 0, 2),
            "bestRating": 10,
            "worstRating": 0,
            "ratingCount": mesure.score.n,
        }
    return service


def _dataset(figures: Figures, base_url: str, t: Sentences) -> dict[str, object]:
    periode = figures.total.periode
    query = urlencode({"du": periode.du, "au": periode.au, "pas": "mois"})
    scores = f"{base_url}/api/v1/demarches/{figures.demarche.slug}/scores"
    files = (("application/json", f"{scores}?{query}"), ("text/csv", f"{scores}.csv?{query}"))
    return {
        "@type": "Dataset",
        "name": t.plain("source_donnees", demarche=figures.demarche.titre),
        "description": t.plain("description_donnees", demarche=figures.demarche.titre),
        "isAccessibleForFree": True,
        "temporalCoverage": f"{periode.du}/{periode.au}",
        "creator": {"@type": "GovernmentOrganization", "name": figures.structure.nom},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": kind, "contentUrl": url}
            for kind, url in files
        ],
    }
