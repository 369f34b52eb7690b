"""One file per indicator, found by discovery."""
