"""Villages from addresses, by set: what addresses say, what it is learnt to stand for, and what follows for whom."""
