"""Answers a SensorThings request: the root, a collection, an entity, a property, or a link to any of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from starlette.responses import Response

from api.sta.asking import CURSOR, options_of
from api.sta.evaluate import Asked
from api.sta.formats import FORMATS
from api.sta.history import History
from api.sta.links import Links, following
from api.sta.observed import Observed, Sources
from api.sta.options import DEFAULT_TOP, MOST_OBSERVATIONS, MOST_TOP, NO_OPTIONS, Format, Options
from api.sta.paths import Target, follow
from api.sta.refusals import missing, unsupported
from api.sta.rows import IDS, Rows
from api.sta.sets import SETS
from api.sta.telling import Teller
from api.times import now

if TYPE_CHECKING:
    from api.services import Services
    from api.sta.entities import Entities

PREFIX = "/sta/v1.1"
_SPEC = "http://www.opengis.net/spec/iot_sensing/1.1/req"
CONFORMANCE = (
    f"{_SPEC}/datamodel",
    *(f"{_SPEC}/datamodel/{name}" for name in ("thing", "location", "historical-location", "datastream", "sensor")),
    *(f"{_SPEC}/datamodel/{name}" for name in ("observed-property", "observation", "feature-of-interest")),
    f"{_SPEC}/resource-path/resource-path-to-entities",
    f"{_SPEC}/request-data",
    f"{_SPEC}/data-array/data-array",
)
"""What of the standard is here (OGC 18-088, table 5)."""
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a collection: its entities, how many there are in all, and the address of the next page."""

    rows: Rows | Observed
    count: int | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for, and of which city."""

    entities: Entities
    services: Services
    root: str
    path: str
    query: str

    def answer(self) -> Response:
        """Answer. Raises ProblemError."""
        links = Links(self.root)
        options = options_of(self.query)
        if not self.path:
            return _root(links, options)
        target = follow(self.path, self.entities, self.services)
        work = _Work(self, links, options, int(now().astype(np.int64)))
        if target.form == "$ref":
            return work.references(target)
        if target.steps:
            return work.property(target)
        return work.entity(target) if target.single else work.collection(target)


def _root(links: Links, options: Options) -> Response:
    if options.texts:
        raise unsupported("An option of the root", "Ask one of the entity sets.")
    sets = [{"name": name, "url": f"{links.root}/{name}"} for name in SETS]
    return _json({"value": sets, "serverSettings": {"conformance": list(CONFORMANCE)}})


@dataclass(frozen=True, slots=True)
class _Work:
    """One request under way."""

    request: Request
    links: Links
    options: Options
    moment: int

    @property
    def teller(self) -> Teller:
        """What writes entities."""
        return Teller(self.links, self._asked("$expand"))

    def entity(self, target: Target) -> Response:
        """Tell of one entity; what chooses among many has no meaning for it, and pygeoapi sends it all the same."""
        if self.options.format is not Format.JSON:
            raise unsupported(f"$resultFormat={self.options.format} of one entity", "It is for collections.")
        texts = self._texts(self._known(target), self.options)
        return Response(texts[0].encode(), media_type=JSON)

    def collection(self, target: Target) -> Response:
        """Tell of a page of a collection."""
        found = self._page(target)
        if self.options.format is not Format.JSON:
            return FORMATS[self.options.format](found.rows, found.count, found.next, self.options, self.teller)
        return self._listed(found, self._texts(found.rows, self.options))

    def references(self, target: Target) -> Response:
        """Tell only the addresses of entities."""
        one = self._known(target) if target.single else None
        found = self._page(target) if one is None else Found(one, None, None)
        ids = found.rows.ids()
        addresses = [self.links.entity(target.set.name, f"{name}") for name in ids]
        texts = [_text({"@iot.selfLink": address}) for address in addresses]
        return Response(texts[0].encode(), media_type=JSON) if one is not None else self._listed(found, texts)

    def property(self, target: Target) -> Response:
        """Tell one property of an entity, as JSON or by itself."""
        name = "@iot.id" if target.steps[0] in IDS else target.steps[0]
        (text,) = self._texts(self._known(target), NO_OPTIONS)
        value = msgspec.json.decode(text).get(name)
        for step in target.steps[1:]:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            raise missing(f"value of {'/'.join(target.steps)} here")
        if target.form != "$value":
            return _json({target.steps[-1]: value})
        return Response(value, media_type="text/plain") if isinstance(value, str) else _json(value)

    def _known(self, target: Target) -> Rows | Observed:
        assert not isinstance(target.found, Sources)  # noqa: S101 - those are many
        return target.found

    def _texts(self, rows: Rows | Observed, options: Options) -> list[str]:
        teller = self.teller
        return teller.observations(rows, options) if isinstance(rows, Observed) else teller.rows(rows, options)

    def _listed(self, found: Found, texts: list[str]) -> Response:
        head = "" if found.count is None else f'"@iot.count":{found.count},'
        if found.next is not None:
            head += f'"@iot.nextLink":{_text(found.next)},'
        return Response(f'{{{head}"value":[{",".join(texts)}]}}'.encode(), media_type=JSON)

    def _page(self, target: Target) -> Found:
        if isinstance(target.found, Rows):
            return self._rows(target.found)
        assert isinstance(target.found, Sources)  # noqa: S101 - of observations that were read there is one
        return self._observations(target.found)

    def _observations(self, sources: Sources) -> Found:
        options = self.options
        history = History.of(sources, options, self._asked("$filter"), self._asked("$orderby"))
        page = history.page(options, options.limit(DEFAULT_TOP, MOST_OBSERVATIONS))
        further = page.cursor is not None or page.skip is not None
        following_page = self._next(page.cursor, page.skip) if further else None
        return Found(page.rows, history.count() if options.count else None, following_page)

    def _rows(self, rows: Rows) -> Found:
        options = self.options
        if options.cursor is not None:
            raise unsupported(f"{CURSOR} of {rows.set.name}", "Follow the next link as it is.")
        if options.filter is not None:
            rows = rows.at(self._asked("$filter").chosen(options.filter, rows))
        if options.order:
            rows = rows.at(self._asked("$orderby").order(options.order, rows))
        limit = options.limit(DEFAULT_TOP, MOST_TOP)
        upto = options.skip + limit
        following_page = self._next(None, upto) if limit and upto < len(rows) else None
        page = rows.at(slice(options.skip, upto))
        return Found(page, len(rows) if options.count else None, following_page)

    def _next(self, cursor: str | None, skip: int | None) -> str:
        return self.links.page(self.request.path, following(self.options, cursor, skip))

    def _asked(self, option: str) -> Asked:
        return Asked(option, self.options.text(option), self.moment)


def _json(document: Any) -> Response:
    return Response(msgspec.json.encode(document), media_type=JSON)


def _text(document: Any) -> str:
    return msgspec.json.encode(document).decode()
