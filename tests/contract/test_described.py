"""What openapi.yaml describes, asked for in every way Schemathesis can think of: a real server
answers as is written there, and never with a 5xx.

Left out are the checks that a client is refused for saying more than is known, or let in whatever a
schema cannot say: by our contract unknown words are ignored, and a day may be in the wrong order.
JDMA_TEST_EXAMPLES sets how many requests are made for each operation.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from collector.config import resource
from tests.durability.outside import jdma
from tests.watch import Said, digests
from tests.world import Server, a_server, new_database

EXAMPLES = os.environ.get("JDMA_TEST_EXAMPLES", "12")
GROWING = (
    "avis", "agregat", "agregat_mois", "contact", "jeton_api", "journal", "presence", "recherche",
)  # fmt: skip
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "allow_header_conformance",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with a_server(new_database(tmp_path_factory.mktemp("described"))) as started:
        yield started


def asked(server: Server, document: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Schemathesis at work; it keeps its notes where it runs."""
    command = Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [command, "run", document, f"--url={server.url}",
         f"--checks={','.join(CHECKS)}", f"--max-examples={EXAMPLES}", "--warnings=off",
         "--phases=examples,coverage,fuzzing", "--suppress-health-check=all", *options],
        capture_output=True, text=True, timeout=600, check=False, cwd=server.path.parent,
    )  # fmt: skip


def test_a_server_answers_whatever_it_is_asked_as_the_document_says(server: Server) -> None:
    said, before = Said(server), digests(server.path)
    made = jdma("jeton", "create", "Essai", "--tout", "--verbatims", "--deposer",
                f"--database=sqlite:///{server.path}")  # fmt: skip
    bearer = f"--header=Authorization: Bearer {made.stdout.strip()}"
    document = resource("schemas", "openapi.yaml").resolve()
    done = asked(server, document, bearer)
    without = asked(server, document, "--include-path-regex=avis|exports")
    assert without.returncode == 0, without.stdout
    print(done.stdout[-3_000:])
    assert done.returncode == 0, done.stdout
    # It learns jetons from answers, and so may give avis: these count, and nothing else changes.
    kept = [before, digests(server.path)]
    for each in kept:
        for table in [name for name in each if name.startswith(GROWING)]:
            del each[table]
    assert kept[0] == kept[1]
    assert jdma("verify", f"--database=sqlite:///{server.path}").returncode == 0
    assert not [line for line in said.lines if "Traceback" in line or "ERROR" in line]


def test_an_answer_that_is_not_described_would_have_been_seen(
    server: Server, tmp_path: Path
) -> None:
    document = yaml.safe_load(resource("schemas", "openapi.yaml").read_text("utf-8"))
    document["components"]["schemas"]["Etat"]["required"].append("age")
    spoiled = tmp_path / "openapi.yaml"
    spoiled.write_text(
        yaml.safe_dump({**document, "paths": {"/healthz": document["paths"]["/healthz"]}})
    )
    done = asked(server, spoiled)
    assert done.returncode == 1
    assert "'age' is a required property" in done.stdout.replace('"', "'")
