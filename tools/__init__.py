"""Helpers of the project's own development."""
