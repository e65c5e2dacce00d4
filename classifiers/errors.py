"""Errors of the classifiers.

OffsignalError
└── JudgeError
    ├── ModelMissing    the trained pipeline cannot be loaded: where it was looked for and how to make it
    ├── BadDirectory    a copy of the providers' directory that cannot be read
    └── BadDocument     a document that cannot be judged at all (wrong shape of a JSON line, no text and no html)
"""

from __future__ import annotations

from crawler.errors import OffsignalError


class JudgeError(OffsignalError):
    """Base of the classifiers' errors."""


class ModelMissing(JudgeError):
    """Raised on loading when the trained pipeline is missing or was written by another spaCy version."""

    exit_code = 3


class BadDocument(JudgeError):
    """Raised for input that has the wrong shape; the message says what was expected."""


class BadDirectory(JudgeError):
    """Raised for a copy of the directory of authorised providers that holds no rows or has another shape."""
