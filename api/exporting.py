"""An export over HTTP: one of few at a time, streamed, and noted with its rows and checksum once it was whole."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from api.access import PUBLIC
from api.choosing import known_fields
from api.questions import PATH, table_of
from api.sending import Sending, sent
from storage.queries import Cited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from api.form import Form
    from api.questions import Question
    from api.table import Count
    from api.view import View


def export(
    request: Request, city: View, asked: Question, how: tuple[Form, Sequence[str]], headers: Mapping[str, str]
) -> Response:
    """Answer a question whole, in a format and with some fields or all, and name it so that it can be cited.

    Raises ProblemError for too much, and where too many are under way.
    """
    form, fields = how
    now = time.time_ns() // 1_000_000
    name = asked.id(now)
    table = table_of(city, asked, name)
    fields = known_fields(fields, table.names)

    def note(count: Count) -> None:
        pin = max(now, count.newest)  # nothing is left out for a clock that goes wrong
        told = Cited(id=name, asked=asked.told(), pin=pin, answered=now, **count.told())
        city.services.catalogue.cite(told)

    further = {f"smilecity-{what.replace('_', '-')}": f"{told}" for what, told in table.further.items()}
    sending = Sending(
        place=request.app.state.exports[asked.of].begin(public=city.tenant == PUBLIC),
        name=_name(asked),
        headers={**headers, **cite_as(name), **further},
        done=note,
    )
    return sent(table.showing(fields), form, sending)


def cite_as(id_: str) -> dict[str, str]:
    """Say where the question stands (RFC 8574)."""
    return {"link": f'<{PATH}/{id_}>; rel="cite-as"'}


def _name(asked: Question) -> str:
    if asked.of == "observations" and asked.thing and asked.property and "," not in asked.thing + asked.property:
        return f"{asked.thing}/{asked.property}"
    return asked.of
