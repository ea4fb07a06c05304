"""Afterword on Kubernetes: manifests for kustomize, and what writes those of them that follow from the code."""
