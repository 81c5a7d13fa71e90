"""Forms of methods: the calculator of a published one, the sheet of a draft."""

from methodologies.forms.calculator import Calculator, DayForm
from methodologies.forms.sheet import Cell, NewDraftForm, Part, parts_of, sheet_of_post

__all__ = ["Calculator", "Cell", "DayForm", "NewDraftForm", "Part", "parts_of", "sheet_of_post"]
