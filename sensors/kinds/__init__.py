"""How each kind of asset is observed: one file per kind, found by discovery."""
