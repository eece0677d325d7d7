from base64 import b64encode
from pathlib import Path

import pytest

from pare_harness.apps import SandboxLocalFileSystem
from pare_harness.apps.attachments import AttachmentApp, host_attachment
from pare_harness.capture import EventRegisterer
from tests.pare_harness.driving import phone

LEASE = b64encode(b"two years")


@pytest.fixture
def files() -> SandboxLocalFileSystem:
    files = SandboxLocalFileSystem(name="Files")
    with files.open("/lease.txt", "wb") as file:
        file.write(b"two years")
    return files


def test_files_of_the_phone_are_connected(files: SandboxLocalFileSystem) -> None:
    app = AttachmentApp("App")
    phone(app, files)
    assert app.internal_fs is files
    assert app.read_attachment("/lease.txt") == ("lease.txt", LEASE)


def test_files_assigned_before_stay_on_a_phone_without_any(files: SandboxLocalFileSystem) -> None:
    app = AttachmentApp("App", files)
    phone(app)
    assert app.internal_fs is files


def test_reading_and_saving_are_neither_logged_nor_captured(files: SandboxLocalFileSystem) -> None:
    app = AttachmentApp("App")
    env = phone(app, files)
    with EventRegisterer.capture_mode():
        assert app.save_attachment("~", "copy.txt", app.read_attachment("/lease.txt")[1]) == "~/copy.txt"
    assert files.cat("~/copy.txt") == b"two years"
    assert [event.action.function_name for event in env.logged()] == ["cat"]


def test_a_missing_file_is_named(files: SandboxLocalFileSystem, tmp_path: Path) -> None:
    for app in (AttachmentApp("App", files), AttachmentApp("App")):
        with pytest.raises(ValueError, match=r"attachment '.*no\.txt': .+"):
            app.read_attachment(str(tmp_path / "no.txt"))
    with pytest.raises(ValueError, match=r"attachment '\.\./x': path='\.\./x' leaves the sandbox"):
        AttachmentApp("App", files).read_attachment("../x")


def test_the_host_gives_files_while_a_scenario_is_set_up_but_not_in_a_run(tmp_path: Path) -> None:
    path = tmp_path / "lease.txt"
    path.write_bytes(b"two years")
    app = AttachmentApp("App")
    assert app.read_attachment(str(path)) == host_attachment(str(path)) == ("lease.txt", LEASE)
    phone(app)
    with pytest.raises(ValueError, match="this phone has no file system"):
        app.read_attachment(str(path))


def test_nothing_is_saved_outside_the_phone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"lease\.txt': this phone has no file system"):
        AttachmentApp("App").save_attachment(str(tmp_path), "lease.txt", LEASE)
    assert not any(tmp_path.iterdir())


def test_content_that_is_not_base64_leaves_no_file(files: SandboxLocalFileSystem) -> None:
    with pytest.raises(ValueError, match="attachment 'x' is not base64"):
        AttachmentApp("App", files).save_attachment("~", "x", b"abc")
    assert not files.exists("~/x")
