"""Questions that were answered whole, under an id to cite: the same rows again, or that they have changed since."""

import re
from typing import Annotated, Any

from fastapi import Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import PUBLIC
from api.choosing import names_in
from api.citing import answer_again, compared
from api.form import all_forms, chosen_form, offered
from api.parameters import CityNow, Fields, TableFormat, versioned
from api.problem import ProblemError
from api.questions import PATH
from api.sending import table_answers
from api.table_schema import AnswerDocument, QueryDocument
from api.times import iso_of_ms
from api.view import View
from storage.queries import Cited

ROUTER = versioned("queries")

OFFERED = offered()

_UNKNOWN = "There is no question {!r}: its export was not sent to its end, or nobody looked at it for a month."

_NO_ID = (
    "{!r} is no id of a question: these are 20 of the letters a-z and the digits 2-7, as the header "
    f"'Link: <{PATH}/ID>; rel=\"cite-as\"' of an export names them."
)
_ID = re.compile("[a-z2-7]{20}")

Id = Annotated[str, Path(description="As the `Link` of an export names it: 20 of a-z and 2-7")]


@ROUTER.get("/queries/{id}", summary="Show a question that was answered")
def query(
    request: Request,
    city: CityNow,
    id: Id,  # noqa: A002 - the name that the path shows
    *,
    check: Annotated[bool, Query(description="Read its rows again, and say whether they are still the same")] = False,
) -> QueryDocument:
    """Show what was asked, as of when, how many rows came out, and their checksum. From now on it is kept for good.

    It is known once an export has been sent to its end: one that was cut off is not here.
    """
    city, cited = _cited(city, request, id)
    city.services.catalogue.keep_cited(id)
    now = (
        compared(city, cited, request.app.state.exports[cited.asked["of"]].begin(public=city.tenant == PUBLIC))
        if check
        else None
    )
    return QueryDocument(
        id=id,
        asked=_told(cited),
        pin=iso_of_ms(cited.pin),
        complete=True,
        rows=cited.rows,
        checksum=cited.checksum,
        rows_at=f"{PATH}/{id}/rows",
        now=None if now is None else AnswerDocument(**now.told(), changed=not now.same),
    )


@ROUTER.get(
    "/queries/{id}/rows",
    summary="Give the rows of a question again",
    response_class=Response,
    responses=table_answers(*OFFERED, modelled=False),
)
def rows(
    request: Request,
    city: CityNow,
    id: Id,  # noqa: A002 - the name that the path shows
    *,
    changed: Annotated[
        bool, Query(description="Give them as they are now, also where they have changed since; the mark says so")
    ] = False,
    fields: Fields = None,
    format: TableFormat = None,  # noqa: A002 - the name that the query shows
) -> Response:
    """Give the rows that were known at the instant of the question: what came later takes no part.

    The store keeps one row per datastream and time, so a row that was corrected since is not there as it was: the rows
    are compared first, and where they have changed that is said (409) instead of giving others.
    """
    form = all_forms()[chosen_form(format, request.headers.get("accept"), OFFERED)]
    city, cited = _cited(city, request, id)
    return answer_again(request, city, cited, (form, names_in("fields", fields)), accept=changed)


def _told(cited: Cited) -> dict[str, Any]:
    """Say what was asked, with instants as everywhere else."""
    span = {name: iso_of_ms(cited.asked[name]) for name in ("start", "end")}
    return {**cited.asked, **span}


def _cited(city: View, request: Request, id_: str) -> tuple[View, Cited]:
    """Find a question among one's own, or the public's, and the city as it was asked: no others' are known of."""
    if not _ID.fullmatch(id_):
        raise ProblemError("bad-value", _NO_ID.format(id_[:60]), parameter="id")
    for asked in (city, request.app.state.cities.of(PUBLIC)):
        cited = asked.services.catalogue.cited(id_)
        if cited is not None:
            return asked, cited
    raise ProblemError("not-found", _UNKNOWN.format(id_))
