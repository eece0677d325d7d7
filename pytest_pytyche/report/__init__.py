"""From the records of a run to tables, files and the terminal."""
