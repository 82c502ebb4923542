"""Validate the research object in a folder by the profile that it says it is of, without a network:
`.venv-release/bin/python validate_crate.py FOLDER` prints what is wrong and how much was checked.

Terms are those of RO-Crate 1.3, which come with rocrate; those of 1.1 differ in one that is used.
"""

import json
import sys
from pathlib import Path

import rocrate
from rocrate_validator import services
from rocrate_validator.utils import document_loader

TERMS = Path(rocrate.__file__).parent / "data" / "ro-crate.jsonld"
ASK_THE_NETWORK = ["ro-crate-1.1_3.1", "ro-crate-1.1_3.2"]


def main(folder):
    terms = json.loads(TERMS.read_text(encoding="utf-8"))
    terms["@context"]["ComputationalWorkflow"] = "https://bioschemas.org/ComputationalWorkflow"
    document_loader._fetch_json_ld = lambda address: terms
    asked = {"profile_identifier": "workflow-run-crate-0.5", "skip_checks": ASK_THE_NETWORK}
    result = services.validate(services.ValidationSettings(rocrate_uri=folder, **asked))
    problems = [f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()]
    print(json.dumps({"problems": problems, "checks": len(result.executed_checks)}))


if __name__ == "__main__":
    main(sys.argv[1])
