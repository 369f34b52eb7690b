"""Keeps observations and the catalogue, and gives them back.

``store``: the Protocol, the query, the errors, ``open_store(url)``.
``engines``: one file per engine, found by its URL's scheme.
``windows``, ``aggregate``, ``partials``: what is asked by window, of datastreams or groups, and how it is made of rows.
``by_reading``: what any engine can do that can read.
``moving``, ``pieces``, ``comparing``, ``checksum``: history between engines, in pieces that fit into memory, verified.
``digest``: what a store holds, by day, as numbers to compare.
``sqlite_copy``: a copy of an SQLite file beside writes, and what it holds.
``exchange``: observations as files.
``drawing``: what charts ask of a store, and which engine says it in the language of a data source of Grafana.
``precedence``: which of two results for the same datastream and time stays.
``refusal``: rows that no engine can keep, and why.
``victoria``, ``influx``, ``line_protocol``, ``http_client``: what engines with a server are made of.
``followed``, ``journal``, ``touched``, ``reach``: a store that several write, and what one of them knows of it.
``spread``, ``positions``: several stores as one, each thing on its node, and one version for all of them.
``flight``: rows on their way, hidden from readers; ``coded``, ``stretches``, ``clock``: rows and times as integers.
``dictionary``: a small integer for every datastream.
``newest``, ``extents``: the newest row of every datastream, now or at an instant, and from when to when there are how
many, in memory.
``recent``, ``apart``: what the last commits touched, in memory; late rows and present ones apart.
``duck``: the parts of the embedded engine.
``shares``: who of several workers does which part of a work.
``presence``: which process runs under a worker's name: of two the one that came last.
``assigning``: a device is given a thing, over HTTP or at a terminal.
``formerly``: what things were before, as far as it says with which others they were summed up.
``catalogue``, ``thing_rows``, ``assignments``, ``tables``: things, devices, ledger, quarantine and readers' positions.
``alert``, ``alerts``: how alerts stand, every change of one in its order (history and outbox), silences, own rules.
``told``: what is told of alerts that are over, whatever became of their keys since.
``keys``, ``audit``: who may ask the API for what, and who has administered what.
``formulas``: which version of each formula computes since when, and what was computed again.
``regions``: by which zone's midnights and which Land's holidays the city is computed.
``lease``: work that one of several processes does at a time.
``metrics``: what the books tell Prometheus.
``quarantine``, ``keeping``, ``replays``: messages that wait, as they are kept, let go, and asked for again.
``queries``: questions that were answered whole, to be cited.
``retention``: messages that have waited for too long, removed and counted.
``database``: SQLite or PostgreSQL under the catalogue, and all that differs.
``schema``, ``migrations``: its tables, and earlier ones brought up to them.
"""
