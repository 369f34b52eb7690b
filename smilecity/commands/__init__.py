"""The commands: one file each, found by discovery."""
