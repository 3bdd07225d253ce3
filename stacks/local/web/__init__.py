"""The API, and the page, of one machine."""
