"""Apache Kafka's class path, resolved by Maven from `deploy/kafka/pom.xml` and cached."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aidataops.local.process import LocalServerError

KAFKA_VERSION = "4.1.1"
MINIMUM_JAVA = 17
RESOLVE_TIMEOUT_S = 300.0
JAVA_TIMEOUT_S = 20.0
POM = Path("deploy/kafka/pom.xml")


def java_executable() -> str:
    """The `java` of JAVA_HOME, else the one on the path; raises LocalServerError without one."""
    home = os.environ.get("JAVA_HOME")
    candidate = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    java = candidate or shutil.which("java")
    if java is None:
        raise LocalServerError(
            f"Apache Kafka needs Java {MINIMUM_JAVA} or newer and there is no `java`: "
            "install a JRE, or use the embedded broker."
        )
    return java


def require_java_and_maven() -> None:
    """Raise LocalServerError unless Java is new enough and `mvn` is there (0.1 s, no network)."""
    java = java_executable()
    version = java_version(java)
    if version < MINIMUM_JAVA:
        raise LocalServerError(
            f"Apache Kafka needs Java {MINIMUM_JAVA} or newer, {java} is {version or 'unusable'}: "
            "install a newer JRE or point JAVA_HOME to one."
        )
    if shutil.which("mvn") is None:
        raise LocalServerError(
            "Apache Kafka without Docker is fetched by Maven and there is no `mvn`: "
            "install Maven, or use the embedded broker."
        )


def java_version(java: str) -> int:
    """The major version; 0 when the executable does not run or says something unheard of."""
    try:
        done = subprocess.run(
            [java, "-version"], capture_output=True, text=True, timeout=JAVA_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(found.group(1)) if found else 0


def kafka_classpath() -> str:
    """The jars of the pom, separated by `:`; resolved once per version of the pom.

    Raises LocalServerError outside a checkout, without Java or Maven, or without a network the
    first time. Parallel callers wait for one resolution.
    """
    root = repository_root()
    pom = root / POM
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    cached = root / ".cache" / "kafka" / f"classpath-{digest}.txt"
    cached.parent.mkdir(parents=True, exist_ok=True)
    with _locked(cached.with_name("lock")):
        if not _is_complete(cached):
            require_java_and_maven()
            _resolve(pom, cached)
    return cached.read_text().strip()


def repository_root() -> Path:
    """The checkout that holds the pom: around this file or around the working directory."""
    for start in (Path(__file__).resolve(), Path.cwd()):
        for folder in (start, *start.parents):
            if (folder / POM).is_file():
                return folder
    raise LocalServerError(
        f"Apache Kafka is started from a checkout and there is no {POM} around "
        f"{Path.cwd()}: change into the checkout, or use the embedded broker."
    )


def _is_complete(classpath: Path) -> bool:
    """Whether the cached file is there and Maven's repository still has all its jars."""
    return classpath.is_file() and all(
        Path(jar).is_file() for jar in classpath.read_text().strip().split(os.pathsep)
    )


def _resolve(pom: Path, target: Path) -> None:
    partial = target.with_suffix(".partial")
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:build-classpath"]
    options = ["-DincludeScope=runtime", f"-Dmdep.outputFile={partial}"]
    try:
        done = subprocess.run(
            [*command, *options],
            capture_output=True,
            text=True,
            timeout=RESOLVE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalServerError(
            f"Maven did not resolve {pom} within {RESOLVE_TIMEOUT_S:.0f} s: check the network, "
            "or use the embedded broker."
        ) from error
    if done.returncode != 0:
        raise LocalServerError(
            f"Maven could not resolve {pom}; check the network and ~/.m2/settings.xml, "
            f"or use the embedded broker:\n{(done.stdout + done.stderr).strip()[-2000:]}"
        )
    partial.replace(target)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
