"""A small HTTP service: it greets, says that it is healthy, and says what it was built from."""
