"""How far a round is: the board, the bulletin, the report."""
