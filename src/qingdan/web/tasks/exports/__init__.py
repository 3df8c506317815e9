"""Sheets and papers made from the task-list data."""
