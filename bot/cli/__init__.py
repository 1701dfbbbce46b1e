"""The composition root: the one package that knows every part, and the commands that an operator types."""
