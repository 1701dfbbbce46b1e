"""`imagine-bot setup`: from nothing to the first picture."""
