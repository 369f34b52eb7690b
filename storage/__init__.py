"""Keeps observations and the catalogue, and gives them back.

``store``: the Protocol, the query, the errors, ``open_store(url)``.
``precedence``: which of two results for the same datastream and time stays.
"""
