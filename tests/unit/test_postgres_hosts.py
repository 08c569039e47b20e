"""One address of several hosts is several addresses of one host."""

from __future__ import annotations

import pytest

from collector.store.postgres_hosts import named, one_by_one

WRITES = "target_session_attrs=read-write"


@pytest.mark.parametrize(
    ("address", "each"),
    [
        ("postgresql://un/avis", [f"postgresql://un/avis?{WRITES}"]),
        (
            "postgresql://jdma:m,p@un,deux:5433/avis?sslmode=require",
            [
                f"postgresql://jdma:m,p@un/avis?sslmode=require&{WRITES}",
                f"postgresql://jdma:m,p@deux:5433/avis?sslmode=require&{WRITES}",
            ],
        ),
        ("postgresql:///avis", [f"postgresql:///avis?{WRITES}"]),
        (
            "postgresql://jdma@[::1]:5432/avis?target_session_attrs=any",
            ["postgresql://jdma@[::1]:5432/avis?target_session_attrs=any"],
        ),
    ],
)
def test_each_host_is_asked_for_itself(address: str, each: list[str]) -> None:
    assert one_by_one(address) == each


def test_a_name_for_messages_has_neither_user_nor_password() -> None:
    address = "postgresql://jdma:secret@un,deux:5433/avis?sslmode=require"
    assert named(address) == "un,deux:5433/avis"
