"""The message kernel: names, envelope, broker, one-document commit, relay, retry and parking."""
