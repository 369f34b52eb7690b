"""Answers questions over HTTP."""
