"""OGC SensorThings 1.1 at ``/sta/v1.1``: the city as eight sets of entities, asked in the language of that standard.

``sets``, ``naming``, ``descriptions``: which sets there are, what entities are called, and what is told of them.
``entities``: what a caller may see, as columns, for as long as it stays the same.
``grammar``, ``tree``, ``options``, ``asking``: a query read, within limits.
``values``, ``rows``, ``observed``, ``functions``, ``places``, ``evaluate``: expressions worked out over all rows.
``windows``: how long an observation lasts.
``bounds``, ``walk``, ``history``, ``newest``: observations out of the store, page by page.
``paths``, ``service``: a path followed, and answered.
``telling``, ``observations``, ``links``, ``formats``: entities as JSON, data array, CSV and GeoJSON.
``sent``, ``creation``: observations that are sent, looked at, stored and booked.
``updates``: observations that come in, over MQTT.
``refusals``: sentences that say where.
"""
