"""What each image model accepts, costs and returns: a built-in table, and the gateway's live list."""
