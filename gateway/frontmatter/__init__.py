"""From a file to front matter and body: strict, bounded, and typed in every failure."""
