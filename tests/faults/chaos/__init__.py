"""Many incidents through all rooms while everything that can break breaks: `make faults`.

`world` has the servers and the rooms, `load` drives incidents as tools and people do, `injuries` breaks things,
`journal` keeps what was said, `findings` looks at what is left in the end, `promises` says what of it is wrong, and
`report` writes it down.
"""
