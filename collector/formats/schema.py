"""What describes a table to programs: Table Schema and Data Package, version 1 (Frictionless)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collector.formats.table import Field, Table

Json = dict[str, Any]

# What the CSV of csv_machine.py is, for a reader that does not guess.
DIALECT: Json = {
    "delimiter": ",",
    "lineTerminator": "\r\n",
    "quoteChar": '"',
    "doubleQuote": True,
    "header": True,
    "caseSensitiveHeader": True,
}


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which the data may be used again; `nom` is a code such as « etalab-2.0 »."""

    nom: str
    titre: str
    url: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One CSV file of a package: its path in it, what it holds, and, once it is there, its size in
    octets and « sha256:… » of it."""

    chemin: str
    table: Table
    octets: int | None = None
    empreinte: str | None = None


def table_schema(table: Table) -> Json:
    return {
        "name": table.nom,
        "title": table.titre,
        "description": table.description,
        "fields": [_field(each) for each in table.fields],
        "missingValues": [""],
    }


def datapackage(
    nom: str,
    titre: str,
    resources: Sequence[Resource],
    *,
    created: str,
    description: str = "",
    licence: Licence | None = None,
) -> Json:
    """The content of datapackage.json. `nom` is in lower case without accents; `created` is an
    instant in ISO 8601."""
    package: Json = {
        "profile": "tabular-data-package",
        "name": nom,
        "title": titre,
        "description": description,
        "created": created,
        "resources": [_resource(each) for each in resources],
    }
    if licence:
        package["licenses"] = [{"name": licence.nom, "title": licence.titre, "path": licence.url}]
    return package


def _resource(resource: Resource) -> Json:
    table = resource.table
    described: Json = {
        "profile": "tabular-data-resource",
        "name": table.nom,
        "path": resource.chemin,
        "title": table.titre,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": DIALECT,
        "schema": table_schema(table),
    }
    known = {"bytes": resource.octets, "hash": resource.empreinte}
    return described | {name: value for name, value in known.items() if value is not None}


def _field(field: Field) -> Json:
    described: Json = {
        "name": field.name,
        "type": field.type,
        "title": field.titre,
        "description": field.description,
    }
    if field.contraintes:
        described["constraints"] = dict(field.contraintes)
    return described
