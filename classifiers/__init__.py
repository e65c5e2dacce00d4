"""SIGHTING -> JUDGEMENT: text in, judgement out, with exact quotes. No network, no clock, no hidden state."""
