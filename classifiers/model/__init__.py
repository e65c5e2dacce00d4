"""Text -> ten label scores: a spaCy pipeline whose ``textcat`` is linear over hashed words and letter groups."""
