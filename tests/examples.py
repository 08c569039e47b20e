"""The files of `examples/`, made real as a porteur does: an address, a code, an integrity."""

from __future__ import annotations

from pathlib import Path

from collector.releases import Releases

EXAMPLES = Path(__file__).parent.parent / "examples"
COLLECTOR, CODE, VERSION, INTEGRITY = "https://avis.example.fr", "k7f3q2", "1.1.0", "sha384-…"


def filled(text: str, base_url: str, code: str) -> str:
    """`text` for a collector and a bouton, with the newest release."""
    releases = Releases()
    newest = releases.newest
    return (
        text.replace(f"/w/{VERSION}/", f"/w/{newest}/")
        .replace(INTEGRITY, releases.file(newest, "avis.js").integrity)
        .replace(COLLECTOR, base_url)
        .replace(CODE, code)
    )
