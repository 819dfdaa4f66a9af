"""Our own reader of Code 128, EAN and UPC, for bars too blurred, noisy or faint for the engines.

    profile   the crop as one line of grey
    span      where on it a symbol may begin and end
    search    guesses at its exact place and blur (and in `length`, for Code 128, at how many characters it has)
    leads     which guesses are worth going on with
    fit       a guess made exact, against what was decoded
    reader    what is read, and how sure it is

`tables`, `code128` and `layout` are the standards; `blur`, `trellis` and `survey` say which bars explain a line best.
"""

from terminal.vision.linear.reader import BarsReading, candidates, read_bars

__all__ = ["BarsReading", "candidates", "read_bars"]
