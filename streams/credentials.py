"""Which settings of a secured connection need one another, and which exclude one another."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting whose value matches `when` needs one of the others, with a value that matches `then`."""

    name: str
    when: str
    needs: tuple[str, ...]
    then: str = ".+"
    right: str = ""


_PASSWORDS = ("SASL_PASSWORD", "SASL_PASSWORD_FILE")
_KEY_PASSWORDS = ("TLS_KEY_PASSWORD", "TLS_KEY_PASSWORD_FILE")
_KNOWN = "PLAIN|SCRAM-.+"
_SASL_RIGHT, _TLS_RIGHT = "SASL_SSL or SASL_PLAINTEXT", "SSL or SASL_SSL"
_MECHANISM_RIGHT = "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"

RULES = (
    Rule("SECURITY_PROTOCOL", "SASL_.+", ("SASL_MECHANISM",)),
    Rule("SASL_MECHANISM", ".+", ("SECURITY_PROTOCOL",), "SASL_.+", _SASL_RIGHT),
    Rule("SASL_MECHANISM", _KNOWN, ("SASL_USERNAME",)),
    Rule("SASL_MECHANISM", _KNOWN, _PASSWORDS),
    Rule("SASL_MECHANISM", "OAUTHBEARER", ("SASL_TOKEN",)),
    *(Rule(name, ".+", ("SASL_MECHANISM",), _KNOWN, _MECHANISM_RIGHT)
      for name in ("SASL_USERNAME", *_PASSWORDS)),
    Rule("SASL_TOKEN", ".+", ("SASL_MECHANISM",), "OAUTHBEARER", "OAUTHBEARER"),
    *(Rule(name, ".+", ("SECURITY_PROTOCOL",), ".*SSL", _TLS_RIGHT)
      for name in ("TLS_CA_FILE", "TLS_CERT_FILE", "TLS_KEY_FILE")),
    Rule("TLS_CERT_FILE", ".+", ("TLS_KEY_FILE",)),
    Rule("TLS_KEY_FILE", ".+", ("TLS_CERT_FILE",)),
    *(Rule(name, ".+", ("TLS_KEY_FILE",)) for name in _KEY_PASSWORDS),
)  # fmt: skip


def clashes(prefix: str, environ: Mapping[str, str], wrong: Container[str]) -> Iterator[str]:
    """A line for each setting that lacks another one, or has one too many; no line shows a secret.

    What is `wrong` by itself was told of already, and whoever needs it says nothing more.

    >>> list(clashes("X_", {"X_SECURITY_PROTOCOL": "SASL_SSL"}, ()))
    ["X_SECURITY_PROTOCOL='SASL_SSL': needs X_SASL_MECHANISM"]
    >>> list(clashes("X_", {"X_TLS_KEY_PASSWORD": "hush"}, ()))
    ['X_TLS_KEY_PASSWORD: needs X_TLS_KEY_FILE']
    """

    def given(name: str) -> str:
        return environ.get(prefix + name, "")

    for rule in RULES:
        if re.fullmatch(rule.when, given(rule.name)) and not any(
            prefix + name in wrong or re.fullmatch(rule.then, given(name)) for name in rule.needs
        ):
            shown = "" if re.search("PASSWORD|TOKEN", rule.name) else f"={given(rule.name)!r}"
            needed = " or ".join(prefix + name for name in rule.needs)
            right = f" to be {rule.right}" if rule.right else ""
            yield f"{prefix}{rule.name}{shown}: needs {needed}{right}"
    for one, other in (_PASSWORDS, _KEY_PASSWORDS):
        if given(one) and given(other):
            yield f"{prefix}{one}: must not be set beside {prefix}{other}"
