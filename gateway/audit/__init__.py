"""A whole corpus judged from its files, compared with the store, and put into a report."""
