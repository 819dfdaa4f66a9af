"""Who comes to the counter, from one seed: what they owe, how they pay, and what goes wrong with it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from terminal.basket.basket import Item
from terminal.codes.gtin import is_gtin


class Story(StrEnum):
    """What happens to a payment."""

    STRAIGHT = "straight"
    PASSWORD = "password"  # noqa: S105 - the wallet asks for one, and the customer types it
    NO_PASSWORD = "no_password"  # noqa: S105 - asked, and never typed
    BROKE = "broke"
    LOST_REPLY = "lost_reply"  # paid, and the till never hears so
    DEAF_LINE = "deaf_line"  # as before, and every question about it is lost as well
    SLOW = "slow"  # types the password, and takes their time
    LATE_REPLY = "late_reply"  # paid at once, and the till hears so much later


class Way(StrEnum):
    """What the customer's code is held in front of, or what the customer scans."""

    CAMERA = "camera"
    SCANNER = "scanner"
    SCREEN = "screen"  # the customer scans the till's code


@dataclass(frozen=True, slots=True)
class Visit:
    """One customer at the counter."""

    number: int
    amount_fen: int
    story: Story
    way: Way
    wallet: str  # a key of `wallets.WALLETS`


# Of every ten customers; the order within ten is the seed's. The tenth alternates.
_TEN = (*[Story.STRAIGHT] * 5, Story.PASSWORD, Story.PASSWORD, Story.BROKE, Story.LOST_REPLY)
_TENTH = (Story.DEAF_LINE, Story.NO_PASSWORD)
ON_REQUEST = frozenset({Story.SLOW, Story.LATE_REPLY})  # come only where somebody asks for them
_SCANNER_EVERY = 2  # of those whose code is read; the others hold it before the camera
_CHEAPEST_FEN, _DEAREST_FEN = 100, 20_000
_SHOPS_ONE_OF, _MOST_THINGS = 3, 4


def visits(seed: int, wallets: Sequence[str]) -> Iterator[Visit]:
    """Customers without end; of every so many together, each wallet has come to scan once, and to be scanned once."""
    rng = random.Random(seed)
    both = [(wallet, scans) for wallet in wallets for scans in (True, False)]
    purses = _in_turn(random.Random(f"{seed} wallets"), both)
    number = 0
    while True:
        stories = [*_TEN, _TENTH[(number // 10) % 2]]
        rng.shuffle(stories)
        for story in stories:
            number += 1
            wallet, scans = next(purses)
            shows = Way.SCANNER if number % _SCANNER_EVERY == 0 else Way.CAMERA
            yield Visit(number, rng.randint(_CHEAPEST_FEN, _DEAREST_FEN), story, Way.SCREEN if scans else shows, wallet)


def shopping(seed: int, number: int, goods: Sequence[Item]) -> tuple[Item, ...]:
    """What this customer takes from the shelves: one of three takes something, at most four things by the piece."""
    rng = random.Random(f"{seed} goods {number}")
    if rng.randrange(_SHOPS_ONE_OF):
        return ()
    return tuple(rng.choices([item for item in goods if is_gtin(item.code)], k=rng.randint(1, _MOST_THINGS)))


def _in_turn(rng: random.Random, purses: Sequence[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """Each of them once in an order of the seed's, again and again."""
    while True:
        yield from rng.sample(purses, len(purses))
