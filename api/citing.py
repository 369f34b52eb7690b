"""A question asked again: whether its rows are still the same, and the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from api.access import PUBLIC
from api.choosing import known_fields
from api.columns import CSV_COLUMNS
from api.exporting import cite_as
from api.problem import ProblemError
from api.questions import PATH, Question, is_one, table_of
from api.sending import Sending, sent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from api.form import Form
    from api.limits import Place
    from api.table import Table
    from api.view import View
    from storage.queries import Cited


@dataclass(frozen=True, slots=True)
class Compared:
    """What comes out now, beside what was cited."""

    rows: int
    checksum: str
    cited: Cited

    @property
    def same(self) -> bool:
        """Whether these are the rows that were cited."""
        return (self.rows, self.checksum) == (self.cited.rows, self.cited.checksum)

    def told(self) -> dict[str, Any]:
        """Say what comes out now."""
        return {"rows": self.rows, "checksum": self.checksum}


def table_again(city: View, cited: Cited) -> Table:
    """Give the rows of a question as they are now, as far as they were known then."""
    return table_of(city, msgspec.convert(dict(cited.asked), Question), cited.id, cited.pin)


def compared(city: View, cited: Cited, place: Place) -> Compared:
    """Read the rows of a question again and compare them with what was cited; lets go of the place."""
    try:
        table = table_again(city, cited)
        for _ in table.blocks():
            pass
    finally:
        place.leave()
    return Compared(table.count.rows, table.count.told()["checksum"], cited)


def answer_again(
    request: Request, city: View, cited: Cited, how: tuple[Form, Sequence[str]], *, accept: bool
) -> Response:
    """Answer a question again. Raises ProblemError ``rows-changed`` where its rows are others and none are accepted."""
    form, fields = how
    exports = request.app.state.exports[cited.asked["of"]]
    now = compared(city, cited, exports.begin(public=city.tenant == PUBLIC))
    if not now.same and not accept:
        raise ProblemError("rows-changed", _changed(now), cited=_told(cited), now=now.told())
    table = table_again(city, cited)
    fields = fields or _plain(city, cited, form)
    fields = known_fields(fields, table.names)
    changed = {} if now.same else {"changed": True, "cited": _told(cited)}
    table = replace(table.showing(fields), further={**table.further, **changed})
    sending = Sending(
        place=exports.begin(public=city.tenant == PUBLIC), name=cited.asked["of"], headers=cite_as(cited.id)
    )
    return sent(table, form, sending)


def _plain(city: View, cited: Cited, form: Form) -> Sequence[str]:
    """Name the columns that a CSV file of one datastream has, as where it was asked for first; of others all."""
    asked = cited.asked
    named = form.name == "csv" and asked["of"] == "observations" and asked.get("thing") and asked.get("property")
    return CSV_COLUMNS if named and is_one(city, asked["thing"], asked["property"]) else ()


def _changed(now: Compared) -> str:
    return (
        f"The question was answered with {now.cited.rows:,} rows, and of what was known then {now.rows:,} are there "
        "or not the same: some were corrected, restated, forgotten, or came in late. "
        f"{PATH}/{now.cited.id}/rows?changed=true gives them as they are; ask anew for what is known today."
    )


def _told(cited: Cited) -> dict[str, Any]:
    return {"rows": cited.rows, "checksum": cited.checksum}
