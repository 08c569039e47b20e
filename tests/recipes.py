"""The commands of a recipe of `examples/`, taken from where people read them."""

from __future__ import annotations

import re

from tests.examples import EXAMPLES


def commands(recipe: str, title: str) -> list[str]:
    """The blocks of commands under a heading, down to the next heading. A recipe is a folder with
    a README.md, or a page."""
    page = EXAMPLES / recipe if recipe.endswith(".md") else EXAMPLES / recipe / "README.md"
    text = page.read_text("utf-8")
    section = re.search(
        rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert section, f"no « {title} » in the recipe {recipe}"
    return re.findall(r"^```sh\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)
