"""Ways of getting at pages, one file each. A source names its way and declares its data; it does not repeat it."""
