"""How requests leave: what every client that speaks HTTP shares."""
