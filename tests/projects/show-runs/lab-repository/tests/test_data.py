from lab.data import held_out


def test_held_out():
    assert len(held_out(3)) == 3
