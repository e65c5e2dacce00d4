"""Notices: accepted exhibits, terms and a named sender in, a draft letter with its lint and its ledger out.

``terms.toml`` and ``claim_map.toml`` are data for counsel to read; ``sources/`` holds the letters' words, from which
``templates/`` is built. Nothing here sends anything: a person signs, a person serves, and records that it was done.
"""
