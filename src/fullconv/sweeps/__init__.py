"""Many trainings: jobs in processes of their own, sweeps and searches over them."""
