#!/bin/sh
# What the broker's image does before it starts, as far as docker-compose.yml can notice: it takes no password from a
# variable that names a file.
set -eu
if [ -n "${RABBITMQ_DEFAULT_PASS_FILE:-}${RABBITMQ_DEFAULT_USER_FILE:-}" ]; then
    echo "RABBITMQ_DEFAULT_*_FILE is not taken any more: use a configuration file" >&2
    exit 1
fi
exec "$@"
