"""The catalogue on both of its databases."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from storage.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.servers import PostgreSQL


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """Name the database that a test is about."""
    name: str = request.param
    return name


@pytest.fixture
def postgresql_or_none(engine: str, request: pytest.FixtureRequest) -> PostgreSQL | None:
    return request.getfixturevalue("postgresql") if engine == "postgresql" else None


@pytest.fixture
def catalogue_url(postgresql_or_none: PostgreSQL | None, tmp_path: Path) -> str:
    """Name an empty catalogue that several may open."""
    return postgresql_or_none.database() if postgresql_or_none else f"sqlite:///{tmp_path}/catalogue.sqlite"


@pytest.fixture
def fresh(postgresql_or_none: PostgreSQL | None) -> Iterator[Callable[[], Catalogue]]:
    """Give what opens an empty catalogue, as often as it is asked."""
    with ExitStack() as opened:

        def open_one() -> Catalogue:
            url = postgresql_or_none.database() if postgresql_or_none else "sqlite://"
            return opened.enter_context(closing(Catalogue(url)))

        yield open_one


@pytest.fixture
def catalogue(fresh: Callable[[], Catalogue]) -> Catalogue:
    return fresh()
