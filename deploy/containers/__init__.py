"""docker-compose.yml run by podman on a machine where no image can be had: `python -m deploy.containers`.

The images of others are stood in for by ones made of Debian's packages, with the same tags; our own are built by our
own Dockerfile on top of them. docs/containers.md says what that proves and what it does not.
"""
