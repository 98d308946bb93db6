"""What is measured against whom: `python -m benchmarks`, ratios of whole processes in one run."""
