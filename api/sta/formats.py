"""Other forms of a collection than JSON entities: data arrays and CSV of observations, GeoJSON of what has a place.

Source: OGC 18-088 section 12.2 (data array). CSV and GeoJSON are what other servers and their clients know besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from starlette.responses import Response

from api.columns import FORMULA_VERSION
from api.sta.observations import numbers_text, quality_text, result_times_text, times_text
from api.sta.observed import Observed
from api.sta.options import Format, Options
from api.sta.refusals import unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.sta.rows import Rows
    from api.sta.telling import Teller

COMPONENTS = ("id", "phenomenonTime", "resultTime", "result", "resultQuality")


def data_array(
    rows: Rows | Observed, count: int | None, following: str | None, options: Options, teller: Teller
) -> Response:
    """Write observations as arrays, those of each datastream together."""
    observed = _observations(rows, options, "dataArray")
    wanted = teller.wanted(observed.set, options)
    names = [name for name in COMPONENTS if ("@iot.id" if name == "id" else name) in wanted]
    texts = (
        _joined("[", *_separated([_json_column(name, observed) for name in names]), "]").to_pylist() if names else []
    )
    streams, first = np.unique(observed.stream, return_index=True)
    groups = []
    for stream in streams[np.argsort(first)].tolist():
        mine = np.flatnonzero((observed.stream == stream) & bool(names))
        address = teller.links.entity("Datastreams", observed.entities.streams[stream].name)
        head = {"Datastream@iot.navigationLink": address, "components": names, "dataArray@iot.count": len(mine)}
        groups.append(f'{_text(head)[:-1]},"dataArray":[{",".join(texts[row] for row in mine)}]}}')
    body = _head(count, following) + f'"value":[{",".join(groups)}]}}'
    return Response(body.encode(), media_type="application/json")


def csv(rows: Rows | Observed, count: int | None, following: str | None, options: Options, teller: Teller) -> Response:
    """Write observations as CSV, a line each; the next page is in the header ``Link``."""
    observed = _observations(rows, options, "CSV")
    wanted = teller.wanted(observed.set, options)
    columns = {"@iot.id": observed.ids(), "phenomenonTime": times_text(observed)}
    columns |= {"resultTime": result_times_text(observed), "result": _plain(observed.batch.result)}
    names = {"flag": observed.batch.quality, "coverage": observed.batch.coverage}
    names |= {"samples": observed.batch.samples, "revision": observed.batch.revision}
    columns |= {f"resultQuality/{name}": _plain(values) for name, values in names.items()}
    columns[f"resultQuality/{FORMULA_VERSION}"] = observed.formula_versions
    kept = {name: values for name, values in columns.items() if name.partition("/")[0] in wanted}
    sink = pa.BufferOutputStream()
    from pyarrow import csv as writer  # noqa: PLC0415 - this function has its name

    writer.write_csv(pa.table(kept), sink)
    return Response(sink.getvalue().to_pybytes(), headers=_headers(count, following), media_type="text/csv")


def geojson(
    rows: Rows | Observed, count: int | None, following: str | None, options: Options, teller: Teller
) -> Response:
    """Write what has a place as features."""
    if isinstance(rows, Observed) or not rows.set.geometry:
        known = "Locations, Datastreams and FeaturesOfInterest"
        raise unsupported(f"$resultFormat=GeoJSON of {rows.set.name}", f"It is for {known}.")
    features = [_feature(msgspec.json.decode(text), rows.set.geometry) for text in teller.rows(rows, options)]
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    if count is not None:
        document["@iot.count"] = count
    if following is not None:
        document["@iot.nextLink"] = following
    return Response(msgspec.json.encode(document), media_type="application/geo+json")


def _feature(told: dict[str, Any], geometry: str) -> dict[str, Any]:
    feature = {"type": "Feature", "geometry": told.pop(geometry, None), "properties": told}
    return feature | ({"id": told["@iot.id"]} if "@iot.id" in told else {})


FORMATS: Mapping[Format, Callable[..., Response]] = {
    Format.DATA_ARRAY: data_array,
    Format.CSV: csv,
    Format.GEOJSON: geojson,
}


def _observations(rows: Rows | Observed, options: Options, form: str) -> Observed:
    if not isinstance(rows, Observed):
        raise unsupported(f"$resultFormat={form} of {rows.set.name}", "It is for Observations.")
    if options.expand:
        raise unsupported(f"$expand with $resultFormat={form}", "Each datastream is named there.")
    return rows


def _json_column(name: str, rows: Observed) -> Any:
    if name == "id":
        return _quoted(pa.array([_text(one) for one in rows.ids().to_pylist()], pa.string()), quotes=False)
    if name == "phenomenonTime":
        return _quoted(times_text(rows))
    if name == "resultTime":
        return _quoted(result_times_text(rows))
    return numbers_text(rows.batch.result) if name == "result" else quality_text(rows)


def _quoted(texts: Any, *, quotes: bool = True) -> Any:
    return _joined('"', texts, '"') if quotes else texts


def _plain(values: Any) -> pa.Array:
    return pa.array(values, mask=~np.isfinite(values))


def _separated(columns: list[Any]) -> list[Any]:
    return [piece for column in columns for piece in (",", column)][1:]


def _joined(*pieces: Any) -> Any:
    return pc.binary_join_element_wise(*pieces, "")


def _head(count: int | None, following: str | None) -> str:
    head: dict[str, Any] = {} if count is None else {"@iot.count": count}
    head |= {} if following is None else {"@iot.nextLink": following}
    return _text(head)[:-1] + ("," if head else "")


def _headers(count: int | None, following: str | None) -> dict[str, str]:
    headers = {} if count is None else {"iot-count": str(count)}
    return headers | ({} if following is None else {"link": f'<{following}>; rel="next"'})


def _text(document: Any) -> str:
    return msgspec.json.encode(document).decode()
