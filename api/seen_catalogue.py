"""The catalogue as a tenant sees it, and may change it.

It has no connection of its own: a question that is not answered here is answered nowhere, so that what the catalogue
learns to tell is hidden until somebody has said who may hear it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from api.problem import ProblemError
from sensors.households import HOUSEHOLD
from sensors.naming import named_in, named_in_topic, spelled
from storage.catalogue import Catalogue
from storage.quarantine import ANY, LAST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from api.seen_alerts import SeenAlerts
    from api.sight import Sight
    from sensors.model import Calibration, Device, Message, Thing
    from storage.catalogue import LedgerEntry
    from storage.quarantine import Alike, Choice, Quarantined, UnknownDevice
    from storage.queries import Cited
    from storage.replays import Request
    from storage.retention import Expired

PAGE = 200


class SeenCatalogue(Catalogue):
    """What a tenant sees of a catalogue."""

    def __init__(self, whole: Catalogue, alerts: SeenAlerts, sight: Callable[[], Sight]) -> None:
        self._whole = whole
        self._sight = sight
        self.alerts = alerts
        self.formulas = whole.formulas
        """Of formulas nothing is anybody's own."""

    def version(self) -> int:
        """Give a number that changes whenever things or devices do."""
        return self._whole.version()

    def things(
        self, *, kind: str | None = None, operator: str | None = None, district: str | None = None
    ) -> tuple[Thing, ...]:
        """List the things that are seen, ordered by id."""
        return tuple(
            thing
            for thing in self._sight().things.values()
            if kind in (None, thing.kind) and operator in (None, thing.operator) and district in (None, thing.district)
        )

    def thing(self, id: str) -> Thing | None:  # noqa: A002 - the field's word for it
        """Give one thing, None where none of that id is seen."""
        return self._sight().things.get(id)

    def devices(self) -> dict[str, tuple[Device, ...]]:
        """Give by device id what each observes and has observed of what is the tenant's own."""
        own = ((name, tuple(filter(self._is_own, several))) for name, several in self._whole.devices().items())
        return {name: several for name, several in own if several}

    def put(self, things: Iterable[Thing], devices: Iterable[Device] = (), *, version: int | None = None) -> None:
        """Add or change things and devices of the tenant's own. Raises ProblemError for others', and OvertakenError."""
        things, devices = tuple(things), tuple(devices)
        for thing in (*things, *(device.thing for device in devices)):
            self._demand_own(thing)
        for thing in things:
            self._refuse_unmarked(thing)
        for device in devices:
            self._refuse_uncovered(device)
        self._refuse_taken(things, devices)
        for thing in things:
            self._refuse_blinding(thing)
        self._whole.put(things, devices, version=version)

    def retire(self, thing: str, at: int, *, version: int | None = None) -> None:
        """Take a thing of the tenant's own off the register. Raises ValueError as for one that is not there."""
        known = self.thing(thing)
        if known is None or not self._owns(known):
            raise ValueError(f"there is no thing '{thing[:200]}'")
        self._whole.retire(thing, at, version=version)

    def assign(self, device: Device) -> None:
        """Let a device observe a thing of the tenant's own. Raises ProblemError for others', ValueError as ever."""
        self._demand_own(device.thing)
        self._refuse_taken((), (device,))
        self._refuse_uncovered(device)
        self._whole.assign(device)

    def end(self, device: str, at: int) -> None:
        """Let a device of the tenant's own observe nothing any more. Raises ValueError as for one that is not there."""
        if not all(map(self._is_own, self._whole.devices().get(device, ()))):
            raise ValueError(f"the device '{device[:200]}' observes nothing")
        self._whole.end(device, at)

    def calibrate(self, thing: str, calibration: Calibration) -> None:
        """Note what is true of a site of the tenant's own. Raises ValueError as for one that is not there."""
        known = self.thing(thing)
        if known is None or not self._owns(known):
            raise ValueError(f"there is no thing '{thing[:200]}'")
        others = tuple(one for one in known.calibrations if one.since != calibration.since)
        self._refuse_unmarked(replace(known, calibrations=(*others, calibration)))
        self._whole.calibrate(thing, calibration)

    def ledger(self) -> tuple[LedgerEntry, ...]:
        """List the books: the city's alone, for no source is one operator's."""
        return self._whole.ledger() if self._sight().tenant.whole else ()

    def expired(self) -> tuple[Expired, ...]:
        """Tell what was removed from quarantine ever, in the same way."""
        return self._whole.expired() if self._sight().tenant.whole else ()

    def quarantine(self, choice: Choice = ANY, *, limit: int = 100, after: int = 0) -> tuple[Quarantined, ...]:
        """List at most ``limit`` messages of the tenant's own devices, ordered by id; no household's, whoever asks."""
        return tuple(islice(self._quarantined(choice, after), limit))

    def alike(self, choice: Choice = ANY, *, limit: int = 100) -> tuple[Alike, ...]:
        """Sum up what waits in quarantine by device and reason."""
        hides = self._hides_device()
        return tuple(one for one in self._whole.alike(choice, limit=LAST) if not hides(one.device))[:limit]

    def unknown_devices(self, *, limit: int = 100, after: str = "") -> tuple[UnknownDevice, ...]:
        """List devices that wait to be known: nobody's yet, so the city's; none that was a household's."""
        return tuple(islice(self._unknown(after), limit)) if self._sight().tenant.whole else ()

    def unknown_device(self, id: str) -> UnknownDevice | None:  # noqa: A002 - the field's word for it
        """Give one device that waits to be known."""
        return None if not self._sight().tenant.whole or self._conceals(id) else self._whole.unknown_device(id)

    def newest_of(self, device: str, limit: int = 20) -> tuple[Message, ...]:
        """Give the newest different messages of a device that waits to be known."""
        hides = self._hides()
        found = self._whole.newest_of(device, limit) if self._sight().tenant.whole else ()
        return tuple(message for message in found if not hides(device, message))

    def ask_replay(self, choice: Choice = ANY) -> int:
        """Ask for messages in quarantine to be read again: of all devices for the city, else of one of one's own."""
        tenant = self._sight().tenant
        if not tenant.whole and (choice.device is None or self._hides_device()(choice.device)):
            raise ProblemError("not-allowed", "Only the city may have everything read again: name a device of yours.")
        return self._whole.ask_replay(choice)

    def replay_request(self, id: int | None = None) -> Request | None:  # noqa: A002 - the field's word for it
        """Tell how far a request has come; of one for everything the city, else whose device it is."""
        found = self._whole.replay_request(id)
        if found is None or self._sight().tenant.whole:
            return found
        device = found.choice.device
        return None if device is None or self._hides_device()(device) else found

    def cite(self, cited: Cited) -> None:
        """Keep a question that was answered, for its tenant alone: what comes out tells of what there is."""
        self._whole.cite(replace(cited, id=self._own_id(cited.id)))

    def cited(self, id: str) -> Cited | None:  # noqa: A002 - the field's word for it
        """Give a question that the tenant has asked."""
        found = self._whole.cited(self._own_id(id))
        return None if found is None else replace(found, id=id)

    def keep_cited(self, id: str) -> None:  # noqa: A002 - the field's word for it
        """Keep a question that the tenant has asked for good."""
        self._whole.keep_cited(self._own_id(id))

    def close(self) -> None:
        """Do nothing: it was lent."""

    def _own_id(self, id_: str) -> str:
        tenant = self._sight().tenant
        whose = "city:" if tenant.whole else f"operator:{tenant.operator}:" if tenant.operator else ""
        return f"{whose}{id_}"

    def _quarantined(self, choice: Choice, after: int) -> Iterator[Quarantined]:
        hides = self._hides()
        while rows := self._whole.quarantine(choice, limit=PAGE, after=after):
            yield from (row for row in rows if not hides(row.rejected.device, row.rejected.message))
            after = rows[-1].id

    def _unknown(self, after: str) -> Iterator[UnknownDevice]:
        while rows := self._whole.unknown_devices(limit=PAGE, after=after):
            yield from (row for row in rows if not self._conceals(row.id))
            after = rows[-1].id

    def _conceals(self, device: str) -> bool:
        """Tell whether a device that waits to be known was a household's, by its id or by what came of it."""
        if not self._sight().every.of_households:
            return False
        found = self._whole.newest_of(device)
        return self._hides_device()(device) or (bool(found) and not self.newest_of(device))

    def _hides(self) -> Callable[[str, Message], bool]:
        """Give what tells whether a message, of a device as far as it was read, is kept from the tenant.

        A household's is kept from everybody: whatever names one of its devices, in the topic or anywhere in it.
        """
        every, tenant = self._sight().every, self._sight().tenant

        def hides(device: str, message: Message) -> bool:
            if tenant.whole and not every.of_households:
                return False
            named = {spelled(device), *named_in(message)}
            if not every.of_households.isdisjoint(named):
                return True
            sender = {spelled(device), *named_in_topic(message.topic)}
            return not tenant.whole and not (self._are_own(sender) and self._are_own(named))

        return hides

    def _hides_device(self) -> Callable[[str], bool]:
        """Give what tells whether a device is kept from the tenant."""
        every, tenant = self._sight().every, self._sight().tenant
        return lambda device: (
            spelled(device) in every.of_households or not (tenant.whole or self._are_own({spelled(device)}))
        )

    def _are_own(self, named: Iterable[str]) -> bool:
        """Tell whether some names, spelled alike, are of devices of the tenant's own and of no others'."""
        operators = self._sight().every.operators
        found = [operators[name] for name in named if name in operators]
        mine = self._sight().tenant.operator
        return bool(found) and bool(mine) and all(each == {mine} for each in found)

    def _is_own(self, device: Device) -> bool:
        return self._owns(device.thing)

    def _owns(self, thing: Thing) -> bool:
        tenant = self._sight().tenant
        return tenant.whole or (bool(thing.operator) and thing.operator == tenant.operator)

    def _demand_own(self, thing: Thing) -> None:
        """Raise ProblemError where a thing would be somebody else's, or is called as a group of things is."""
        if not self._owns(thing):
            mine = self._sight().tenant.operator
            raise ProblemError("not-allowed", f"Your key is that of {mine!r}: every thing must have it as 'operator'.")
        if thing.id in self._sight().every.members:
            raise ProblemError("conflict", f"A group of things is called {thing.id!r}: give the thing another id.")

    def _refuse_unmarked(self, thing: Thing) -> None:
        """Raise ProblemError where a household's meter would be none any more, and its past be told."""
        every = self._sight().every
        denied = thing.id in every.marked and _denials(thing) - _denials(every.things.get(thing.id))
        if thing.id in every.households and (denied or not every.stays_household(thing)):
            detail = (
                f"{thing.id!r} measures a household, and stays one: leave 'household' true, or take another id for "
                "what is measured now. At the machine itself 'smilecity things add' may say otherwise."
            )
            raise ProblemError("household", detail)

    def _refuse_blinding(self, thing: Thing) -> None:
        """Raise ProblemError where a thing that is not public would hide figures of its groups that others see."""
        group = None if thing.public else self._sight().would_hide(thing)
        if group is not None:
            detail = (
                f"{thing.id!r} would not be public, and {group!r} has values of things of other companies that others "
                "see: they would rest on it, and be hidden from them. Let it be public (of a household that opens "
                'nothing of its own), put it into no such group, or ask the city, whose key may do it: "public": false.'
            )
            raise ProblemError("not-allowed", detail)

    def _refuse_uncovered(self, device: Device) -> None:
        """Raise ProblemError where a household's device would observe what anybody may be told of."""
        every = self._sight().every
        if spelled(device.id) in every.of_households and not every.stays_household(device.thing):
            detail = (
                f"The device {device.id!r} observes a household's thing, or has: what it says may be told of nobody "
                f"alone, and {device.thing.id!r} is no household's. If it really hangs elsewhere now, say so at the "
                "machine itself: 'smilecity devices assign'."
            )
            raise ProblemError("household", detail)

    def _refuse_taken(self, things: Iterable[Thing], devices: Iterable[Device]) -> None:
        """Raise ProblemError where an id is somebody else's: it cannot be used, and no more is told."""
        every, known = self._sight().every.things, self._whole.devices()
        taken = [thing.id for thing in things if thing.id in every and not self._owns(every[thing.id])]
        taken += [one.id for one in devices if not all(map(self._is_own, known.get(one.id, ())))]
        if taken:
            raise ProblemError("conflict", f"The id {taken[0]!r} cannot be used: choose another one.")


def _denials(thing: Thing | None) -> set[int | None]:
    """Give the instants from which on a site says that it is no household's; None: ever."""
    said = (
        ()
        if thing is None
        else ((None, thing.properties), *((one.since, one.properties) for one in thing.calibrations))
    )
    return {since for since, site in said if site.get(HOUSEHOLD, True) is not True}
