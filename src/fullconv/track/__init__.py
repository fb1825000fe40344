"""MLflow and figures."""
