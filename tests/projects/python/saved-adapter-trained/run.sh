python second_round.py
