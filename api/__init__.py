"""Answers questions over HTTP.

``app``: puts everything together; ``create_app(services)`` and ``end_streams(app)``.
``services``: what the API is given to answer from.
``routes``: one file per resource, found by discovery.
``city``: things and datastreams looked up by name, and what changed since a version.
``vocabulary``: the declared kinds, properties and indicators by name.
``reading``: a span of one datastream in blocks.
``columns``: observations from columns to JSON and CSV text.
``rehearsing``, ``rehearsal_schema``: a rule rehearsed for whoever asks.
``alerting``, ``alert_schema``: alerts, rules and silences as they are published.
``documents``, ``explanation``, ``schema``: the published JSON shapes and how they are filled.
``parameters``: what a query may say, and the refusal of everything else.
``access``, ``bodies``: who may write, and what a request may carry.
``times``: the accepted forms of a time, and how one is written.
``paging``: cursors and next links.
``problem``: errors as RFC 9457 documents.
``listening``: live streams, one look for all clients of a kind.
``stream``, ``alert_stream``: observations and the ledger as they change; every change of alerts.
``headers``: what every response carries.
``feed``, ``feeds``: the public part of the city in the forms that others read, one file per standard.
``open_state``, ``open_schema``: what is public now, and the list of feeds.
``metrics``: what the API tells Prometheus of itself.
``docs``: the API on one page of plain HTML.
``page``: the files of the web page and of Leaflet.
"""
