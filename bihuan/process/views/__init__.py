"""Pages of processes, cases and tasks."""
