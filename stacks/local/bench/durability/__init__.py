"""Does the ledger keep its word? Many clients at one budget, and kill -9 of the server and of clients in mid-load."""
