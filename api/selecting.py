"""Lists of documents with all their members or some, and the refusal of pages where an answer is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.responses import Response

from api.choosing import known_fields
from api.problem import ProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")


def selected(
    name: str, documents: Sequence[Model], shape: type[Model], fields: Sequence[str], following: str | None
) -> Response:
    """Answer with a page of documents, with the members that are asked for. Raises ProblemError for an unknown one."""
    return _answer({name: _some(documents, shape, fields), "next": following})


def all_selected(name: str, documents: Sequence[Model], shape: type[Model], fields: Sequence[str]) -> Response:
    """Answer with a list that has no pages, in the same way."""
    return _answer({name: _some(documents, shape, fields)})


def with_members(
    documents: Sequence[Mapping[str, Any]], shape: type[BaseModel], fields: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Keep the members of documents that are asked for, or all. Raises ProblemError for an unknown one."""
    fields = known_fields(fields, tuple(shape.model_fields))
    return [{name: each[name] for name in each if name in fields} if fields else each for each in documents]


def _some(documents: Sequence[Model], shape: type[Model], fields: Sequence[str]) -> list[dict[str, Any]]:
    fields = known_fields(fields, tuple(shape.model_fields))
    kept = set(fields) if fields else None
    return [document.model_dump(mode="json", include=kept) for document in documents]


def _answer(document: Mapping[str, Any]) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")


def refuse_pages(form: str, limit: int | None, cursor: str | None) -> None:
    """Raise ProblemError ``bad-value`` for a page of what is given whole."""
    if limit is not None or cursor is not None:
        given = "limit" if limit is not None else "cursor"
        detail = f"{form} is given whole and has no pages: leave {given!r} out, or ask for JSON."
        raise ProblemError("bad-value", detail, parameter=given)
