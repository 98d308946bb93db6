"""Loggers that differ from Lightning's own; they keep its names. Each imports its package when it begins a run."""
