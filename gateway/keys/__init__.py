"""Public keys that publishers sign with, and the private ones that `seal` is handed."""
