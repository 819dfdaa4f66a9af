import threading
import time

from terminal.scanning.newest import Newest

DEADLINE_S = 60.0


def test_a_newer_value_replaces_one_that_nobody_took() -> None:
    box: Newest[int] = Newest()
    box.put(1)
    box.put(2)
    assert box.take(DEADLINE_S) == 2
    assert box.take(0) is None


def test_peek_shows_the_newest_value_whether_taken_or_not() -> None:
    box: Newest[str] = Newest()
    assert box.peek() is None
    box.put("a")
    assert (box.peek(), box.take(DEADLINE_S), box.peek()) == ("a", "a", "a")


def test_whoever_waits_is_woken_by_a_value() -> None:
    box: Newest[int] = Newest()
    taken: list[int | None] = []
    waiter = threading.Thread(target=lambda: taken.append(box.take(DEADLINE_S)))
    waiter.start()
    box.put(7)
    waiter.join(DEADLINE_S)
    assert taken == [7]


def test_closing_wakes_whoever_waits_and_leaves_the_last_value() -> None:
    box: Newest[int] = Newest()
    taken: list[int | None] = [0]
    waiter = threading.Thread(target=lambda: taken.append(box.take(DEADLINE_S)))
    waiter.start()
    box.close()
    waiter.join(DEADLINE_S)
    assert taken == [0, None]
    assert box.is_closed

    box = Newest()
    box.put(3)
    box.close()
    box.put(4)
    assert (box.take(0), box.take(0)) == (3, None)


def test_a_sender_may_wait_until_its_value_was_taken() -> None:
    box: Newest[int] = Newest()
    assert box.wait_until_taken(0)
    box.put(1)
    assert not box.wait_until_taken(0)
    taker = threading.Thread(target=box.take)
    taker.start()
    assert box.wait_until_taken(DEADLINE_S)
    taker.join(DEADLINE_S)


def test_between_many_threads_no_value_is_taken_twice_and_the_last_one_arrives() -> None:
    box: Newest[int] = Newest()
    taken: list[int] = []
    lock = threading.Lock()

    def take() -> None:
        while (value := box.take(DEADLINE_S)) is not None:
            with lock:
                taken.append(value)

    takers = [threading.Thread(target=take) for _ in range(3)]
    for taker in takers:
        taker.start()
    for value in range(1, 2001):
        box.put(value)
        if value % 100 == 0:
            time.sleep(0)  # let the others run
    assert box.wait_until_taken(DEADLINE_S)
    box.close()
    for taker in takers:
        taker.join(DEADLINE_S)
    assert len(taken) == len(set(taken))
    assert max(taken) == 2000
