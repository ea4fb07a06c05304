"""Afterword on three machines, each a network namespace: `make cluster-test`.

`network` has the machines and cuts them off, `rabbits` and `members` run a node of RabbitMQ and a member of MongoDB on
each, `world` runs two instances of every room beside them, `versions` has the program of before, `injuries` breaks and
upgrades, and what is left in the end is held against the promises of tests/faults/chaos.
"""
