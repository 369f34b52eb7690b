"""What the registers of Rostock have in common."""

from __future__ import annotations

SCHEMA = "rostock/datenwerft@8928216c93: datenmanagement/sql/schema.sql (CC0)"
PLACE = {"gemeindeteil_name": "district"}
"""Columns that OpenData.HRO adds for the address."""
