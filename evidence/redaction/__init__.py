"""Working copies of exhibits with other people's data blacked out; the sealed exhibit is never touched.

A page that sells sending often shows its customers: screenshots of chats, numbers in testimonials. Counsel can work
with a copy in which those are gone for good: no text layer under the black, no metadata, a log that names the parent.
"""
