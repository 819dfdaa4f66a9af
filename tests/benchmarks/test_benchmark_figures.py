"""Tables, figures and prices: what a benchmark shows."""

import time
import xml.etree.ElementTree as ET

import numpy as np

from benchmarks import plot
from benchmarks.cost import in_turn, milliseconds
from benchmarks.report import machine, markdown, ratio
from benchmarks.stages import Stages
from terminal.vision import gate, reader
from terminal.vision.reader import Reader

DOTS = [plot.Dot("zxing", 1.0, 77.0, is_ours=False), plot.Dot("saoma <3", 0.02, 94.0, is_ours=True)]


def test_a_table_is_markdown_with_numbers_to_the_right() -> None:
    assert markdown(["reader", "n"], [["a", "10"]]).splitlines() == [
        "| reader |  n |",
        "| ------ | -: |",
        "| a      | 10 |",
    ]


def test_a_ratio_to_nothing_is_not_told() -> None:
    assert (ratio(1, 4), ratio(1, None)) == ("0.250", "–")


def test_the_machine_is_told_with_the_versions_that_took_part() -> None:
    assert "zxing-cpp" in machine()
    assert "Python" in machine()


def test_every_reader_begins_as_often_as_the_others() -> None:
    orders = [in_turn("abc", count) for count in range(3)]
    assert orders == [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]


def test_quantiles_of_costs_are_milliseconds() -> None:
    assert milliseconds([0.001, 0.002, 0.003], 0.5) == 2
    assert milliseconds([], 0.5) == 0


def test_figures_are_well_formed_and_name_everybody() -> None:
    for svg in (
        plot.scatter("Cost & reads", "CPU", "read", DOTS),
        plot.pairs("By symbology", [plot.Pair("saoma <3", 70, 90), plot.Pair("zxing", 65, 88)], "best"),
        plot.shares("Stages", [("zxing", 60.0), ("saoma <3", 40.0)], "%"),
    ):
        words = " ".join(ET.fromstring(svg).itertext())
        assert "zxing" in words
        assert "saoma <3" in words


def test_dearer_is_further_right_and_more_read_is_higher() -> None:
    circles = [one for one in ET.fromstring(plot.scatter("", "", "", DOTS)).iter() if one.tag.endswith("circle")]
    (zxing_x, zxing_y), (our_x, our_y) = ((float(one.attrib["cx"]), float(one.attrib["cy"])) for one in circles)
    assert our_x < zxing_x
    assert our_y < zxing_y


def test_stages_are_priced_without_changing_what_is_read_and_the_wrappers_are_taken_off() -> None:
    plain = gate.Gate.differs, reader.regions
    stages, watcher, frame = Stages(), Reader(), np.random.default_rng(1).integers(0, 255, (240, 320), np.uint8)
    start_s = time.process_time()
    with stages.priced():
        assert watcher.look(frame) == []
    spent_s = time.process_time() - start_s
    assert (gate.Gate.differs, reader.regions) == plain
    assert {"reader", "gate", "locate"} <= stages.spent_s.keys()
    assert all(stage_s >= 0 for stage_s in stages.spent_s.values())
    assert 0.3 * spent_s < sum(stages.spent_s.values()) <= spent_s
