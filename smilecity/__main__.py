"""``python -m smilecity`` is ``smilecity``."""

from __future__ import annotations

from smilecity.cli import main

main()
