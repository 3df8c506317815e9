"""The pages of this app, by theme."""
