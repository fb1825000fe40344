"""A guided search: Optuna proposes the next jobs."""
