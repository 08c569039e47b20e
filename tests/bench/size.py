"""Bytes until a person can answer, beside what others load for the same."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.world import FIN, SITE, a_world

# What others load until a person can answer: gzip bytes, read or measured in November 2026 on
# their public code. Of the national form, all its 18 requests; of the others, the script alone.
OTHERS = {
    "formulaire national (JDMA)": 507_938,
    "Formbricks": 283_000,
    "PostHog": 171_157,
    "Sentry": 59_473,
    "Touchpoints": 58_270,
}
NATIONAL_REQUESTS, OUR_REQUESTS = 18, 2  # ours: avis.js, then the questions


def measure() -> list[str]:
    root = Path(__file__).parents[2] / "widget" / "releases"
    newest = json.loads((root / "index.json").read_text("utf-8"))["versions"][-1]
    script = newest["fichiers"]["avis.js"]
    whole = script["gzip"] + _questions()
    title = f"avis.js {newest['version']}"
    return [
        f"{title:<30}{script['gzip']:>9,} o gzip, {script['brotli']:,} o brotli",
        f"  et les questions            {whole:>9,} o gzip, en {OUR_REQUESTS} requêtes"
        f" (formulaire national : {NATIONAL_REQUESTS})",
        f"  {'octets des autres':<28}{'':>9}     / avis.js   / avec les questions",
        *(
            f"  {name:<28}{octets:>9,} o {octets / script['gzip']:>11.1f} {octets / whole:>13.1f}"
            for name, octets in OTHERS.items()
        ),
    ]


def _questions() -> int:
    """Octets of the questions, as they travel."""
    with TemporaryDirectory(prefix="jdma-bench-") as folder, a_world(Path(folder)) as world:
        answer = world.client.get(f"/f/{FIN.code}.json", headers={"origin": SITE})
        return int(answer.headers["content-length"])
