"""`secured` entries, told apart by shape and parsed without judging them."""
