"""Answers questions over HTTP.

``app``: puts everything together; ``create_app(services)`` and ``end_streams(app)``.
``services``: what the API is given to answer from.
``routes``: one file per resource, found by discovery.
``city``: things and datastreams looked up by name, and what changed since a version.
``vocabulary``: the declared kinds, properties and indicators by name.
``remembered``: answers that many ask for alike, made once for each version.
``reading``: a span of one datastream in blocks.
``columns``, ``rows``: observations, and any table, from columns to JSON and CSV text.
``choosing``, ``selecting``: which datastreams a question means, and which members of documents it wants.
``table``, ``observation_table``, ``thing_table``, ``places``: rows in parts, with units, checksum and mark.
``forms``, ``form``, ``sink``: one file per format of tables, found by discovery; chosen by ``format=`` or ``Accept``.
``ahead``: what is needed next is read meanwhile.
``sending``, ``exporting``, ``limits``: tables on their way out, few at a time, and how much may be asked for.
``aggregating``, ``grouping``: functions of windows, and groups, of which ratios are never averaged.
``questions``, ``citing``: what was answered whole, said in full, and asked again.
``rehearsing``, ``rehearsal_schema``: a rule rehearsed for whoever asks.
``alerting``, ``alert_schema``: alerts, rules and silences as they are published.
``tending``: changes of the register by whoever has seen what they change.
``table_schema``, ``replay_schema``: shapes of lists with some members, of what can be cited, of messages read again.
``visits``, ``collection``, ``blocked``: what is to be done as it is published.
``foretold``, ``forecast_schema``: forecasts of a thing with their report cards.
``documents``, ``schema``: the published JSON shapes and how they are filled.
``explanation``, ``explanation_schema``: why a number is what it is, as it is published.
``parameters``: what a query may say, and the refusal of everything else.
``access``, ``keyring``, ``door``, ``guarding``: who asks, how they are known, and the rule that every route has.
``view``, ``sight``, ``seen_store``, ``seen_catalogue``, ``seen_alerts``: the city as a tenant sees it, and no more.
``rates``: how often and how much at once one caller may ask.
``access_schema``: who somebody is here, and what was administered, as documents.
``bodies``: what a request may carry.
``times``: the accepted forms of a time, and how one is written.
``paging``: cursors and next links.
``problem``: errors as RFC 9457 names them.
``refusing``: answers with them, whatever an app failed in.
``listening``: live streams, one look for all clients of a kind.
``stream``, ``alert_stream``: observations and the ledger as they change, over server-sent events and WebSockets;
every change of alerts.
``headers``, ``validators``, ``encoding``: what every response carries, its tag, and how it is compressed.
``feed``, ``feeds``: the public part of the city in the forms that others read, one file per standard.
``open_state``, ``open_schema``: what is public now, and the list of feeds.
``sta``: OGC SensorThings 1.1 at ``/sta/v1.1``, a room of its own.
``metrics``: what the API tells Prometheus of itself.
``docs``: the API on one page of plain HTML.
``page``: the files of the web page and of Leaflet.
"""
