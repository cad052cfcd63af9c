"""Files of customers, premises, contacts and outages: read, checked row by row, and loaded."""

from bot.importing.files import FileRefused
from bot.importing.load import KINDS, load_file
from bot.importing.report import ImportReport, RowProblem

__all__ = ["KINDS", "FileRefused", "ImportReport", "RowProblem", "load_file"]
