"""One file per engine, named after its URL scheme, found by discovery; each offers ``open_engine(url) -> Store``."""
