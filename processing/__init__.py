"""Turns observations into indicators and alerts."""
