"""The JSON schema of catalog files, for editors: `python -m pytest_pytyche.catalog_schema > FILE`."""

import json
import sys

from pytest_pytyche.catalog_model import CatalogFile


def schema_text() -> str:
    """The schema as it is published."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **CatalogFile.model_json_schema()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
