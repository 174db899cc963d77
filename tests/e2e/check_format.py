"""check_format.py SCHEMAS FORMAT:FILE…: is each file what its format's schema says, and what it means?

CycloneDX and SARIF have published schemas (tests/support/schemas.sh). Those of OSCAL and OCSF come in no package: what both demand of the members that
vigie writes is below. Beyond the schema, references have to lead somewhere, and what is not known must not look clean.
"""
import csv
import functools
import hashlib
import io
import json
import os
import re
import sys
import warnings

import jsonschema

warnings.simplefilter("ignore", DeprecationWarning)  # RefResolver: Debian 12 has nothing newer
schemas = sys.argv[1]


def published(name):
    with open(os.path.join(schemas, name), encoding="utf-8") as f:
        return json.load(f)


def validate(validator, document):
    errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(document)]
    assert not errors, "\n".join(errors[:10])


def unique(values, what):
    seen = set()
    for value in values:
        assert value not in seen, f"{what} {value} stands twice"
        seen.add(value)
    return seen


# ---- CycloneDX 1.6 ----------------------------------------------------------------------------------------


@functools.cache
def cyclonedx_validator():
    schema = published("bom-1.6.SNAPSHOT.schema.json")
    store = {}
    for name in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json", "cryptography-defs.SNAPSHOT.schema.json"):
        part = published(name)
        store[part["$id"]] = store["http://cyclonedx.org/schema/" + name] = part
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
    return jsonschema.Draft7Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker())


def cyclonedx(document):
    validate(cyclonedx_validator(), document)
    estate = document["metadata"]["component"]["bom-ref"]
    refs = unique([estate] + [x["bom-ref"] for x in document["components"] + document["services"]], "bom-ref")
    for dependency in document["dependencies"]:
        assert dependency["ref"] in refs and set(dependency["dependsOn"]) <= refs, dependency
    unread = [p for p in document["metadata"]["properties"] if p["name"].startswith("vigie:unread:")]
    stale = [s for s in document["services"] if {"name": "vigie:stale", "value": "true"} in s["properties"]]
    if unread or stale:
        assert document["compositions"][0]["aggregate"] == "incomplete"
    for service in document["services"]:
        for property in service["properties"]:
            if property["name"].startswith("vigie:fact:"):
                assert re.match(r"(known: |unknown: |unknown$|absent$)", property["value"]), property


# ---- SARIF 2.1.0 -----------------------------------------------------------------------------------------


@functools.cache
def sarif_validator():
    return jsonschema.Draft4Validator(published("sarif-2.1.0-rtm.5.json"), format_checker=jsonschema.FormatChecker())


def sarif(document):
    validate(sarif_validator(), document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    unique([r["id"] for r in rules], "rule")
    unique([r["guid"] for r in run["results"]], "guid")
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert (result["level"] != "none") == (result["kind"] == "fail"), result
        assert (result["kind"] == "open") == (result["properties"]["verdict"] == "unknown")
        assert bool(result.get("suppressions")) == (result["properties"]["verdict"] == "waived")


# ---- OSCAL 1.2 assessment results ------------------------------------------------------------------------

UUID = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}
TOKEN = {"type": "string", "pattern": r"^[A-Za-z_][A-Za-z0-9._-]*$"}
LINE = {"type": "string", "pattern": r"^\S(.*\S)?$"}
PROSE = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}


def closed(required, optional=None):
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}, "additionalProperties": False}


def some(items):
    return {"type": "array", "minItems": 1, "items": items}


PROPS = some(closed({"name": TOKEN, "value": LINE}, {"ns": LINE}))
RELATED = some(closed({"observation-uuid": UUID}))
OBSERVATION = closed(
    {"uuid": UUID, "description": PROSE, "methods": some({"enum": ["EXAMINE", "INTERVIEW", "TEST"]}), "collected": TIME},
    {"title": PROSE, "props": PROPS, "remarks": PROSE,
     "subjects": some(closed({"subject-uuid": UUID, "type": {"enum": ["component", "inventory-item"]}})),
     "relevant-evidence": some(closed({"description": PROSE}, {"props": PROPS, "href": LINE}))})
