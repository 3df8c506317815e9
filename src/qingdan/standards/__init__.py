"""Facts of law, calendar and language that every room of the house may rely on. No I/O, no Django.

* `workdays`   : working days of the People's Republic of China, make-up days, unpublished years
* `weeks`      : report weeks and their Chinese labels
* `numerals`   : full-width and Chinese digits, cleaning of text that came out of a workbook
* `quantities` : numbers with unit and qualifier (超过1万个, 199亿元以上), ratios that keep the qualifier
* `deadlines`  : the "完成时限" cell of a ledger, read into a typed deadline, and statutory periods
* `unit_lists` : the "牵头单位" / "责任单位" cell of a ledger, read into unit names
"""
