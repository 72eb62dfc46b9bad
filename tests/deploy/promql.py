"""Just enough PromQL to know which metrics and labels an expression asks for."""

import re

from streams.metrics import CATALOGUE, LABELS, Metric

CLAUSES = r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)"
WORDS = {"and", "or", "unless", "bool", "offset"}
FOREIGN = {"up"}
"""Prometheus' own metrics."""
SCRAPED = {"job", "instance", "le"}
"""Labels that Prometheus adds."""

SERIES: dict[str, Metric] = {
    metric.name + suffix: metric
    for metric in CATALOGUE
    for suffix in (("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",))
}
"""Every series of /metrics by its name, and the metric it belongs to."""


def asked(expr: str) -> set[str]:
    """The names of the series in an expression.

    >>> sorted(asked('sum by (le) (rate(a_bucket{job="x"}[$__rate_interval])) > 2 and b offset 5m'))
    ['a_bucket', 'b']
    """
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', "", re.sub(CLAUSES, "", re.sub(r'"[^"]*"', "", expr)))
    names = re.findall(r"(?<![\w$.])([a-zA-Z_:][\w:]*)(?![\w:]|\s*\()", bare)
    return set(names) - WORDS


def grouped(expr: str) -> set[str]:
    """The labels that an expression selects or groups by.

    >>> sorted(grouped('sum by (le, rung) (a{job="x", code!="y"})'))
    ['code', 'job', 'le', 'rung']
    """
    bare = re.sub(r'"[^"]*"', '""', expr)
    clauses = [name.strip() for clause in re.findall(CLAUSES, bare) for name in clause.split(",")]
    selectors = [
        name for inner in re.findall(r"\{([^}]*)\}", bare) for name in re.findall(r"(\w+)\s*[=!]", inner)
    ]
    return {name for name in (*clauses, *selectors) if name}


def wrong(expr: str) -> list[str]:
    """What an expression asks for that /metrics does not show; empty where it is right."""
    names = asked(expr) - FOREIGN
    unknown = sorted(names - SERIES.keys())
    labels = {label for name in names & SERIES.keys() for label in SERIES[name].labels} | SCRAPED
    strange = sorted(grouped(expr) - labels)
    values = [
        f'{label}="{value}"'
        for label, value in re.findall(r'(\w+)\s*=\s*"([^"]*)"', expr)
        if LABELS.get(label) and value not in LABELS[label]
    ]
    return unknown + strange + values
