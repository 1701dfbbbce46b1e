"""Images between the gateway, the store and the places that show them."""
