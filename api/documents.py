"""Turns what the platform holds into the published shapes of ``api.schema``."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from api import schema
from api.times import iso, iso_of, iso_of_ms
from api.vocabulary import all_properties, domain_of
from sensors.decoder import is_older
from sensors.proposal import feature
from storage.catalogue import Counts, LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.services import Services
    from processing.formulas import Versions
    from processing.indicator import Indicator
    from sensors.model import Datastream, Device, ObservedProperty, SensorKind, Thing
    from sensors.proposal import Fit, Proposal
    from storage.quarantine import Quarantined, UnknownDevice
    from storage.store import Spans, Store


def thing_document(thing: Thing) -> schema.ThingDocument:
    """Show a thing."""
    return schema.ThingDocument(
        id=thing.id,
        name=thing.name,
        kind=thing.kind,
        domain=domain_of(thing.kind),
        operator=thing.operator,
        district=thing.district,
        public=thing.public,
        location=schema.Location(longitude=thing.longitude, latitude=thing.latitude),
        properties=dict(thing.site(time.time_ns() // 1_000_000)),
    )


def device_document(device: Device) -> schema.DeviceDocument:
    """Show what a device observes, or observed for a while."""
    return schema.DeviceDocument(
        id=device.id,
        model=device.model,
        thing=device.thing.id,
        valid_from=_instant(device.valid_from),
        valid_to=_instant(device.valid_to),
    )


def _instant(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else iso_of_ms(milliseconds)


def datastream_documents(store: Store, streams: Sequence[Datastream]) -> list[schema.DatastreamDocument]:
    """Show datastreams with what the store holds of each, in the given order."""
    if not streams:
        return []
    extents = _extents(store.spans(streams))
    return [_datastream(stream, *extents.get(stream, (None, None, 0))) for stream in streams]


def _extents(spans: Spans) -> dict[Datastream, tuple[str, str, int]]:
    columns = (iso(spans.first).tolist(), iso(spans.last).tolist(), spans.count.tolist())
    return dict(zip(spans.datastreams, zip(*columns, strict=True), strict=True))


def _datastream(stream: Datastream, first: str | None, last: str | None, count: int) -> schema.DatastreamDocument:
    declared = all_properties().get(stream.observed_property)
    return schema.DatastreamDocument(
        id=stream.name,
        thing=stream.thing,
        observed_property=stream.observed_property,
        title=declared.title if declared else stream.observed_property,
        title_de=declared.title_de if declared else stream.observed_property,
        unit=declared.unit if declared else "",
        series=declared.series.value if declared else None,
        derived=stream.derived,
        first=first if count else None,
        last=last if count else None,
        count=count,
    )


def indicator_document(indicator: Indicator, versions: Versions) -> schema.IndicatorDocument:
    """Show an indicator's definition, and which versions of it there were."""
    return schema.IndicatorDocument(
        name=indicator.name,
        title=indicator.title,
        title_de=indicator.title_de,
        description=indicator.description,
        unit=indicator.unit,
        source=indicator.source,
        version=indicator.version,
        versions=[
            schema.FormulaVersion(version=one.version or None, since=iso_of_ms(one.since))
            for one in versions.notes.get(indicator.name, ())
        ],
        domain=indicator.domain,
        kinds=list(indicator.kinds),
        inputs=list(indicator.inputs),
        windows=list(indicator.every_window()),
        properties=[declared.name for declared in indicator.observed_properties()],
        min_coverage=indicator.min_coverage,
    )


def kind_document(kind: SensorKind) -> schema.KindDocument:
    """Show how a kind of asset is observed."""
    return schema.KindDocument(
        name=kind.name,
        domain=kind.domain,
        title=kind.title,
        title_de=kind.title_de,
        properties=[_property(declared) for declared in kind.properties],
        site=dict(kind.site),
    )


def _property(declared: ObservedProperty) -> schema.PropertyDocument:
    return schema.PropertyDocument(
        name=declared.name,
        title=declared.title,
        title_de=declared.title_de,
        unit=declared.unit,
        series=declared.series.value,
        description=declared.description,
        source=declared.source,
        categories=list(declared.categories),
        fail=declared.fail,
        suspect=declared.suspect,
        max_hold_seconds=declared.max_hold.total_seconds(),
    )


def ledger_document(services: Services) -> schema.LedgerDocument:
    """Show what became of every message; what workers hold in flight counts as received."""
    in_flight = dict(services.in_flight())
    settled = {(entry.source, entry.worker): entry for entry in services.catalogue.ledger()}
    entries = [
        _entry(key, settled.get(key), in_flight.get(key, 0)) for key in sorted(settled.keys() | in_flight.keys())
    ]
    total = sum((entry.counts for entry in settled.values()), start=Counts())
    return schema.LedgerDocument(
        entries=entries,
        total=schema.Tally(**_tally(total, sum(in_flight.values()))),
        balanced=all(entry.balanced for entry in entries),
    )


def _entry(key: tuple[str, str], settled: LedgerEntry | None, in_flight: int) -> schema.LedgerEntryDocument:
    source, worker = key
    counts = settled.counts if settled else Counts()
    return schema.LedgerEntryDocument(
        source=source,
        worker=worker,
        balanced=counts.balanced,
        updated=iso_of(settled.updated) if settled else None,
        **_tally(counts, in_flight),
    )


def _tally(counts: Counts, in_flight: int) -> dict[str, int]:
    known = replace(counts, received=counts.received + in_flight)
    names = ("received", "stored", "duplicate", "superseded", "quarantined", "empty", "dropped")
    return {name: getattr(known, name) for name in names} | {"in_flight": in_flight}


def quarantined_document(row: Quarantined) -> schema.QuarantinedDocument:
    """Show a message that could not become observations."""
    rejected = row.rejected
    text = _text(rejected.message.payload)
    return schema.QuarantinedDocument(
        id=row.id,
        source=rejected.message.source,
        topic=rejected.message.topic,
        device=rejected.device,
        reason=rejected.reason,
        detail=rejected.detail,
        payload=text,
        payload_base64=b64encode(rejected.message.payload).decode() if text is None else None,
        first_seen=iso_of(row.first_seen),
        last_seen=iso_of(row.last_seen),
        count=row.count,
        decoder=rejected.decoder,
        older_decoder=is_older(rejected.decoder),
    )


def proposal_document(waiting: UnknownDevice, proposal: Proposal) -> schema.ProposalDocument:
    """Show an unknown device and what it may be."""
    return schema.ProposalDocument(
        device=waiting.id,
        count=waiting.count,
        first_seen=iso_of(waiting.first_seen),
        last_seen=iso_of(waiting.last_seen),
        names=list(proposal.names),
        envelopes=list(proposal.envelopes),
        topics=list(proposal.topics),
        ports=list(proposal.ports),
        fields=dict(proposal.fields),
        payload_hex=proposal.payload.hex(),
        rssi=proposal.rssi,
        snr=proposal.snr,
        battery=proposal.battery,
        earliest=_instant(proposal.earliest),
        latest=_instant(proposal.latest),
        models=[_fit(fit) for fit in proposal.fits],
        feature=feature(proposal, proposal.fits[0]) if proposal.fits else None,
    )


def _fit(fit: Fit) -> schema.FitDocument:
    results = {name: None if isnan(value) else value for name, value in fit.results.items()}
    return schema.FitDocument(model=fit.model, kind=fit.kind, score=fit.score, results=results, needs=list(fit.needs))


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
