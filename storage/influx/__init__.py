"""What the InfluxDB engine is made of; `storage/engines/influxdb.py` puts it together.

``address``: the engine's URL, and the token, which never stands in it.
``client``: influxdb-client: writing, health, bucket and mapping.
``server``: what is said to the server, and how it is answered.
``names``: things and properties as tags and measurements.
``queries``: datastreams as InfluxQL.
``answers``: CSV as rows.
``lines``: rows as line protocol, and rows that cannot be kept.
``sending``: which of many lines the server will never take.
``hidden``: rows that a reader must not see yet, and those whose places they take.
``reading``: rows of datastreams.
``drawing``: what charts ask, as InfluxQL.
``trail``: the journal's commits as points.
"""
