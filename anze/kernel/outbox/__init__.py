"""Packets taken along, files and work coming back in pieces, each with its receipt."""
