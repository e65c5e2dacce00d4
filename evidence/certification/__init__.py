"""A case's accepted exhibits in, a certificate out that a named person can sign: DOCX, PDF and the hash report.

Facts are prefilled, and every file is hashed again before they are. Statements that only a person can make, ticks that
a person must choose, and signatures are blank lines. Nothing here decides, signs or scores.

``model`` is the content of a document, ``write_docx`` and ``write_html`` its two renderers; ``examine`` reads and
checks the exhibits and refuses; ``forms`` lists what there is; ``issue`` makes one and logs it.
"""
