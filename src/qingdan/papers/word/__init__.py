"""Paper -> .docx."""

from .writer import to_docx

__all__ = ["to_docx"]
