"""Show a change set that AWS made in the words of pyformation's reports.

aws cloudformation describe-change-set --change-set-name ARN --include-property-values > answer.json
python show_change_set.py answer.json
"""

import json
import sys

from pyformation.reports.change_set import from_change_set
from pyformation.reports.text import show

if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        show(from_change_set(json.load(file)))
