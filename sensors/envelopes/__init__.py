"""How each network wraps an uplink: one file per envelope, found by discovery."""
