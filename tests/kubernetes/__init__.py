"""The manifests of deploy/kubernetes, built by kustomize and held against Kubernetes' schemas and against the code."""
