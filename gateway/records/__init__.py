"""The nouns everything else speaks of: a record as claimed, and what each kind looks like."""
