vibench train bearing.yaml --resume-from results/bearing/run_000 --allow-changes
