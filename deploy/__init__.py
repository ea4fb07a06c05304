"""How Afterword is run: the command line, the servers on one machine, images and dashboards."""
