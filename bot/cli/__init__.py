"""The composition root: the only package that knows all parts, and the commands that an operator types."""
