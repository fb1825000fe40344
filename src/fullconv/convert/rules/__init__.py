"""What each layer becomes: the registry, one module a family, refusals."""
