"""Thin views by theme: check, call, render."""
