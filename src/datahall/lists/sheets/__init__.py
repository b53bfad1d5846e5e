"""Blocks of rows from spreadsheets, and lists as spreadsheets (导入导出).

A block is refused whole, with one sentence that says what to change; nothing of it is taken.
"""

from datahall.lists.sheets.reading import Block, read_file, read_text
from datahall.lists.sheets.writing import MEDIA, write_csv, write_xlsx

__all__ = ["MEDIA", "Block", "read_file", "read_text", "write_csv", "write_xlsx"]
