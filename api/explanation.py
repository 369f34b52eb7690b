"""Turns the explanation of a number into its published shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from api import schema
from api.columns import QUALITY_NAMES
from api.times import iso_of

if TYPE_CHECKING:
    from processing.explain import Explanation, Number
    from processing.made import Made
    from sensors.quality import Quality


def explanation_document(explained: Explanation) -> schema.ExplanationDocument:
    """Show why a number is what it is."""
    indicator = explained.indicator
    return schema.ExplanationDocument(
        thing=explained.thing.id,
        property=explained.property,
        indicator=indicator.name,
        version=indicator.version,
        title=indicator.title,
        title_de=indicator.title_de,
        unit=explained.unit,
        formula=indicator.description,
        source=indicator.source,
        window=explained.window,
        start=iso_of(explained.start),
        end=iso_of(explained.end),
        stored=None if explained.stored is None else _number(explained.stored),
        computed=_number(explained.computed),
        site=dict(explained.site),
        inputs=[_made(made) for made in explained.inputs],
        arithmetic=explained.arithmetic,
        min_coverage=indicator.min_coverage,
    )


def _number(number: Number) -> schema.NumberDocument:
    return schema.NumberDocument(
        value=number.value,
        coverage=number.coverage,
        samples=number.samples,
        quality=number.quality,
        quality_name=_flag(number.quality),
        revision=number.revision,
        stated=None if number.stated is None else iso_of(number.stated),
    )


def _made(made: Made) -> schema.MadeDocument:
    return schema.MadeDocument(
        datastream=made.datastream.name,
        unit=made.unit,
        rows=made.count,
        observations=[
            schema.UsedDocument(
                phenomenon_time=iso_of(used.time),
                result=used.value,
                quality_name=_flag(used.quality),
                findings=list(used.findings),
                left_out=used.why_not,
                hours=used.hours,
                amount=used.amount,
            )
            for used in made.rows
        ],
        hours=made.hours,
        amount=made.amount,
        gaps=[schema.GapDocument(start=iso_of(gap.start), end=iso_of(gap.end)) for gap in made.gaps],
    )


def _flag(quality: Quality) -> schema.QualityName:
    return cast("schema.QualityName", QUALITY_NAMES[quality])
