"""Whom the gateway believes, about which corpora, and how much proof it wants."""
