"""Call examples for a grant: ready to copy, with the grant's own values in them (调用示例)."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from datahall.catalogue import CatalogueItem
from datahall.kit.signing import canonical_query
from datahall.standards import SensitiveKind
from datahall.supply_demand.model.grants import Algorithm, Grant

PUT_IT_HERE = "在此填入密钥"
DIGESTS = {Algorithm.HMAC_SHA256: "sha256", Algorithm.HMAC_SM3: "sm3"}
SAMPLES = {SensitiveKind.ID_CARD: "341502199001011239", SensitiveKind.USCC: "11341500003014707B"}

CURL = """\
BASE='{base}'
APP_ID='{app_id}'
GRANT='{grant}'
SECRET='{secret}'
URL_PATH='{path}'
QUERY='{query}'

TIMESTAMP="$(date +%s)000"
NONCE="$(openssl rand -hex 12)"
DIGEST="$(printf '' | openssl dgst -{digest} -r | cut -d ' ' -f 1)"
SIGN="$(printf '%s\\n%s\\n%s\\n%s\\n%s\\n%s' GET "$URL_PATH" "$QUERY" "$DIGEST" "$TIMESTAMP" "$NONCE" \\
  | openssl dgst -{digest} -hmac "$SECRET" -binary | openssl base64 -A)"

curl -sS -D - "$BASE$URL_PATH?$QUERY" \\
  -H "X-App-Id: $APP_ID" -H "X-Grant: $GRANT" \\
  -H "X-Timestamp: $TIMESTAMP" -H "X-Nonce: $NONCE" \\
  -H "X-Sign-Alg: {algorithm}" -H "X-Sign: $SIGN"
"""

PYTHON = """\
from datahall.client import Client

hall = Client(
    "{base}",
    app_id="{app_id}",
    secret="{secret}",
    grant="{grant}",{algorithm}
)
answer = hall.get("{item}", {filter})
print(answer.rows, answer.receipt)
"""


@dataclass(frozen=True, slots=True)
class Examples:
    """The same call in two languages."""

    curl: str
    python: str


def examples(
    grant: Grant,
    item: CatalogueItem,
    algorithm: Algorithm,
    *,
    base: str,
    secret: str = PUT_IT_HERE,
) -> Examples:
    """A first call of the grant: by its key when that was granted, else the first ten rows."""
    name = item.code or str(item.id)
    key = next((f for f in grant.fields if f.name in item.key), None)
    field = item.field(key.name) if key else None
    sample = SAMPLES.get(field.sensitive, "1") if field else ""
    query = urlencode({field.name: f"eq.{sample}"}) if field else "limit=10"
    return Examples(
        curl=CURL.format(
            base=base,
            app_id=grant.app_id,
            grant=grant.id,
            secret=secret,
            path=f"/v1/data/{quote(name, safe='/')}",
            query=canonical_query(query),
            digest=DIGESTS[algorithm],
            algorithm=algorithm.value,
        ),
        python=PYTHON.format(
            base=base,
            app_id=grant.app_id,
            grant=grant.id,
            secret=secret,
            item=name,
            filter=f'{field.name}="{sample}"' if field else "limit=10",
            algorithm=""
            if algorithm is Algorithm.HMAC_SHA256
            else f'\n    algorithm="{algorithm.value}",',
        ),
    )
