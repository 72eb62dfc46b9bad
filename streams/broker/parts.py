"""What the real broker is made of: a Java that is new enough, Maven, and Kafka's jars, fetched once."""

import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LEAST_JAVA = 17
SILENCE_S = 180.0
"""Maven saying nothing for this long has lost its network; its largest file is 7 MB."""

TELL_EVERY_S = 0.2

Tell = Callable[[str], None]


class PartMissing(Exception):  # noqa: N818 - says which part, in one line
    """A real Kafka cannot be had here: one line that says what is missing."""


def pom() -> Path:
    """The list of the broker's jars; in a clone this is a link to `deploy/kafka/pom.xml`."""
    return Path(__file__).with_name("pom.xml")


def version() -> str:
    """Kafka's version, as the pom says it."""
    found = re.search(r"<kafka\.version>(.+?)</kafka\.version>", pom().read_text("utf-8"))
    if found is None:
        raise PartMissing(f"{pom()} names no kafka.version")
    return found[1]


def java() -> str:
    """The path of a Java 17 or newer: `JAVA_HOME`'s, else the first on the path; raises `PartMissing`."""
    home = os.environ.get("JAVA_HOME")
    path = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if path is None:
        raise PartMissing(f"no Java {LEAST_JAVA} or newer: neither JAVA_HOME is set nor `java` on the path")
    try:
        run = subprocess.run([path, "-version"], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - the user's own Java
    except (OSError, subprocess.SubprocessError) as exc:
        raise PartMissing(f"no Java {LEAST_JAVA} or newer: {path} does not run ({exc})") from None
    major = java_major(run.stderr)
    if major < LEAST_JAVA:
        raise PartMissing(f"no Java {LEAST_JAVA} or newer: {path} is Java {major}")
    return path


def java_major(said: str) -> int:
    """The major version in what `java -version` said; 0 where there is none.

    >>> java_major('openjdk version "17.0.15" 2025-04-15'), java_major('java version "1.8.0_392"')
    (17, 8)
    """
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else 0


def jars(folder: Path, tell: Tell) -> Path:
    """The folder of Kafka's jars under `folder`, fetched by Maven where it is not there whole."""
    kept = folder / f"jars-{version()}"
    if kept.exists():
        return kept
    maven = shutil.which("mvn")
    if maven is None:
        raise PartMissing("no Maven: `mvn` is not on the path")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as unfinished:
        target = Path(unfinished, "jars")
        _fetch(maven, target, tell)
        try:
            # Renamed whole: an interrupted download leaves no folder that looks like a finished one.
            target.rename(kept)
        except OSError:
            if not kept.exists():  # else another broker was faster, with the same jars
                raise
    return kept


def _fetch(maven: str, target: Path, tell: Tell) -> None:
    # Resolved, because Maven would take a relative folder as one beside the pom.
    command = [
        maven, "--batch-mode", "--strict-checksums", "--file", str(pom()),
        "-Dmaven.wagon.http.connectionTimeout=10000", "-Daether.connector.connectTimeout=10000",
        "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies",
        "-DincludeScope=runtime", f"-DoutputDirectory={target.resolve()}",
    ]  # fmt: skip
    tell(f"fetching Kafka {version()} by Maven, about 45 MB")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as run:  # noqa: S603 - ours
        try:
            error = _follow(run, tell)
        finally:
            run.kill()
    if run.returncode or not any(target.glob("kafka_*.jar")):
        error = error or f"exit code {run.returncode}"
        raise PartMissing(f"Maven could not fetch Kafka {version()}: {error}")


def _follow(run: subprocess.Popen[bytes], tell: Tell) -> str:
    """Tell how far the download is; returns Maven's first error, empty where it had none."""
    error, files, megabytes, told = "", 0, 0.0, 0.0
    for line in _lines(run):
        if "] Downloaded from " in line:
            files += 1
            megabytes += size_mb(line)
        elif line.startswith("[ERROR]") and not error:
            error = line.removeprefix("[ERROR]").removesuffix("-> [Help 1]").strip()
        if files and time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            tell(f"fetching Kafka {version()} by Maven: {files} files, {megabytes:.1f} MB")
    if files:
        tell(f"fetched Kafka {version()}: {files} files, {megabytes:.1f} MB")
    return error


def _lines(run: subprocess.Popen[bytes]) -> Iterator[str]:
    """Each line of Maven's output as it comes, and a line of ours where it falls silent for good."""
    assert run.stdout is not None  # noqa: S101 - it was opened as a pipe
    rest = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(run.stdout, selectors.EVENT_READ)
        while waiting.select(SILENCE_S):
            chunk = os.read(run.stdout.fileno(), 65536)
            *whole, rest = (rest + chunk).split(b"\n")
            yield from (line.decode("utf-8", "replace").strip() for line in whole)
            if not chunk:
                run.wait()
                return
    run.kill()
    yield f"[ERROR] it said nothing for {SILENCE_S:.0f} s"


def size_mb(line: str) -> float:
    """The megabytes of one of Maven's lines on a finished download; 0 where it names no size.

    >>> size_mb("[INFO] Downloaded from central: URL/a.jar (6.7 MB at 31 MB/s)")
    6.7
    >>> size_mb("[INFO] Downloaded from central: URL/a.pom (15 kB at 120 kB/s)")
    0.015
    """
    found = re.search(r"\(([\d.]+) (B|kB|MB) at ", line)
    return float(found[1]) * {"B": 1e-6, "kB": 1e-3, "MB": 1.0}[found[2]] if found else 0.0
