"""SOURCE -> SIGHTING: searches public places politely and records what each page said, when, and how it was reached."""
