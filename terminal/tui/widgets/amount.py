"""The amount, as large as the place allows, under a line that says what it is."""

from textual.content import Content

from terminal.tui.bigtext import big
from terminal.tui.text import fitted, shown_lines
from terminal.tui.view import Amount
from terminal.tui.widgets.part import Part

MARGIN = 1  # columns on either side


class AmountPane(Part[Amount]):
    def draw(self, value: Amount) -> Content:
        columns, rows = self.size.width, self.size.height
        digits = big(value.sign + value.digits, columns - 2 * MARGIN, rows - 1, plain=self.plain)
        above = max(0, (rows - 1 - len(digits)) // 2)
        right = [line.rjust(columns - MARGIN) for line in digits]
        return shown_lines([fitted(f" {value.caption}", columns), *[""] * above, *right])
