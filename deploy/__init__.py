"""How Afterword is run: the command line, the servers on one machine, images and dashboards."""

from shared.garbage import collect_seldom

collect_seldom()  # before the command line is loaded
