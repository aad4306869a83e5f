"""Paper: PDF files from typst templates and plain data."""

from .rendering import PaperFailed, content_disposition, pdf_response, render_pdf, safe_name

__all__ = ["PaperFailed", "content_disposition", "pdf_response", "render_pdf", "safe_name"]
