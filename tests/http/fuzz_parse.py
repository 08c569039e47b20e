"""Bodies that lead somewhere new in the parser, found by coverage: run by hand, as long as is said.

    pip install atheris
    JDMA_TEST_ATHERIS=300 python -m tests.http.fuzz_parse [FOLDER]

FOLDER keeps what was found to lead somewhere, for another run, and the body that broke something,
with which libFuzzer ends; else it says how many were tried.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

WORDS = (
    "cle", "etape", "bouton", "questionnaire", "notes", "verbatim", "langue", "affichage", "widget",
    "jeton", "site_web", "satisfaction", "effort", "clarte", "dialogue", "standard-1", "\\\\ud83d",
)  # fmt: skip
SLOW = 2  # seconds for one body: thousands of times what any should take


def main() -> None:
    seconds = os.environ.get("JDMA_TEST_ATHERIS")
    if not seconds:
        raise SystemExit("JDMA_TEST_ATHERIS : combien de secondes chercher ?")
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["collector.parse", "collector.errors", "json"]):
        check = _make_check()
    kept = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="jdma-atheris-"))
    _write_seeds(kept)
    words = kept / "mots"
    words.write_text("".join(f'"{word}"\n' for word in WORDS))
    options = {
        "max_total_time": seconds,
        "timeout": SLOW,
        "max_len": 70_000,
        "len_control": 20,
        "dict": words,
        "artifact_prefix": f"{kept}/",
        "print_final_stats": 1,
    }
    atheris.Setup([sys.argv[0], *(f"-{name}={v}" for name, v in options.items()), str(kept)], check)
    atheris.Fuzz()


def _make_check() -> Any:
    """What is tried with each body. Imported here, so that the parser reports where it goes."""
    from collector import parse
    from collector.catalogue import shipped_questionnaires
    from collector.errors import Invalid, NotJson
    from tests.world import NOON

    schema = parse.Schema("avis.v1.json")
    questionnaires = shipped_questionnaires()

    def check(body: bytes) -> None:
        try:
            avis = parse.parse_avis(body, schema, NOON)
            assert parse.parse_avis(json.dumps(avis).encode(), schema, NOON) == avis
            kept = parse.clean(avis.get("verbatim", ""))
            assert parse.clean(kept) == kept
            kept.encode()
            parse.check_notes(avis["notes"], questionnaires["standard-1"])
        except (NotJson, Invalid) as refusal:
            for langue in ("fr", "en"):
                said = json.dumps(refusal.problem(langue), ensure_ascii=False)
                said.encode()
                assert len(said) < 100_000

    return check


def _write_seeds(folder: Path) -> None:
    from tests.http.nasty import ALL, BYTES, JSON_VALUES
    from tests.world import an_avis

    whole = json.dumps(an_avis(cle="019a9b3c-5d00-7a10-8b20-0123456789ab", verbatim="é \ud83d"))
    seeds = [whole.encode(), *(text.encode() for text in JSON_VALUES), *BYTES]
    seeds += [json.dumps({"verbatim": text}).encode() for text in ALL if len(text) < 200]
    seeds += [whole.replace("3}", f"{text}}}").encode() for text in JSON_VALUES if len(text) < 200]
    for number, seed in enumerate(seeds):
        with contextlib.suppress(FileExistsError), (folder / f"{number:04}").open("xb") as file:
            file.write(seed)


if __name__ == "__main__":
    main()
