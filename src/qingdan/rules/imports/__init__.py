"""Rules that others wrote, read into this language: files are taken from a folder that the caller names.

* `findings`  : what is wrong with a file, collected or raised
* `zen`       : decision tables of GoRules ZEN (JDM files)
* `zen_cells` : their cells and expressions
* `zen_types` : the types of their fields
* `zen_cases` : their own input/output cases, run through our evaluator
* `tee`       : the programmes of "Transition écologique des entreprises" (eligibilityData)
"""
