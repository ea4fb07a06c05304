"""The same work done with what others would use: each module is one library's worker, tuned as its own pages say.

`python -m tests.bench.peers.<module> MESSAGES POSTMORTEMS` puts messages into the worker's queue, in its own form.
"""
