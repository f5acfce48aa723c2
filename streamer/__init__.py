"""The driver that runs next to the game: lines in, faces out."""
