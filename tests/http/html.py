"""A page as a tree, read with the standard parser: enough to say what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img", "wbr"}


def plain(text: str) -> str:
    """Text with one plain space wherever there are spaces, no-break ones included."""
    return " ".join(text.split())


@dataclass
class Element:
    """One element. `children` are elements and pieces of text, in order."""

    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self, tag: str | None = None, **attrs: str) -> Iterator[Element]:
        """Every element below of this tag, with these attributes."""
        for child in self.children:
            if isinstance(child, Element):
                if tag in (None, child.tag) and attrs.items() <= child.attrs.items():
                    yield child
                yield from child.all(tag, **attrs)

    def one(self, tag: str | None = None, **attrs: str) -> Element:
        found = list(self.all(tag, **attrs))
        assert len(found) == 1, f"{len(found)} × {tag} {attrs}"
        return found[0]

    @property
    def text(self) -> str:
        """All text below, with plain spaces."""
        return plain(self.raw)

    @property
    def raw(self) -> str:
        return "".join(c if isinstance(c, str) else c.raw for c in self.children)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice on {tag}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    @property
    def left_open(self) -> list[str]:
        return [element.tag for element in self._open[1:]]


def parse(text: str) -> Element:
    """The tree of a page, in which every element is closed where it has to be."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.left_open == []
    return reader.root


def table_rows(table: Element) -> list[list[str]]:
    """The text of every cell, row by row."""
    return [
        [cell.text for cell in row.all() if cell.tag in ("th", "td")] for row in table.all("tr")
    ]
