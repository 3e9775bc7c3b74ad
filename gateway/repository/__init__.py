"""What may be seen: proven records of one snapshot, under one trust, at one moment."""
