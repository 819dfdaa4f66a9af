from terminal.commands.columns import columns


def test_rows_stand_under_their_names_as_wide_as_the_widest() -> None:
    rows = [{"wallet": "ccb", "agree": True, "n": 2}, {"wallet": "unionpay", "agree": False, "n": 10}]
    assert list(columns(rows)) == ["wallet    agree  n", "ccb       yes    2", "unionpay  no     10"]


def test_no_rows_are_no_lines() -> None:
    assert list(columns([])) == []
