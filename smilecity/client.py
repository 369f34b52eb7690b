"""Asks a platform for its data as pandas or Arrow tables: ``City("https://smile.example").observations(...)``.

It needs httpx, pandas and pyarrow, and nothing else of this package, so that a researcher's notebook may use it
against a platform that runs elsewhere. A table is whole, or an error: an answer that was cut off is never returned.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, Self

import httpx
import msgspec
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    Moment = str | datetime
    """``-7d``, ``2026-03-29``, ``2026-03-29T01:00:00Z``, or a datetime that knows its offset."""

ARROW = "application/vnd.apache.arrow.stream"
TRIES = 4
LONGEST_WAIT_S = 30.0
"""A platform that wants to be asked again later than this is not waited for."""
_BUSY = {429, 503}


class CityError(Exception):
    """The platform refused; the message is its own sentence. ``status`` is HTTP's, ``code`` names the problem."""

    def __init__(self, detail: str, status: int = 0, code: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


class IncompleteError(CityError):
    """An answer ended before it was whole: ask again."""


class City:
    """A platform at an address; use it as a context, or ``close`` it.

    ``key`` is what an operator or researcher was given; without one everything public is seen. Every table has the
    columns of ``/v1/observations`` or of what else was asked. ``DataFrame.attrs`` holds the ``units`` by property and,
    of an export, under ``cite-as`` the address that gives the same rows again.
    """

    def __init__(self, url: str = "http://127.0.0.1:8080", key: str | None = None, *, timeout_s: float = 60.0) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=timeout_s, follow_redirects=False)

    def observations(
        self,
        thing: str | None = None,
        property: str | None = None,  # noqa: A002 - the word of the API
        *,
        start: Moment | None = None,
        end: Moment | None = None,
        **chosen: str,
    ) -> pd.DataFrame:
        """Give observations of one datastream, or of all that are chosen, with start <= phenomenon_time < end.

        ``thing`` and ``property`` may be several, with commas between; ``chosen`` is ``kind``, ``domain``, ``operator``
        or ``district``. Without a span it is the last 24 h that there are. Raises CityError, IncompleteError.
        """
        span = {"from": _written(start), "to": _written(end)}
        return self.frame("/v1/observations", thing=thing, property=property, **span, **chosen)

    def aggregates(
        self,
        property: str,  # noqa: A002 - the word of the API
        thing: str | None = None,
        *,
        step: str = "hour",
        function: str = "mean",
        start: Moment = "-7d",
        end: Moment | None = None,
        **chosen: str,
    ) -> pd.DataFrame:
        """Give observations summed up by windows of ``15min``, ``hour``, ``day``, ``week``, ``month`` and so on.

        ``function`` may be several, with commas between; ``chosen`` may also say ``group`` (``district``, ``operator``,
        ``city``, ``site``) and ``zone``. Raises CityError, IncompleteError.
        """
        span = {"from": _written(start), "to": _written(end)}
        how = {"step": step, "function": function}
        return self.frame("/v1/aggregates", property=property, thing=thing, **how, **span, **chosen)

    def latest(self, **chosen: str) -> pd.DataFrame:
        """Give the newest observation of each datastream; ``chosen``: ``thing``, ``kind``, ``domain``, ``property``."""
        return self.frame("/v1/latest", **chosen)

    def things(self, **chosen: str) -> pd.DataFrame:
        """Give what is observed, with where it is; ``chosen`` as for observations."""
        return self.frame("/v1/things", **chosen)

    def indicators(self) -> pd.DataFrame:
        """Give the definitions of all indicators, by name."""
        return pd.DataFrame(self.document("/v1/indicators")["indicators"]).set_index("name")

    def explain(self, thing: str, property: str, at: Moment | None = None) -> dict[str, Any]:  # noqa: A002 - as above
        """Tell why an indicator's number is what it is: inputs, gaps, what was left out, the definition."""
        return self.document("/v1/explain", thing=thing, property=property, at=_written(at))

    def frame(self, path: str, **query: str | None) -> pd.DataFrame:
        """Give the table of any path that answers in Arrow, as pandas; names are categories."""
        table = self.table(path, **query)
        frame: pd.DataFrame = table.to_pandas()
        frame.attrs = {name.decode(): said.decode() for name, said in (table.schema.metadata or {}).items()}
        frame.attrs["units"] = msgspec.json.decode(frame.attrs.get("units", "{}"))
        return frame

    def table(self, path: str, **query: str | None) -> pa.Table:
        """Give the table of any path that answers in Arrow. Raises CityError, IncompleteError."""
        with self._asked(path, query, ARROW) as answer:
            table, cited = _whole(answer), answer.links.get("cite-as", {}).get("url")
        if cited is None:
            return table
        place = f"{self._client.base_url.join(cited)}"
        return table.replace_schema_metadata({**(table.schema.metadata or {}), "cite-as": place})

    def document(self, path: str, **query: str | None) -> dict[str, Any]:
        """Give the JSON document of any path. Raises CityError."""
        with self._asked(path, query, "application/json") as answer:
            found: dict[str, Any] = msgspec.json.decode(answer.read())
            return found

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _asked(self, path: str, query: dict[str, str | None], accept: str) -> Iterator[httpx.Response]:
        """Ask until there is an answer that is not "later"."""
        said = {name: value for name, value in query.items() if value is not None}
        for one_more in range(TRIES - 1, -1, -1):
            try:
                with self._client.stream("GET", path, params=said, headers={"accept": accept}) as answer:
                    wait = _wait(answer) if one_more else None
                    if wait is None:
                        _demand_answer(answer)
                        yield answer
                        return
            except httpx.RemoteProtocolError as cut:
                raise IncompleteError(f"the answer of {path} was cut off ({cut}): ask again") from None
            except httpx.TransportError as failed:
                raise CityError(f"{self._client.base_url} does not answer: {failed}") from None
            time.sleep(wait)


