"""Gateway: the front door. Authenticates, validates, turns a request into a message, answers.

Hears every event, keeps the library of them that people read, and tells subscribers (outgoing webhooks).
Says IncidentReported for tools that speak HTTP, and the commands. Owns the library (a projection that can be
rebuilt), the feed of what happened, secret links' generations, idempotency keys, API keys, sessions of browsers, and
who was told what.
"""
