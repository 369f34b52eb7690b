"""Keeps observations and the catalogue, and gives them back.

``store``: the Protocol, the query, the errors, ``open_store(url)``.
``engines``: one file per engine, found by its URL's scheme.
``precedence``: which of two results for the same datastream and time stays.
``refusal``: rows that no engine can keep, and why.
``victoria``, ``line_protocol``, ``http_client``: what engines with a server are made of.
``dictionary``: a small integer for every datastream.
``newest``: the newest row of every datastream, in memory.
``catalogue``, ``assignments``, ``tables``: things, devices, ledger, quarantine and readers' positions, in SQLite.
``metrics``: what the books tell Prometheus.
``quarantine``, ``keeping``, ``replays``: messages that wait, as they are kept, let go, and asked for again.
``retention``: messages that have waited for too long, removed and counted.
``earlier``: a catalogue of an earlier version, brought up to this one.
"""
