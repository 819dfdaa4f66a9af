"""No English on a Chinese screen and no Chinese on an English one, besides names: whoever spoke, a device included.

`test_every_screen_fits` presses every key; here are the kept pictures of all screens, what stands beside a demo's
till, and every sentence that is said in rooms that know no screen.
"""

import ast
import re
from collections.abc import Callable, Iterator
from itertools import product, takewhile
from pathlib import Path

import pytest

from firmware_sim.ledger_words import Refusal
from terminal.books.conversation import Exchange
from terminal.model import Reason, Verdict
from terminal.money import Money
from terminal.scheme import Operation
from terminal.steps import DeviceKind, DeviceState, Phase, Snapshot, Step, Tried
from terminal.tui.devices import device_lines
from terminal.tui.sale import Sale
from terminal.tui.tour import Customer, Line, Scene, rows, told
from terminal.tui.view import sentence, view
from terminal.tui.wording import LANGUAGES, Language, Texts

Strange = Callable[[str, Language], set[str]]
ROOT = Path(__file__).parents[3]
EN, ZH = Texts("en"), Texts("zh")
PICTURES = sorted(Path(__file__).with_name("snapshots").glob("*.*.txt"))
# What stands on pictures as it came: the acquirer's name and its own words, and a receipt as it is on paper.
FOREIGN = {"wechat", "SUCCESS", "RECEIPT"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_kept_picture_has_a_word_of_the_other_language(strange: Strange, language: Language) -> None:
    pages = [page for path in PICTURES if f".{language}." in path.name for page in path.read_text().split("== ")[1:]]
    assert len(pages) > 40
    found = {page.partition("\n")[0]: strange(written(page, language), language) - FOREIGN for page in pages}
    assert {name: words for name, words in found.items() if words} == {}


def written(page: str, language: Language) -> str:
    """What the cells of a picture spell, but for a conversation: it has the scheme's own names."""
    text = "\n".join(line[1:-1] for line in page.splitlines() if line.startswith("|"))
    return text.partition(Texts(language)("story.wire"))[0]


# --- sentences of rooms without a screen -----------------------------------------------------------------

# Rooms of which every sentence counts, and others of which those of these errors do.
ROOMS = ("scanning", "transport", "till", "vision/engines/__init__.py")
ERRORS = {
    "books": ("JournalError", "JournalDamaged", "JournalLocked"),
    "schemes": ("NoBill",),
    "world.py": ("SaomaError",),
}
NOT_SHOWN = {  # to a cashier: a command says them, a page of its own, nobody but a programmer
    "scanning/pictures.py",
    "transport/gate.py",
    "transport/listener.py",
    "books/writer.py",
    "Item without code",
    "taken back",
    "a conversation ends by itself",
    "1 lines uploaded",
    "the rest was not paid",
    "Could not configure port",
    "base_url = 1: a framed line is tcp://host:port",
    "base_url = 1: an address is https://host or http://host:port",
    "the device takes no more",
}
BEFORE = ("", "/dev/x ", "a tone through x")  # of a sentence that is put together, the first part
# Programs, settings, names of things: the same in every language.
NAMES = frozenset(
    re.findall(
        r"\w+",
        """dialout COM socket host port SSI protocol baud scanner input event kbd video http AVI MKV libzbar zxing cpp
        apt install brew zbar sudo alsa utils state Saoma MAC SIGKILL kill""",
    )
)


def sentences(tree: ast.AST) -> Iterator[str]:
    """Every string with two words of it side by side, but what is for programmers."""
    apart = set()
    for node in ast.walk(tree):
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        inner = ast.walk(node) if is_log or isinstance(node, ast.Expr | ast.Assert) else ()
        apart |= {id(part) for part in (*inner, *(node.values if isinstance(node, ast.JoinedStr) else ()))}
    for node in ast.walk(tree):
        if id(node) not in apart and re.search(r"[a-z]{2,} [a-z]", text := spelled(node)):
            yield text


def spelled(node: ast.AST) -> str:
    """A string, with 1 for whatever varies in it."""
    match node:
        case ast.JoinedStr(values):
            return "".join(map(spelled, values))
        case ast.Constant(str(text)):
            return text
    return "1"


def of_errors(tree: ast.AST, names: tuple[str, ...]) -> Iterator[str]:
    """What is said with one of these."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names and node.args:
            yield spelled(node.args[0])


def said() -> Iterator[str]:
    """Everything that may come to a screen."""
    for room in (*ROOMS, *ERRORS):
        at = ROOT / "terminal" / room
        for path in sorted(at.rglob("*.py")) if at.is_dir() else [at]:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found = of_errors(tree, ERRORS[room]) if room in ERRORS else sentences(tree)
            if path.relative_to(ROOT / "terminal").as_posix() not in NOT_SHOWN:
                yield from (text for text in found if " " in text and text not in NOT_SHOWN)


SAID = sorted(set(said()))


def test_every_sentence_of_ours_is_said_in_chinese_too(strange: Strange) -> None:
    assert len(SAID) > 70
    spoken = {text: [ZH.heard(before + text) for before in BEFORE] for text in SAID}
    assert [text for text in SAID if all(strange(one, "zh") - NAMES for one in spoken[text])] == []


@pytest.mark.parametrize("text", [text for text in SAID if text[0] == "1" or text[0].islower()])
def test_in_english_it_stays_as_it_came(text: str) -> None:
    assert EN.heard(text) == text


def test_what_a_device_says_is_taken_apart_to_its_last_word() -> None:
    missing = "display: [Errno 2] could not open port /dev/x: [Errno 2] No such file or directory: '/dev/x'"
    assert ZH.heard(f"{missing}: plug the display in") == (
        "display: /dev/x 打不开 (2): 没有这个文件 (系统错误 2): /dev/x: 请接上客显"
    )
    assert ZH.heard("printer tcp://x: its cover is open: close it; then this is printed") == (
        "打印机 tcp://x: 上盖打开: 请合上, 随后打印"
    )
    assert ZH.heard("it answers: not_found") == "有应答: 钱包查无此订单"
    assert EN.heard("bad_signature: SIGN_ERROR").endswith(": SIGN_ERROR")
    assert ZH.heard("CNY 12.50 UnionPay QuickPass") == "CNY 12.50 银联云闪付"


@pytest.mark.parametrize("text", ["", "1280x720 MJPG", "{cap[pay]} {0}", "no_such_reason: x", "x" * 100_000, "\x1b[2J"])
def test_what_is_not_ours_is_said_as_it_came(text: str) -> None:
    assert ZH.heard(text) == text


def test_every_reason_and_verdict_is_understood_by_itself() -> None:
    for word in (*Reason, *Verdict):
        assert word is Reason.NONE or ZH.heard(word) != word


def test_a_device_speaks_the_cashiers_language_wherever_it_is_shown(strange: Strange) -> None:
    gone = DeviceState(DeviceKind.SCANNER, "/dev/ttyACM0", False, "/dev/ttyACM0 is not there: plug the scanner in")
    open_ = DeviceState(DeviceKind.PRINTER, "printer", False, "its cover is open: close it")
    none = DeviceState(DeviceKind.CAMERA, "0", False, "no picture from 0: is it plugged in?")
    tried = Tried(DeviceKind.SCANNER, "/dev/ttyACM0", False, "it does not answer: plug it in again", 12.0)
    sale = Sale(Snapshot(Step(Phase.IDLE), (gone, open_, none)))
    seen = view(sale, ZH, now_s=0.0, wall_s=0.0, shop="", demo=False)
    assert seen.info[:2] == ("! /dev/ttyACM0 未接入: 请接上扫码枪", "! 打印机: 上盖打开: 请合上")
    assert seen.no_picture == "摄像头: 0 没有画面: 接好了吗?"
    assert sentence(gone, ZH) == "/dev/ttyACM0 未接入: 请接上扫码枪"
    assert [line.said for line in device_lines((gone, open_), (), (tried,), ZH)] == [
        "未通过 12 毫秒: 没有应答: 请重新接上",
        "上盖打开: 请合上",
    ]


# --- beside a demo's till --------------------------------------------------------------------------------

MONEY = Money(1250)
FACES = ("pocket", "code", "password", "paid", "refused", "given_back")
STORIES = ("straight", "broke", "slow", "no_password", "lost_reply")
LINES = ("open", "paid", "failed", "closed", "reversed")
EXCHANGES = tuple(
    Exchange("POS1", 0, 19, "alipay", operation, "POST", "/", {}, status, {"code": "1"} if status else {}, meant)
    for operation, status, meant in [
        *((operation, 200, ("approved",)) for operation in Operation),
        ("notice", 200, ()),
        ("pay", 0, ("unknown", "no_answer")),
    ]
)


def scenes() -> Iterator[Scene]:
    """Each word that the panel has, in one of these."""
    for phase in Phase:
        for way, story in product(("camera", "scanner", "screen"), STORIES):
            customer = Customer(1, "Alipay", story, way, MONEY, "28************5204", "code")
            yield Scene(Step(phase, MONEY), customer, shows="universal", leg=1, legs=6)
            yield Scene(Step(phase, MONEY), customer, coming=story, is_cut=True)
            yield Scene(Step(phase, MONEY), customer, is_recovering=True)
    for face, why in product(FACES, takewhile(lambda one: one is not Refusal.CURRENCY, Refusal)):
        customer = Customer(1, "WeChat Pay", "straight", "camera", MONEY, "13************4321", face, why)
        yield from (Scene(Step(Phase.IDLE), customer, Line("wechat", "POS1", MONEY, state, MONEY)) for state in LINES)
    yield from (Scene(Step(Phase.CHECKING), wire=(exchange,)) for exchange in EXCHANGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panel_and_the_narrator_speak_one_language(strange: Strange, language: Language) -> None:
    texts = Texts(language)
    text = "\n".join({row for scene in scenes() for row in shown(scene, texts)})
    assert strange(text, language) - NAMES - {"wechat", "alipay"} == set()


def shown(scene: Scene, texts: Texts) -> Iterator[str]:
    """The narrator's line and the panel's rows, but for a message's fields."""
    yield told(scene, texts)
    yield from (row.text for row in rows(scene, (), texts, 80, 40) if not row.text.startswith("    "))
