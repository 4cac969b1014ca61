"""How this machine reaches its Debian and Python packages, for use inside a build container.

A build container gets the host's package sources, proxies and certificate bundle for as long as the build runs.
Nothing of it is kept in an image.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

#: Variables that direct pip, apt and TLS; passed on when set.
_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_TRUSTED_HOST",
    "PIP_DEFAULT_TIMEOUT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)

#: apt's transport settings that matter inside the container; index settings and paths stay the container's own.
_APT_KEEP = re.compile(
    r"^Acquire::(Check-Valid-Until|Check-Date|Retries|ForceIPv4|ForceIPv6|(http|https)(::(Proxy|Timeout|Verify-Peer|"
    r"Verify-Host|Pipeline-Depth))?(::[\w.-]+)*) "
)

_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def ca_bundle() -> Path | None:
    """The certificate bundle that this machine's tools trust."""
    for path in (os.environ.get("SSL_CERT_FILE"), os.environ.get("PIP_CERT"), *_BUNDLES):
        if path and Path(path).is_file():
            return Path(path).resolve()
    return None


def debian_mirror() -> str | None:
    """The mirror of Debian itself that the host's apt uses; None when the host is no Debian."""
    return _indextargets().get("Debian")


def apt_sources(suite: str) -> str | None:
    """A deb822 source file for `suite` on the host's mirrors."""
    mirrors = _indextargets()
    if "Debian" not in mirrors:
        return None
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    parts = [(mirrors["Debian"], f"{suite} {suite}-updates")]
    if "Debian-Security" in mirrors:
        parts.append((mirrors["Debian-Security"], f"{suite}-security"))
    return "\n".join(
        f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: main\nSigned-By: {keys}\n" for uri, suites in parts
    )


def write_build_files(directory: Path) -> None:
    """Fills a directory that a build container mounts at /mnt/slipway."""
    bundle = ca_bundle()
    if bundle:
        shutil.copyfile(bundle, directory / "ca.crt")
    (directory / "apt.conf").write_text(_apt_conf(bundle is not None))
    (directory / "env.sh").write_text(_environment(bundle is not None))


def _environment(has_bundle: bool) -> str:
    values = {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    values |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    if has_bundle:
        values |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), "/mnt/slipway/ca.crt")
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _apt_conf(has_bundle: bool) -> str:
    lines = [line for line in _run("apt-config", "dump").splitlines() if _APT_KEEP.match(line)]
    if has_bundle:
        lines.append('Acquire::https::CAInfo "/mnt/slipway/ca.crt";')
    return "\n".join(lines) + "\n"


def _indextargets() -> dict[str, str]:
    """Debian's labels (Debian, Debian-Security) and where the host gets them."""
    found: dict[str, str] = {}
    for line in _run("apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)").splitlines():
        origin, label, uri = line.split("|")[:3]
        if origin == "Debian":
            found.setdefault(label, uri)
    return found


def _run(*command: str) -> str:
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
