"""The verified snapshot in formats that other programs read."""
