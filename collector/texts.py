"""The words around the questions, in each language, from `schemas/textes`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from starlette.requests import Request

from collector.config import resource
from collector.domain import LANGUES
from collector.wording import Sentences

Textes = Mapping[str, str]


class Texts:
    """Every wording, by language then by name."""

    def __init__(self) -> None:
        self._by_langue: dict[str, Textes] = {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in resource("schemas", "textes").glob("*.json")
        }
        # Apart: no widget is to be given words that only our own pages say.
        self._contact: dict[str, Textes] = {
            path.stem: json.loads(path.read_text("utf-8"))
            for path in resource("schemas", "textes", "contact").glob("*.json")
        }
        self._sentences = {
            path.stem: Sentences(path.stem, json.loads(path.read_text("utf-8")))
            for path in resource("schemas", "textes", "resultats").glob("*.json")
        }

    def sentences(self, langue: str) -> Sentences:
        """What pages of results say, in one of LANGUES."""
        return self._sentences[langue]

    def __contains__(self, langue: str) -> bool:
        return langue in self._by_langue

    def contact(self, langue: str) -> Textes:
        """The words around the question for an address, and of the page that deletes it."""
        return self._contact[langue]

    def __getitem__(self, langue: str) -> Textes:
        return self._by_langue[langue]


def langue_of(request: Request, default: str = "fr", spoken: Collection[str] = LANGUES) -> str:
    """The language asked for by ?lang= or in the path, else the browser's first that is `spoken`.

    Else `default`, or French where that is not spoken either.
    """
    asked = request.query_params.get("lang") or request.path_params.get("langue", "")
    asked = asked[:2].lower()
    if asked in spoken:
        return asked
    for each in request.headers.get("accept-language", "").split(","):
        langue = each.strip()[:2].lower()
        if langue in spoken:
            return langue
    return default if default in spoken else "fr"
