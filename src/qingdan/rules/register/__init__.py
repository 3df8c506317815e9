"""A made-up register of enterprises, for the worked example, demonstrations and tests: see `generate`.

Nothing in it is taken from a real enterprise: figures are drawn from distributions that look like those of Chengdu,
and the codes carry a mark that no real code can have (see `credit`).

    generate(Path("register"), rows=1_000_000, seed=1)
"""
