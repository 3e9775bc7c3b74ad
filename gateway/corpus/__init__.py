"""A folder of record files: which there are, what each claims, and how one is sealed."""
