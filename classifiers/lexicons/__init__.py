"""Phrase lists, one TOML file a language: data, with nothing to import."""
