#!/bin/sh
# From a founded ledger to a verified badge, with curl. Give it what `testamur found … --json` printed:
#   .venv/bin/testamur found "Our Network" "Ada Moore" ada@example.org --json > founded.json
#   make serve
#   sh walk.sh founded.json
set -eu
BASE=${BASE:-http://localhost:8000}

field() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
call() { # call TOKEN METHOD PATH [JSON]
  curl --silent --show-error --fail-with-body --request "$2" "$BASE$3" \
    --header "Authorization: Bearer $1" \
    --header "Content-Type: application/json" ${4:+--data "$4"}
}

# 1. The first administrator accepts the invitation
NETWORK=$(field id < "$1")
SECRET=$(field secret < "$1")
accept() { # accept SECRET ROLE UNIT
  call "" POST /v1/invitations/accept \
    "{\"secret\": \"$1\", \"role\": {\"role\": \"$2\", \"unit\": \"$3\"}, \"label\": \"walk\"}" |
    field secret
}
ADMIN=$(accept "$SECRET" administrator "$NETWORK")

# 2. A district, a campus, and three people with a role each
DISTRICT=$(call "$ADMIN" POST /v1/organizations \
  "{\"name\": \"West\", \"kind\": \"district\", \"parent\": \"$NETWORK\"}" | field id)
CAMPUS=$(call "$ADMIN" POST /v1/organizations \
  "{\"name\": \"Elm\", \"kind\": \"campus\", \"parent\": \"$DISTRICT\"}" | field id)
person() { # person NAME EMAIL ROLE UNIT
  call "$ADMIN" POST /v1/people "{\"name\": \"$1\", \"email\": \"$2\", \"home\": \"$CAMPUS\",
    \"roles\": [{\"role\": \"$3\", \"unit\": \"$4\"}]}" | field id
}
token() { # token PERSON ROLE UNIT
  URL=$(call "$ADMIN" POST "/v1/people/$1/invitations" '{}' | field url)
  accept "${URL##*[#/]}" "$2" "$3"
}
ANA_ID=$(person "Ana Reyes" ana@example.org educator "$CAMPUS")
BEN_ID=$(person "Ben Okafor" ben@example.org assessor "$NETWORK")
MIA_ID=$(person "Mia Chen" mia@example.org programme-manager "$NETWORK")
ANA=$(token "$ANA_ID" educator "$CAMPUS")
BEN=$(token "$BEN_ID" assessor "$NETWORK")
MIA=$(token "$MIA_ID" programme-manager "$NETWORK")

# 3. The programme manager publishes a micro-credential, and names who may assess it
MICRO=$(call "$MIA" POST /v1/micro-credentials "{\"owner\": \"$NETWORK\", \"definition\": {
  \"name\": \"Checking for Understanding\",
  \"description\": \"Finds out what students understood, and acts on it.\",
  \"criteria\": \"Shows how it was done, and what changed.\",
  \"parts\": [{\"id\": \"reflection\", \"name\": \"Reflection\", \"kind\": \"text\",
               \"instruction\": \"Say what you changed, and why.\"}],
  \"rubric\": [{\"id\": \"practice\", \"name\": \"Practice\", \"requiredLevel\": \"shown\",
                \"levels\": [{\"id\": \"emerging\", \"name\": \"Emerging\"},
                             {\"id\": \"shown\", \"name\": \"Shown\"}]}]}}" | field id)
call "$MIA" POST "/v1/micro-credentials/$MICRO/versions" > /dev/null
call "$MIA" POST "/v1/people/$BEN_ID/qualifications" "{\"microCredential\": \"$MICRO\"}" > /dev/null

# 4. The educator hands in evidence
SUBMISSION=$(call "$ANA" POST /v1/submissions \
  "{\"microCredential\": \"$MICRO\", \"number\": 1}" | field id)
curl --silent --show-error --fail-with-body --request PUT \
  "$BASE/v1/submissions/$SUBMISSION/evidence/reflection" \
  --header "Authorization: Bearer $ANA" --header "Content-Type: text/plain" \
  --header "File-Name: reflection.txt" --data "I asked, listened, and taught it again." > /dev/null
call "$ANA" POST "/v1/submissions/$SUBMISSION/submit" '{"attested": true}' > /dev/null

# 5. The assessor takes it on and scores it
REVIEW=$(call "$BEN" POST "/v1/submissions/$SUBMISSION/reviews" '{}' | field id)
call "$BEN" PUT "/v1/reviews/$REVIEW" '{"levels": {"practice": "shown"}}' > /dev/null

# 6. It is awarded, and anyone can check the badge
BADGE=$(call "$MIA" POST "/v1/submissions/$SUBMISSION/award" | field badge)
curl --silent --show-error --fail "$BADGE.json" > badge.json
curl --silent --show-error --fail-with-body "$BASE/v1/verify" \
  --header "Recipient: ana%40example.org" --data-binary @badge.json > report.json
echo "$BADGE: $(field answer < report.json)"
