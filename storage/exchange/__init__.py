"""Observations as files: written and read back in parts, and read as others wrote them.

``columns``: a batch as an Arrow table with a row per observation.
``formats``: Parquet, CSV, Arrow and line protocol, written part by part.
``manifest``: what says that an export is whole.
"""
