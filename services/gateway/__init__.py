"""Gateway: the front door. Authenticates, validates, turns a request into a message, answers.

Hears every event and keeps the library of them that people read. Says IncidentReported for tools that
speak HTTP, and the commands. Owns the library (a projection that can be rebuilt) and idempotency keys.
"""
