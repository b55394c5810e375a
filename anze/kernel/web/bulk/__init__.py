"""One action over many rows of a list: preview, do in chunks, undo."""
