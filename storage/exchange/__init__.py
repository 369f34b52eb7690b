"""Observations as files: written and read back in parts, and read as others wrote them.

``columns``: a batch as an Arrow table with a row per observation.
``formats``: Parquet, CSV, Arrow and line protocol, written part by part.
``manifest``: what says that an export is whole.
``tables``, ``line_reading``: files as tables, part by part, with the line of each row.
``mapping``, ``found``: what somebody else's columns mean, and the observations in them.
``numbers``, ``instants``: columns of text as numbers and times.
``objections``: what cannot be taken, counted and told.
"""
