"""AWS adds values faster than any catalog, so any text is admitted where values are listed."""

import warnings

from pyformation import CatalogWarning
from pyformation.aws import s3

with warnings.catch_warnings():
    warnings.simplefilter("ignore", CatalogWarning)
    rule = s3.Bucket.Transition(storage_class="DEEPER_THAN_DEEP_ARCHIVE", transition_in_days=30)
