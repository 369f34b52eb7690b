"""Draws Grafana boards from the declarations and pushes them."""
