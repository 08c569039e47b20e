"""What stands in a page that was pasted: scripts, buttons, links, frames, policies. Pure.

Read by a parser of HTML, as browsers do, and never fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from justhtml import stream

Attributes = dict[str, str]

_HEADER = re.compile(r"([A-Za-z0-9-]+):[ \t]*(.*)")


@dataclass(slots=True)
class Bouton:
    """A `<mon-avis>`, and the address of the link in it (None: there is no link)."""

    attributes: Attributes
    href: str | None = None


@dataclass(slots=True)
class PageLue:
    """What was found, in order. `politiques` are those that stand in the page itself."""

    scripts: list[Attributes] = field(default_factory=list)
    boutons: list[Bouton] = field(default_factory=list)
    liens: list[str] = field(default_factory=list)
    cadres: list[str] = field(default_factory=list)
    politiques: list[str] = field(default_factory=list)

    @property
    def vide(self) -> bool:
        """Whether nothing was found that a bouton is made of."""
        return not (self.scripts or self.boutons or self.liens or self.cadres)


def read_page(html: str) -> PageLue:
    """In time that grows with the length of the page, whatever is in it."""
    page = PageLue()
    inside: Bouton | None = None
    for event in stream(html):
        if event == ("end", "mon-avis"):
            inside = None
        elif event[0] == "start":
            tag, attrs = event[1]
            given = {name: (value or "").strip() for name, value in attrs.items()}
            if tag == "mon-avis":
                inside = Bouton(given)
            _keep(page, inside, tag, given)
    return page


def _keep(page: PageLue, inside: Bouton | None, tag: str, given: Attributes) -> None:
    match tag:
        case "script":
            page.scripts.append(given)
        case "mon-avis" if inside is not None:
            page.boutons.append(inside)
        case "a" if "href" in given:
            if inside is None:
                page.liens.append(given["href"])
            elif inside.href is None:
                inside.href = given["href"]
        case "iframe" if "src" in given:
            page.cadres.append(given["src"])
        case "meta" if given.get("http-equiv", "").lower() == "content-security-policy":
            page.politiques.append(given.get("content", ""))


def scripts_of(page: PageLue) -> list[Attributes]:
    """The scripts of a page that may be the widget, wherever they come from."""
    return [each for each in page.scripts if _path(each.get("src", "")).endswith("/avis.js")]


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def read_headers(text: str) -> list[tuple[str, str]]:
    """The headers of an answer, as tools show them: names in small letters, and values. What is no
    header is left out."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        if found and line[:1] in (" ", "\t") and line.strip():
            name, value = found[-1]
            found[-1] = name, f"{value} {line.strip()}"
        elif match := _HEADER.fullmatch(line.strip().removeprefix("< ")):
            found.append((match[1].lower(), match[2].strip()))
    return found
