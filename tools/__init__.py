"""Programs for people who work with the book."""
