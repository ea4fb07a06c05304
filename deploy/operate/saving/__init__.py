"""`afterword backup` and `afterword restore`: everything that an installation knows, in a folder of files."""
