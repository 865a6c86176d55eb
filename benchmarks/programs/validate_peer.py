"""The shortest program that validates a template, as a peer of `pyformation validate`."""

import sys

from cloudformation_validate import CompositeEngine

for found in CompositeEngine().validate_template(sys.argv[1]).diagnostics:
    print(f"[{found.severity.name}] {found.rule_id}: {found.message}")
