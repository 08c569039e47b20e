"""Bytes of the widget, beside what others load until a person can answer."""

from __future__ import annotations

import json
from pathlib import Path

# Measured in November 2026 on their public code, gzip bytes: see the README.
OTHERS = {"formulaire national": 507_938, "Touchpoints": 58_270, "Formbricks": 283_000}


def measure() -> list[str]:
    root = Path(__file__).parents[2] / "widget" / "releases"
    newest = json.loads((root / "index.json").read_text("utf-8"))["versions"][-1]
    sizes = newest["fichiers"]["avis.js"]
    lines = [
        f"avis.js {newest['version']}, gzip / brotli      {sizes['gzip']} / {sizes['brotli']} o"
    ]
    lines += [f"  {name} / nous     {other / sizes['gzip']:.0f}" for name, other in OTHERS.items()]
    return lines
