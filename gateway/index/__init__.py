"""What is found, sorted and counted: an index in memory over records that passed the verifier."""
