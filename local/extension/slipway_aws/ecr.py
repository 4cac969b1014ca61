"""ECR: a registry address that the Docker engine can push to and pull from.

MiniStack names repositories <account>.dkr.ecr.<region>.amazonaws.com, which no engine reaches here. The same server
answers the registry protocol on the published port, so that is the registry's address.
"""

from __future__ import annotations

import json

from ministack.core.responses import json_response
from ministack.services import ecr

from slipway_aws.settings import SETTINGS

REQUIRED = {
    "services.ecr": {
        "_repo_uri": "name",
        "_get_authorization_token": "data",
        "_get_download_url_for_layer": "data",
    }
}


def install() -> None:
    """Replaces the address in repository URIs, authorization tokens and layer URLs."""
    authorization, download = ecr._get_authorization_token, ecr._get_download_url_for_layer
    url = f"http://{SETTINGS.registry}"

    def get_authorization_token(data):
        return _edit(authorization(data), _set_proxy)

    def _set_proxy(answer):
        for entry in answer["authorizationData"]:
            entry["proxyEndpoint"] = url

    def get_download_url_for_layer(data):
        return _edit(download(data), _set_download)

    def _set_download(answer):
        answer["downloadUrl"] = url + "/v2/" + answer["downloadUrl"].split("/v2/", 1)[1]

    ecr._repo_uri = lambda name: f"{SETTINGS.registry}/{name}"
    ecr._get_authorization_token = get_authorization_token
    ecr._get_download_url_for_layer = get_download_url_for_layer


def _edit(response, change):
    status, _, body = response
    if status != 200:
        return response
    answer = json.loads(body)
    change(answer)
    return json_response(answer)
