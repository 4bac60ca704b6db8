"""What is looked at before rules go into force: their tests, the archive, what is odd in them. Pure.

trials.py     the tests that are written beside the rules
backtest.py   what rules meet in the archive, and how two sets of rules differ there
lint.py       rules that are dead, shadowed, equal, or catch other than they seem to
names.py      names of countries that are looked for as words
"""
