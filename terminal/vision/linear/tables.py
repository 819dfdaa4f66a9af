"""The bars that the standards give to each character, as 0 for a light and 1 for a dark module.

EAN and UPC after the GS1 General Specifications 5.2, Code 128 after ISO/IEC 15417, table 1.
"""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]

_L_DIGITS = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011"

# Which set (L or G) each of the six left digits is drawn in, by the digit that this says without any bars.
EAN13_PARITY = ["LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"]
# By the check digit, for number system 0; number system 1 has L and G exchanged.
UPCE_PARITY = ["GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG"]

_CODE128_WIDTHS = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231
113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211
212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131
113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211
241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141
214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214
211232
"""


def bits(text: str) -> Bits:
    """The modules of a string of 0 and 1."""
    return np.array([int(one) for one in text], np.uint8)


def bars(widths: str) -> Bits:
    """The modules of bars and spaces in turn, a bar first, from their widths."""
    return bits("".join("10"[i % 2] * int(width) for i, width in enumerate(widths)))


L_DIGITS = np.array([bits(digit) for digit in _L_DIGITS.split()])  # (10, 7)
R_DIGITS = 1 - L_DIGITS
G_DIGITS = R_DIGITS[:, ::-1]
GUARD = bits("101")
MIDDLE = bits("01010")
UPCE_END = bits("010101")

CODE128 = np.array([bars(widths) for widths in _CODE128_WIDTHS.split()])  # (106, 11): the characters 0 to 105
STOP = bars("2331112")
