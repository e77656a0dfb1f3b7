"""From a founded ledger to a verified badge, with Python alone.

python3 walk.py founded.json    # what `testamur found … --json` printed; BASE names another server
"""

import json
import os
import sys
from urllib.request import Request, urlopen

BASE = os.environ.get("BASE", "http://localhost:8000")


def call(token, method, path, body=None, **headers):
    """The answer to a request. Raises HTTPError, whose body is a problem (RFC 9457)."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
    request = Request(BASE + path, data, method=method)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    with urlopen(request) as answer:
        return json.load(answer)


# 1. The first administrator accepts the invitation
with open(sys.argv[1]) as file:
    founded = json.load(file)
network = founded["id"]


def accept(secret, role, unit):
    body = {"secret": secret, "role": {"role": role, "unit": unit}, "label": "walk"}
    return call(None, "POST", "/v1/invitations/accept", body)["secret"]


admin = accept(founded["secret"], "administrator", network)


# 2. A district, a campus, and three people with a role each
def unit(name, kind, parent):
    body = {"name": name, "kind": kind, "parent": parent}
    return call(admin, "POST", "/v1/organizations", body)["id"]


campus = unit("Elm", "campus", unit("West", "district", network))


def person(name, email, role, within):
    roles = [{"role": role, "unit": within}]
    body = {"name": name, "email": email, "home": campus, "roles": roles}
    made = call(admin, "POST", "/v1/people", body)["id"]
    url = call(admin, "POST", f"/v1/people/{made}/invitations", {"days": 7})["url"]
    return made, accept(url.replace("#", "/").rpartition("/")[2], role, within)


_, ana = person("Ana Reyes", "ana@example.org", "educator", campus)
ben_id, ben = person("Ben Okafor", "ben@example.org", "assessor", network)
_, mia = person("Mia Chen", "mia@example.org", "programme-manager", network)

# 3. The programme manager publishes a micro-credential, and names who may assess it
levels = [{"id": "emerging", "name": "Emerging"}, {"id": "shown", "name": "Shown"}]
definition = {
    "name": "Checking for Understanding",
    "description": "Finds out what students understood, and acts on it.",
    "criteria": "Shows how it was done, and what changed.",
    "parts": [
        {
            "id": "reflection",
            "name": "Reflection",
            "kind": "text",
            "instruction": "Say what you changed, and why.",
        }
    ],
    "rubric": [{"id": "practice", "name": "Practice", "requiredLevel": "shown", "levels": levels}],
}
body = {"owner": network, "definition": definition}
micro = call(mia, "POST", "/v1/micro-credentials", body)["id"]
call(mia, "POST", f"/v1/micro-credentials/{micro}/versions")
call(mia, "POST", f"/v1/people/{ben_id}/qualifications", {"microCredential": micro})

# 4. The educator hands in evidence
submission = call(ana, "POST", "/v1/submissions", {"microCredential": micro, "number": 1})["id"]
path = f"/v1/submissions/{submission}"
evidence = b"I asked, listened, and taught it again."
name = "reflection.txt"
call(ana, "PUT", f"{path}/evidence/reflection", evidence, Content_Type="text/plain", File_Name=name)
call(ana, "POST", f"{path}/submit", {"attested": True})

# 5. The assessor takes it on and scores it
review = call(ben, "POST", f"{path}/reviews", {"assessor": None})["id"]
call(ben, "PUT", f"/v1/reviews/{review}", {"levels": {"practice": "shown"}})

# 6. It is awarded, and anyone can check the badge
badge = call(mia, "POST", f"{path}/award")["badge"]
with urlopen(f"{badge}.json") as answer:
    credential = answer.read()
report = call(None, "POST", "/v1/verify", credential, Recipient="ana%40example.org")
print(f"{badge}: {report['answer']}")
