"""The page an administrator follows: what it names is there, and what is there is named."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from collector.cli import app
from collector.config import load
from tests.deploiement.devant import ROOT, SHIPPED

PAGES = [SHIPPED / "README.md", SHIPPED / "cdn.md", ROOT / "examples" / "litestream" / "README.md"]
TEXT = PAGES[0].read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name + page.stem)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [each for each in links if not (page.parent / each).exists()] == []


def test_a_link_that_leads_nowhere_would_be_seen() -> None:
    assert len(re.findall(r"\]\(([^)#:]+)", TEXT)) > 10
    assert not (SHIPPED / "nulle-part.conf").exists()


def test_every_file_of_the_folder_is_named() -> None:
    beside = {path.name for path in SHIPPED.iterdir()} - {"README.md", "jdma-sauvegarde.timer"}
    assert [name for name in beside if name not in TEXT] == []


def test_every_block_is_something_a_shell_reads() -> None:
    assert len(BLOCKS) > 5
    for block in BLOCKS:
        read = subprocess.run(["sh", "-n"], input=block, capture_output=True, text=True, timeout=10)
        assert (read.returncode, read.stderr) == (0, ""), block


def test_every_file_that_a_block_copies_or_installs_is_there() -> None:
    named = set(re.findall(r"(?<![\w/])(examples/\S+|requirements\.lock)", "\n".join(BLOCKS)))
    assert len(named) > 4
    assert [name for name in named if not [*ROOT.glob(name)]] == []


def test_the_settings_it_writes_are_accepted() -> None:
    [written] = re.findall(r"<<FIN\n(.*?)^FIN$", TEXT, re.MULTILINE | re.DOTALL)
    given = dict(line.split("=", 1) for line in written.replace("$(", "x" * 40).splitlines())
    settings = load({}, given)
    assert settings.sqlite_path == Path("/var/lib/jdma/avis.db")
    assert settings.origin == "https://avis.exemple.fr"


@pytest.mark.parametrize(
    ("command", "options"),
    [("compte create", ()), ("migrate", ("--dry-run",)), ("copy", ("--from", "--to")),
     ("backup", ("--garder",))],
)  # fmt: skip
def test_its_commands_are_commands(command: str, options: tuple[str, ...]) -> None:
    units = (SHIPPED / "jdma-sauvegarde.service").read_text("utf-8")
    assert f"jdma {command}" in TEXT + units
    known = get_command(app)
    for word in command.split():
        known = known.commands[word]  # type: ignore[attr-defined] # a group, up to the last one
    assert {*options} <= {each for param in known.params for each in param.opts}
