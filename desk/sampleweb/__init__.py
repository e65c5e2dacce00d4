"""A small web on loopback, true to life, for the first run and the tests: vendors, innocents, a marketplace, traps.

In: requests by virtual host (names ending in ``.example``). Out: what such a server would answer. Nothing here knows
the crawler; it is the thing that is crawled. What each page is, is written in ``truth.jsonl``, for tests alone.
"""
