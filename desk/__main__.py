"""``python -m desk`` is the command ``offsignal``."""

from __future__ import annotations

from desk.cli import main

if __name__ == "__main__":
    main()
