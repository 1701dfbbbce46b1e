"""Images: verified, stored, and converted to what a platform can show."""
