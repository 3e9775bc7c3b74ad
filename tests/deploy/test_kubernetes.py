"""deploy/kubernetes.yaml: what Kubernetes takes, and what has to hold of it; compose.yaml."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.corpus.claim import read_record_file
from gateway.errors import SealgateError
from gateway.frontmatter.limits import Limits
from gateway.server.limits import LAST_SECONDS
from gateway.settings import Settings
from gateway.trust.directory import read_trust
from tests.deploy.image import ROOT, last, named
from tests.support.folder import Folder
from tests.support.volume import publish

MANIFEST = ROOT / "deploy/kubernetes.yaml"
OBJECTS: dict[str, Any] = {
    found["kind"]: found for found in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8"))
}
POD: dict[str, Any] = OBJECTS["Deployment"]["spec"]["template"]
(GATEWAY,) = POD["spec"]["containers"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", ["1.30.0", "1.37.0"])
def test_it_fits_the_schemas_of_kubernetes(version: str) -> None:
    """Strictly: a member that is misspelt is one that is not there."""
    program = Path(sys.executable).parent / "kubernetes-validate"
    command = [str(program), "--strict", "-k", version, str(MANIFEST)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("passed") == len(OBJECTS)


def test_the_pod_may_do_nothing_but_serve() -> None:
    security = POD["spec"]["securityContext"]
    assert security["runAsNonRoot"] is True
    assert [f"{security['runAsUser']}:{security['runAsGroup']}"] == named("USER")
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert GATEWAY["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["spec"]["automountServiceAccountToken"] is False
    assert set(GATEWAY["resources"]) == {"requests", "limits"}


def test_what_is_mounted_is_where_the_image_looks_for_it() -> None:
    mounts = {mount["mountPath"]: mount for mount in GATEWAY["volumeMounts"]}
    image = dict(word.split("=", 1) for word in shlex.split(last("ENV")))
    assert image["SEALGATE_SEEDS"] == "/corpus/seeds"
    assert mounts["/corpus"]["readOnly"] is True
    assert image["SEALGATE_STORE"] == "sqlite:////store/store.db"
    assert not mounts["/store"].get("readOnly")
    volumes = {volume["name"] for volume in POD["spec"]["volumes"]}
    assert {mount["name"] for mount in mounts.values()} == volumes


def test_everything_speaks_of_the_same_pods_and_port() -> None:
    labels = POD["metadata"]["labels"]
    specs = {kind: found["spec"] for kind, found in OBJECTS.items()}
    assert specs["Deployment"]["selector"]["matchLabels"] == labels
    assert specs["Service"]["selector"] == labels
    assert specs["PodDisruptionBudget"]["selector"]["matchLabels"] == labels
    assert specs["NetworkPolicy"]["podSelector"]["matchLabels"] == labels
    (port,) = GATEWAY["ports"]
    assert [str(port["containerPort"])] == named("EXPOSE")
    assert port["containerPort"] == Settings().port
    probes = [GATEWAY[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")]
    assert {probe["port"] for probe in probes} == {port["name"]}
    assert [probe["path"] for probe in probes] == ["/healthz", "/readyz", "/healthz"]


def test_one_pod_is_left_while_others_are_moved_and_each_may_end_in_order() -> None:
    spec = OBJECTS["Deployment"]["spec"]
    assert spec["replicas"] > OBJECTS["PodDisruptionBudget"]["spec"]["minAvailable"] > 0
    _, pause = GATEWAY["lifecycle"]["preStop"]["exec"]["command"]
    assert POD["spec"]["terminationGracePeriodSeconds"] > int(pause) + LAST_SECONDS + 5


def test_the_gateway_asks_nobody_and_is_asked_by_those_who_are_named() -> None:
    policy = OBJECTS["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == []
    (allowed,) = policy["ingress"]
    assert allowed["from"]
    assert allowed["ports"] == [{"port": "http"}]


def test_its_variables_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in GATEWAY["env"]:
        monkeypatch.setenv(variable["name"], variable["value"])
        assert variable["name"].removeprefix("SEALGATE_").lower() in Settings.model_fields
    assert list(Settings().trusted_proxies) == json.loads(GATEWAY["env"][1]["value"])


def test_keys_may_be_a_config_map_and_records_may_not_as_the_file_says(folder: Folder) -> None:
    """A ConfigMap is mounted as links to links, so that all of its files change at once."""
    mounted = folder.base / "mounted"
    publish(mounted, {key.name: key.read_bytes() for key in folder.keys.iterdir()})
    assert read_trust(mounted) == read_trust(folder.keys)
    publish(folder.seeds / "_news", {"a.md": b"---\n---\n"})
    with pytest.raises(SealgateError, match="not a regular file"):
        read_record_file(folder.seeds, "_news/a.md", Limits())


def test_the_store_of_compose_is_a_volume_and_all_else_read_only() -> None:
    gateway = COMPOSE["services"]["gateway"]
    assert [volume.rpartition(":")[0] for volume in gateway["volumes"] if "/store" in volume] == [
        "store"
    ]
    assert {tuple(service["cap_drop"]) for service in COMPOSE["services"].values()} == {("ALL",)}
    assert all(service["read_only"] is True for service in COMPOSE["services"].values())
    assert set(COMPOSE["volumes"]) == {"store"}


def test_the_proxy_of_compose_stands_where_nginx_conf_expects_it() -> None:
    """It shares the gateway's network: there 127.0.0.1:8000 is the gateway."""
    services = COMPOSE["services"]
    assert services["proxy"]["network_mode"] == "service:gateway"
    assert services["gateway"]["environment"] == {"SEALGATE_HOST": "127.0.0.1"}
    (published,) = services["gateway"]["ports"]
    port = published.rpartition(":")[2]
    assert f"listen {port};" in (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
