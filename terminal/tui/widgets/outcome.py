"""The end of a payment over the whole body: one flat colour, a shape, a word, the amount, and what happens next."""

from textual.content import Content

from terminal.steps import Phase
from terminal.tui.bigtext import big
from terminal.tui.text import centred, shown
from terminal.tui.view import Outcome
from terminal.tui.widgets.part import Part

# Drawn with full blocks, two cells each, so that the shape tells without colour and in any font.
SHAPES = {
    Phase.APPROVED: ("      #", "     ##", "#   ## ", "## ##  ", " ###   ", "  #    "),
    Phase.DECLINED: ("##   ##", " ## ## ", "  ###  ", "  ###  ", " ## ## ", "##   ##"),
    Phase.REVERSED: ("  ##   ", " ##    ", "#######", "#######", " ##    ", "  ##   "),
    Phase.REFUNDED: ("  ##   ", " ##   #", "#######", "#######", " ##   #", "  ##   "),
    Phase.REFUSED: ("#######", "#     #", "# ### #", "# ### #", "#     #", "#######"),
    Phase.UNKNOWN: (" ##### ", "##   ##", "    ## ", "   ##  ", "       ", "   ##  "),
}
_SHAPE_CELLS, _SHAPE_ROWS, _GAP = 14, 6, 4


class OutcomePane(Part[tuple[Phase, Outcome]]):
    def draw(self, value: tuple[Phase, Outcome]) -> Content:
        phase, outcome = value
        columns, rows = self.size.width, self.size.height
        head = ["", outcome.word, ""]
        lines = [*head, *self._picture(phase, outcome), "", *outcome.lines, "", outcome.next]
        above = max(0, (rows - len(lines)) // 2)
        text = [Content("")] * above + [shown(centred(line, columns)) for line in lines]
        for row in (above + head.index(outcome.word), above + len(lines) - 1):
            text[row] = text[row].stylize(self.strong)
        return Content("\n").join(text[:rows])

    def _picture(self, phase: Phase, outcome: Outcome) -> list[str]:
        """Shape and amount side by side, the amount alone where there is no room for both."""
        columns = self.size.width
        digits = big(outcome.sign + outcome.digits, columns - _SHAPE_CELLS - _GAP, plain=self.plain)
        if columns < _SHAPE_CELLS + _GAP + len(digits[0]) or self.size.height < _SHAPE_ROWS * 2:
            return digits
        below = [""] * (_SHAPE_ROWS - len(digits))
        shape = [row.replace("#", "██").replace(" ", "  ") for row in SHAPES[phase]]
        wide = len(digits[0])
        return [left + " " * _GAP + right.ljust(wide) for left, right in zip(shape, [*below, *digits], strict=True)]
