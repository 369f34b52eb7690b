"""The command line and settings; the only place that composes rooms."""
