"""JUDGEMENT -> EXHIBIT -> CASE -> BUNDLE: seals what was seen so that a stranger can check it."""