STATUS = closed({"state": {"enum": ["satisfied", "not-satisfied"]}}, {"reason": TOKEN, "remarks": PROSE})
TARGET = closed({"type": {"enum": ["statement-id", "objective-id"]}, "target-id": TOKEN, "status": STATUS})
FINDING = closed({"uuid": UUID, "title": PROSE, "description": PROSE, "target": TARGET},
                 {"related-observations": RELATED, "related-risks": some(closed({"risk-uuid": UUID}))})
ENTRY = closed({"uuid": UUID, "start": TIME}, {"title": PROSE, "status-change": TOKEN, "logged-by": some(closed({"party-uuid": UUID}))})
RISK = closed({"uuid": UUID, "title": PROSE, "description": PROSE, "statement": PROSE, "status": TOKEN},
              {"deadline": TIME, "risk-log": closed({"entries": some(ENTRY)}), "related-observations": RELATED})
COMPONENT = closed({"uuid": UUID, "type": LINE, "title": PROSE, "description": PROSE,
                    "status": closed({"state": {"enum": ["under-development", "operational", "disposition", "other"]}})})
ITEM = closed({"uuid": UUID, "description": PROSE}, {"props": PROPS, "implemented-components": some(closed({"component-uuid": UUID}))})
SELECTION = {"oneOf": [closed({"include-all": closed({})}), closed({"include-controls": some(closed({"control-id": TOKEN}))})]}
RESULT = closed(
    {"uuid": UUID, "title": PROSE, "description": PROSE, "start": TIME, "reviewed-controls": closed({"control-selections": some(SELECTION)})},
    {"end": TIME, "props": PROPS, "local-definitions": closed({}, {"components": some(COMPONENT), "inventory-items": some(ITEM)}),
     "observations": some(OBSERVATION), "findings": some(FINDING), "risks": some(RISK)})
METADATA = closed({"title": PROSE, "last-modified": TIME, "version": LINE, "oscal-version": LINE},
                  {"parties": some(closed({"uuid": UUID, "type": {"enum": ["person", "organization"]}}, {"name": LINE}))})
OSCAL = closed({"assessment-results": closed(
    {"uuid": UUID, "metadata": METADATA, "import-ap": closed({"href": LINE}), "results": some(RESULT)},
    {"back-matter": closed({"resources": some(closed({"uuid": UUID}, {"title": PROSE, "description": PROSE}))})})})


def oscal(document):
    validate(jsonschema.Draft7Validator(OSCAL), document)
    root = document["assessment-results"]
    (result,) = root["results"]
    local = result["local-definitions"]
    plan = unique([r["uuid"] for r in root["back-matter"]["resources"]], "uuid")
    assert root["import-ap"]["href"][1:] in plan
    subjects = unique([x["uuid"] for x in local.get("components", []) + local.get("inventory-items", [])], "uuid")
    observations = {o["uuid"]: o for o in result.get("observations", [])}
    unique([o["uuid"] for o in result.get("observations", [])], "uuid")
    risks = unique([r["uuid"] for r in result.get("risks", [])], "uuid")
    parties = {p["uuid"] for p in root["metadata"].get("parties", [])}
    for item in local.get("inventory-items", []):
        assert all(c["component-uuid"] in subjects for c in item["implemented-components"]), item
    for o in observations.values():
        assert all(s["subject-uuid"] in subjects for s in o["subjects"]), o
    for risk in result.get("risks", []):
        assert all(by["party-uuid"] in parties for e in risk["risk-log"]["entries"] for by in e.get("logged-by", []))
    verdicts = {"pass": "satisfied", "fail": "not-satisfied", "waived": "not-satisfied"}
    concluded = set()
    for finding in result.get("findings", []):
        (related,) = finding["related-observations"]
        concluded.add(related["observation-uuid"])
        props = {p["name"]: p["value"] for p in observations[related["observation-uuid"]]["props"]}
        assert finding["target"]["status"]["state"] == verdicts[props["verdict"]], finding
        assert all(r["risk-uuid"] in risks for r in finding.get("related-risks", []))
    for uuid, o in observations.items():
        props = {p["name"]: p["value"] for p in o["props"]}
        assert (uuid in concluded) == (props.get("verdict", "unknown") != "unknown"), o


# ---- OCSF 1.8: 2003 and 5023 -----------------------------------------------------------------------------

