"""Policies: small objects that say what each seat is worth for a lot, behind one protocol."""
