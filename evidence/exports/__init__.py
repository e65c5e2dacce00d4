"""A sealed bundle in, a copy in a form that another program reads out: one file per format, none of them trusted back.

Exports are made from a bundle that verifies and from nothing else, so whatever leaves the house was sealed, numbered
and logged before. What a person struck stays out, scores and notes were never in.
"""
