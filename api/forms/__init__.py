"""One file per format that tables are answered in, found by discovery; each offers ``FORM``."""
