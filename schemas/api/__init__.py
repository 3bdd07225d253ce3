"""Wire types of the API: what clients send, and what they are answered."""
