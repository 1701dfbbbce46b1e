"""What the core needs of an image gateway, and a local stand-in for one."""
