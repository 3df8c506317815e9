"""The reviewed table of who reaches what, and the walk over every address that checks it."""
