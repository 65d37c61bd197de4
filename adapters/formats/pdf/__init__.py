"""Reads care plans from PDF files: text layers, ruled forms, AcroForm fields, enclosed files."""

from __future__ import annotations

from adapters.formats.pdf.claims import Found
from adapters.formats.pdf.reader import PdfReader
from adapters.formats.pdf.words import plain_text

__all__ = ["ADAPTER", "Found", "PdfReader", "plain_text"]

ADAPTER = PdfReader()
