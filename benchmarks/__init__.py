"""Measure how close the bot is to the lowest possible cost of its work: `make bench`."""
