"""The city as one tenant sees it: the same questions as of ``api.city.City``, answered with what is theirs to see.

Routes get a view and nothing behind it. It is made once for each tenant and kept, by the version of the catalogue and
by what the store holds; a request is answered from what is there.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from api.city import City, Estate, Held, News
from api.problem import ProblemError
from api.remembered import Remembered
from api.seen_alerts import SeenAlerts
from api.seen_catalogue import SeenCatalogue
from api.seen_store import SeenStore
from api.sight import Everything, Sight
from processing.group import Group
from processing.indicators import derived_properties
from sensors.model import Datastream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.access import Tenant
    from api.city import Choice
    from api.services import Services
    from sensors.model import Batch, Thing
    from storage.catalogue import Counts
    from storage.store import Written


class View(City):
    """What one tenant sees; safe to call from several threads."""

    def __init__(self, whole: City, cities: Cities, tenant: Tenant) -> None:
        self._whole = whole
        self._cities = cities
        self.tenant = tenant
        self._sight: Sight | None = None
        self._estate_of: tuple[Sight, Estate] | None = None
        self._held_of: tuple[Held, Sight, Held] | None = None
        self._groups_of: tuple[tuple[Group, ...], Sight, tuple[Group, ...]] | None = None
        services = whole.services
        self.remembered = Remembered()
        self.alerts = SeenAlerts(services.catalogue.alerts, self.sight)
        self.services = replace(
            services,
            store=SeenStore(services.store, self.sight),
            catalogue=SeenCatalogue(services.catalogue, self.alerts, self.sight),
        )

    def sight(self) -> Sight:
        """Give what the tenant sees now."""
        every = self._cities.everything()
        known = self._sight
        if known is None or known.every is not every:
            known = self._sight = Sight(self.tenant, every)
        return known

    def estate(self) -> Estate:
        """Give the things that are seen."""
        sight, known = self.sight(), self._estate_of
        if known is None or known[0] is not sight:
            known = self._estate_of = (sight, Estate(sight.every.version, sight.things))
        return known[1]

    def groups(self) -> tuple[Group, ...]:
        """Give what is computed of what, as far as the results are seen."""
        whole, sight = self._whole.groups(), self.sight()
        known = self._groups_of
        if known is None or known[0] is not whole or known[1] is not sight:
            known = self._groups_of = (whole, sight, whole if sight.all else tuple(_seen(whole, sight)))
        return known[2]

    def models(self) -> Mapping[str, tuple[str, ...]]:
        """Name by thing that is seen the models of its devices."""
        things = self.sight().things
        return {thing: models for thing, models in self._whole.models().items() if thing in things}

    def held(self) -> Held:
        """Give the store's version and the datastreams it holds, as far as they are seen."""
        whole, sight = self._whole.held(), self.sight()
        known = self._held_of
        if known is None or known[0].streams is not whole.streams or known[1] is not sight:
            known = (whole, sight, Held(whole.version, sight.seen(whole.streams)))
        self._held_of = known = (whole, sight, Held(whole.version, known[2].streams))
        return known[2]

    def write(self, batch: Batch) -> Written:
        """Store observations of the tenant's own things. Raises ProblemError for those of others."""
        things = self.sight().things
        others = [stream.thing for stream in batch.datastreams if not self._owns(things.get(stream.thing))]
        if others:
            raise ProblemError("not-allowed", f"{others[0]!r} is another operator's: observations are its own to send.")
        return self._whole.write(batch)

    def book(self, source: str, worker: str, counts: Counts) -> None:
        """Note in the ledger what became of what was sent."""
        self._whole.book(source, worker, counts)

    def _owns(self, thing: Thing | None) -> bool:
        tenant = self.tenant
        mine = thing is not None and bool(thing.operator) and thing.operator == tenant.operator
        return thing is not None and (tenant.whole or mine)

    def streams(self, thing: Thing) -> Mapping[str, Datastream]:
        """Give the datastreams of a thing, as far as they are seen, by property."""
        sight = self.sight()
        return {name: stream for name, stream in super().streams(thing).items() if sight.sees(stream)}

    def sees(self, stream: Datastream) -> bool:
        """Tell whether a datastream, of a thing or of a group, is seen."""
        return self.sight().sees(stream)

    def admitted(self, choice: Choice, streams: Sequence[Datastream]) -> tuple[Datastream, ...]:
        """Keep the datastreams of chosen things, as far as they are seen."""
        return super().admitted(choice, self.sight().seen(streams))

    def refuse_hidden(self, stream: Datastream) -> None:
        """Raise ProblemError ``household`` for a datastream that is kept from who asks, where they may know why."""
        sight = self.sight()
        if sight.hides(stream):
            detail = (
                f"{stream.name!r} is, or rests on, what single households use. It is told in sums over at least "
                f"{sight.every.least} of them: ask for the district or another group."
            )
            raise ProblemError("household", detail)

    def refuse_withheld(self, thing: str, properties: Sequence[str]) -> None:
        """Raise ProblemError ``household`` where of a thing, or of these properties of it, something is kept back."""
        named = [Datastream(thing, name, name in derived_properties()) for name in properties]
        for stream in named or self._whole.held().of(thing):
            self.refuse_hidden(stream)

    def withheld(self, choice: Choice) -> tuple[Datastream, ...]:
        """Give the datastreams of chosen things that are kept from who asks, where they may know why: households'."""
        sight = self.sight()
        hidden = (one for one in self._whole.held().streams if one.thing in sight.every.households)
        return super().admitted(choice, [one for one in hidden if sight.hides(one)])

    def news(self, after: int) -> News:
        """Tell what was touched after a version, as far as it is seen."""
        news, sight = self._whole.news(after), self.sight()
        return (
            news if sight.all else News(news.version, {one: row for one, row in news.rows.items() if sight.sees(one)})
        )


class Cities:
    """A view of the city for every tenant."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.whole = City(services)
        """Everything, for what tells all tenants at once; no route is given it."""
        self._views: dict[Tenant, View] = {}
        self._lock = Lock()
        self._everything: Everything | None = None

    def of(self, tenant: Tenant) -> View:
        """Give the view of a tenant."""
        with self._lock:
            if tenant not in self._views:
                self._views[tenant] = View(self.whole, self, tenant)
            return self._views[tenant]

    def everything(self) -> Everything:
        """Give all there is in the catalogue now; the same until it changes."""
        estate = self.whole.estate()
        known = self._everything
        if known is None or known.things is not estate.things:
            catalogue, least = self._services.catalogue, self._services.households
            known = self._everything = Everything(
                estate.version, estate.things, least, catalogue.retired(), catalogue.observed(), catalogue.former()
            )
        return known


def _seen(groups: Sequence[Group], sight: Sight) -> list[Group]:
    """Keep of each group what its results are seen of."""
    found = []
    for group in groups:
        kinds = {kind for one in group.indicators for kind in one.kinds}
        keep = [place for place, each in enumerate(group.targets) if sight.sees_results(each.id, kinds)]
        if keep:
            found.append(group if len(keep) == len(group.targets) else group.take(np.array(keep)))
    return found
