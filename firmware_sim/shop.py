"""Who comes to the counter, from one seed: what they owe, how they pay, and what goes wrong with it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Story(StrEnum):
    """What happens to a payment."""

    STRAIGHT = "straight"
    PASSWORD = "password"  # noqa: S105 - the wallet asks for one, and the customer types it
    NO_PASSWORD = "no_password"  # noqa: S105 - asked, and never typed
    BROKE = "broke"
    LOST_REPLY = "lost_reply"  # paid, and the till never hears so
    DEAF_LINE = "deaf_line"  # as before, and every question about it is lost as well


class Way(StrEnum):
    """What the customer's code is held in front of."""

    CAMERA = "camera"
    SCANNER = "scanner"


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer at the counter."""

    number: int
    amount_fen: int
    story: Story
    way: Way


# Of every ten customers; the order within ten is the seed's. The tenth alternates.
_TEN = (*[Story.STRAIGHT] * 5, Story.PASSWORD, Story.PASSWORD, Story.BROKE, Story.LOST_REPLY)
_TENTH = (Story.DEAF_LINE, Story.NO_PASSWORD)
_SCANNER_EVERY = 4
_CHEAPEST_FEN, _DEAREST_FEN = 100, 20_000


def visits(seed: int) -> Iterator[Visit]:
    """Customers without end."""
    rng = random.Random(seed)
    number = 0
    while True:
        stories = [*_TEN, _TENTH[(number // 10) % 2]]
        rng.shuffle(stories)
        for story in stories:
            number += 1
            way = Way.SCANNER if number % _SCANNER_EVERY == 0 else Way.CAMERA
            yield Visit(number, rng.randint(_CHEAPEST_FEN, _DEAREST_FEN), story, way)
