"""Turns the explanation of a number into its published shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from api import explanation_schema as schema
from api.columns import QUALITY_NAMES
from api.times import iso_of
from sensors.model import TIME

if TYPE_CHECKING:
    from api.schema import QualityName
    from processing.explain import Explanation, Number
    from processing.formulas import Versions
    from processing.indicator import Indicator
    from processing.made import Made
    from sensors.quality import Quality


def explanation_document(explained: Explanation, versions: Versions) -> schema.ExplanationDocument:
    """Show why a number is what it is; ``versions`` tell by which formula the stored one was computed."""
    indicator, stored = explained.indicator, explained.stored
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
        stored=None if stored is None else _number(stored, _version_of(stored, indicator, versions)),
        computed=_number(explained.computed, _version_of(explained.computed, indicator, versions)),
        site=dict(explained.site),
        inputs=[_made(made) for made in explained.inputs],
        arithmetic=explained.arithmetic,
        min_coverage=indicator.min_coverage,
    )


def _version_of(number: Number, indicator: Indicator, versions: Versions) -> int | None:
    """Tell by which version a number was computed; None where nobody has noted that."""
    if number.stated is None:
        return indicator.version
    return versions.in_force(indicator.name, int(number.stated.astype(TIME).astype(np.int64))) or None


def _number(number: Number, version: int | None) -> schema.NumberDocument:
    return schema.NumberDocument(
        value=number.value,
        coverage=number.coverage,
        samples=number.samples,
        quality=number.quality,
        quality_name=_flag(number.quality),
        revision=number.revision,
        stated=None if number.stated is None else iso_of(number.stated),
        formula_version=version,
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


def _flag(quality: Quality) -> QualityName:
    return cast("QualityName", QUALITY_NAMES[quality])
