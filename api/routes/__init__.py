"""One file per resource, found by discovery; each offers ``ROUTER``."""
