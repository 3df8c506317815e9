"""The readable form of a rule: an indented tree of Chinese sentences, each node a line. `docs/rule-sentences.md`.

* `grammar`    : the words, the quoting rule, single values
* `vocabulary` : the catalogue's labels and codes as words
* `writer`     : rules to text
* `lines`      : text to lines, and a cursor over one line
* `phrases`    : parts of sentences; `clauses` : conditions; `sums` : amounts; `reader` : the rule
"""

from __future__ import annotations

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.forms.sentence.reader import read_rule
from qingdan.rules.forms.sentence.vocabulary import Vocabulary
from qingdan.rules.forms.sentence.writer import write_rule
from qingdan.rules.language.rule import Rule


def dump_sentence(rule: Rule, catalogue: Catalogue) -> str:
    """A rule as sentences in the catalogue's labels; `load_sentence` with the same catalogue gives the rule back."""
    return write_rule(rule, Vocabulary(catalogue))


def load_sentence(text: str, catalogue: Catalogue, file: str = "") -> Rule:
    """The rule of such a text; RuleError with file, line and the words that were not understood."""
    return read_rule(text, Vocabulary(catalogue), file)