MS = {"type": "integer", "minimum": 10**12, "maximum": 10**14}
INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
JSON = {}
ACCOUNT = closed({"type_id": {"enum": [10, 11, 13, 99]}, "name": TEXT}, {"uid": TEXT, "type": TEXT})
CLOUD = closed({"provider": PROSE, "account": ACCOUNT}, {"region": PROSE})
PRODUCT = closed({"name": PROSE, "vendor_name": PROSE, "version": PROSE})
EVENT_METADATA = closed({"version": {"const": "1.8.0"}, "product": PRODUCT, "profiles": {"const": ["cloud"]}, "uid": UUID, "log_name": TEXT})
RESOURCE = closed({"uid": PROSE, "type": PROSE},
                  {"name": TEXT, "region": PROSE, "created_time": MS, "data": JSON, "tags": some(closed({"name": TEXT, "value": TEXT}))})
BASE = {"class_uid": INTEGER, "category_uid": INTEGER, "activity_id": INTEGER, "type_uid": INTEGER, "severity_id": {"enum": [1, 2, 3, 4, 5]},
        "time": MS, "metadata": EVENT_METADATA, "cloud": CLOUD, "status_id": INTEGER}
MORE = {"message": TEXT, "unmapped": {"type": "object"}}
FINDING_INFO = closed({"uid": PROSE, "title": PROSE, "types": {"const": ["compliance"]}, "created_time": MS, "first_seen_time": MS,
                       "last_seen_time": MS, "modified_time": MS}, {"desc": TEXT})
COMPLIANCE = closed({"control": PROSE, "standards": {"type": "array", "items": PROSE}, "status_id": {"enum": [1, 2, 3]}, "status": PROSE,
                     "status_code": PROSE, "status_details": some(TEXT)}, {"requirements": some(PROSE)})
CLASSES = {
    2003: closed({**BASE, "activity_id": {"enum": [1, 2, 3]}, "status_id": {"enum": [1, 3, 4]}, "finding_info": FINDING_INFO, "compliance": COMPLIANCE},
                 {**MORE, "resources": some(RESOURCE), "evidences": some(closed({"data": JSON})), "remediation": closed({"desc": PROSE})}),
    5023: closed({**BASE, "activity_id": {"enum": [1, 2]}, "status_id": {"enum": [0, 1, 2]}},
                 {**MORE, "region": PROSE, "resources": some(RESOURCE), "status_code": PROSE, "status_detail": TEXT}),
}


def ocsf(events):
    validators = {uid: jsonschema.Draft7Validator(schema) for uid, schema in CLASSES.items()}
    statuses = {"pass": 1, "unknown": 2, "fail": 3, "waived": 3}
    unique([e["metadata"]["uid"] for e in events], "uid")
    for event in events:
        validate(validators[event["class_uid"]], event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"] and event["category_uid"] == event["class_uid"] // 1000
        if event["class_uid"] == 2003:
            assert event["compliance"]["status_id"] == statuses[event["unmapped"]["vigie"]["verdict"]], event
            assert event["compliance"]["status_id"] == 1 or event["status_id"] != 4, event
        else:
            assert "resources" in event or event["status_code"] != "ok" or event["status_id"] == 1


# ---- CSV -------------------------------------------------------------------------------------------------


def table(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows and all(len(r) == len(rows[0]) for r in rows)
    assert not any(c[:1] in "=+@\t\r" for r in rows for c in r if c), "a formula"


# ---- Markdown --------------------------------------------------------------------------------------------


def markdown(text):
    columns = None
    for line in text.split("\n"):
        if not line.startswith("|"):
            columns = None
            continue
        n = len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))
        assert columns in (None, n), line
        columns = n
    assert not re.search(r"<(?!/?(code|kbd)\b)", text), "HTML"


checked = set()  # a report may be the same as the list of findings


def check(form, path):
    with open(path, encoding="utf-8", newline="") as f:
        content = f.read()
    same = form, hashlib.sha256(content.encode()).digest()
    if same in checked:
        return
    checked.add(same)
    if form == "ocsf":
        ocsf([json.loads(line) for line in content.split("\n") if line])
    elif form in ("csv", "markdown"):
        {"csv": table, "markdown": markdown}[form](content)
    else:
        {"cyclonedx": cyclonedx, "sarif": sarif, "oscal": oscal}[form](json.loads(content))


for argument in sys.argv[2:]:
    try:
        check(*argument.split(":", 1))
    except Exception:
        print(f"{argument}:", file=sys.stderr)
        raise
