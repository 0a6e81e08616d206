"""What is wrong or risky in a configuration: stable codes, severities, places and fixes."""

from edgeconsole.rules.lint.finding import Finding, Inspection, LintFacts, LintRule, Severity
from edgeconsole.rules.lint.run import lint, safe_changes
from edgeconsole.rules.lint.table import RULES

__all__ = ["RULES", "Finding", "Inspection", "LintFacts", "LintRule", "Severity", "lint", "safe_changes"]
