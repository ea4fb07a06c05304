"""The whole stack on one machine: four servers and the five rooms, each a process of its own."""
