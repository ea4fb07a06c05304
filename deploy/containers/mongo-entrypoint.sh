#!/bin/sh
# The database's image does more before it starts; docker-compose.yml uses none of it.
set -eu
exec "$@"