def _wait(answer: httpx.Response) -> float | None:
    """Tell for how long to wait before asking again; None where there is nothing to wait for."""
    said = answer.headers.get("retry-after", "")
    wait = float(said) if said.isdigit() else 1.0
    return wait if answer.status_code in _BUSY and wait <= LONGEST_WAIT_S else None


def _demand_answer(answer: httpx.Response) -> None:
    if not answer.is_success:
        answer.read()
        _refuse(answer)


def _refuse(answer: httpx.Response) -> NoReturn:
    try:
        problem = answer.json()
        detail, code = str(problem["detail"]), str(problem["type"]).partition("#")[2]
    except (ValueError, KeyError, TypeError):
        detail, code = f"{answer.request.url} answers {answer.status_code} {answer.reason_phrase}", ""
    raise CityError(detail, answer.status_code, code)


def _whole(answer: httpx.Response) -> pa.Table:
    """Read a stream of Arrow up to the mark that says that it is whole."""
    told: dict[str, str] = {}
    batches = []
    try:
        with pa.ipc.open_stream(pa.py_buffer(answer.read())) as stream:
            for batch, said in stream.iter_batches_with_custom_metadata():
                told |= {name.decode(): value.decode() for name, value in (said or {}).items()}
                batches.append(batch)
            table = pa.Table.from_batches(batches, stream.schema)
    except (pa.ArrowInvalid, OSError) as cut:
        raise IncompleteError(f"the answer of {answer.request.url.path} cannot be read to its end: {cut}") from None
    if told.get("complete") != "true" or told.get("rows") != f"{table.num_rows}":
        raise IncompleteError(
            f"the answer of {answer.request.url.path} ended after {table.num_rows} rows without saying that this is all"
        )
    return table


def _written(moment: Moment | None) -> str | None:
    """Write a moment as the API reads it. Raises ValueError for a datetime that does not know its offset."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError(
            f"{moment} does not say in which zone it is: give it a tzinfo, such as ZoneInfo('Europe/Berlin')"
        )
    return moment.isoformat()
