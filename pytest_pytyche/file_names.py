"""How the files of users are called."""

CATALOG_FILE = ".pytyche.toml"
TRUTH = "truth"
"""What the name of a stored truth ends with, without the dot."""
