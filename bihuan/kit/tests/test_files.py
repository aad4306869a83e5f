"""Files: what comes in, where it lies, who gets it out, and what the nightly check finds."""

from __future__ import annotations

import io
import json
import os
import random
import time
import zipfile
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ, FixedClock
from bihuan.kernel.errors import Invalid, NotAllowed, NotFound
from bihuan.kit import files
from bihuan.kit.access import NOBODY, Viewer
from bihuan.kit.files import File, inspect, services, store, views

AT = datetime(2026, 11, 21, 9, 30, tzinfo=TZ)
LI, WANG = Actor(7, "李明"), Actor(8, "王芳")
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path, monkeypatch):
    settings.FILES_DIR = tmp_path / "files"
    monkeypatch.setattr(services, "_owners", {})
    with clock.use(FixedClock(AT)):
        yield


def keep(content: bytes = PNG, name: str = "图.png", by: Actor = LI, at: datetime = AT) -> File:
    return files.keep(content, name=name, by=by, at=at)


def office(parts: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        for path, content in {"[Content_Types].xml": b"<Types/>", **parts}.items():
            archive.writestr(path, content)
    return target.getvalue()


def age(path, days: float) -> None:
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))


def test_same_content_is_stored_once():
    first, second = keep(), keep(name="另一张.PNG", by=WANG)
    assert first.pk != second.pk
    assert [path.name for path in store.stored()] == [first.sha256]
    path = store.path_of(first.sha256)
    assert path.parent.name == first.sha256[2:4]
    assert path.read_bytes() == PNG
    assert (second.name, second.media_type, second.size) == ("另一张.PNG", "image/png", len(PNG))
    assert list((store.root() / "tmp").iterdir()) == []


@pytest.mark.parametrize("wrap", [io.BytesIO, lambda content: SimpleUploadedFile("x", content)])
def test_any_source(wrap):
    assert files.open_file(keep(wrap(PNG))).read() == PNG


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/合同.pdf", "合同.pdf"),
        ("C:\\temp\\a.pdf", "a.pdf"),
        ("a\u202efdp.pdf", "afdp.pdf"),
        ("a\x00\n.pdf", "a.pdf"),
        ("名" * 300 + ".pdf", "名" * 196 + ".pdf"),
    ],
)
def test_names_are_cleaned(name, clean):
    assert inspect.clean_name(name) == clean


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.html", b"<html>"),
        ("a.pHaR", b"x"),
        ("a.exe", b"MZ"),
        ("a", b"x"),
        ("..", b"x"),
        ("a.png", b""),
        ("a.png", b"<html><script>"),
        ("a.pdf", PNG),
        ("a.txt", b"<html><script>alert(1)</script>"),
        ("a.txt", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.csv", b"a\x00b"),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.docx", PNG),
        ("a.xlsx", office({"word/document.xml": b"x"})),
        ("a.docx", office({"word/vbaProject.bin": b"x"})),
        ("a.docx", office({"word/document.xml": b"x", "word/media/image1.png": office({})})),
        ("a.docx", office({"word/document.xml": b"x", "../evil": b"x"})),
        ("a.docx", office({"word/document.xml": b"0" * 3_000_000})),
        ("a.docx", office({f"word/{n}": b"" for n in range(2001)})),
        ("a.docx", office({"word/document.xml": b"x"})[:-30]),
    ],
)
def test_refused(name, content):
    with pytest.raises(Invalid):
        keep(content, name)
    assert not File.objects.exists()
    assert list(store.stored()) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.docx", office({"word/document.xml": b"<w/>"})),
        ("a.PPTX", office({"ppt/p.xml": b"<p/>", "ppt/embeddings/Sheet1.xlsx": office({"xl/w.xml": b""})})),
        ("a.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600),
        ("a.csv", "编号,名称\n1,闭环".encode()),
        ("a.csv", "编号,名称\n1,闭环".encode("gb18030")),
        ("a.txt", ("闭" * 5000 + "a").encode()),
        ("a.pdf", b"%PDF-1.7\n%%EOF"),
        ("a.mp4", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 30),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 20),
    ],
)
def test_taken(name, content):
    assert files.open_file(keep(content, name).pk).read() == content


def test_too_large():
    with pytest.raises(Invalid, match="20MB"):
        keep(PNG + b"\x00" * inspect.MAX_SIZE)
    assert list((store.root() / "tmp").iterdir()) == []


def test_broken_copies_never_break_the_reader():
    """1,000 flipped copies of a valid file: taken or refused with a reason, nothing else (trust B30)."""
    rng = random.Random(26)
    valid = office({"word/document.xml": b"<w/>" * 50, "word/media/a.png": PNG})
    for _ in range(1000):
        content = bytearray(valid)
        for _ in range(rng.randint(1, 4)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        try:
            inspect.check_content("a.docx", inspect.FORMATS["docx"], io.BytesIO(bytes(content)))
        except Invalid:
            continue


def test_uploads_belong_to_who_uploaded_them_until_used():
    file = keep()
    assert files.may_read(file, Viewer(7))
    assert not files.may_read(file, Viewer(8))
    assert not files.may_read(file, Viewer(None))
    with pytest.raises(NotFound):
        files.use_files([file.pk], owner_kind="document", owner_id=3, by=WANG)
    (used,) = files.use_files([file.pk], owner_kind="document", owner_id=3, by=LI)
    assert files.use_files([file.pk], owner_kind="document", owner_id=3, by=WANG) == [used]
    with pytest.raises(NotFound):
        files.use_files([file.pk], owner_kind="document", owner_id=4, by=LI)


def test_the_owner_decides_and_nobody_else():
    file = keep()
    (file,) = files.use_files([file.pk], owner_kind="document", owner_id=3, by=LI)
    assert not files.may_read(file, Viewer(7, admin=True))
    files.register_owner("document", lambda file, viewer: file.owner_id == 3 and viewer.person == 8)
    assert files.readable_file(file.pk, Viewer(8)) == file
    for wrong in (file.pk, 999):
        with pytest.raises(NotFound):
            files.readable_file(wrong, Viewer(7))


def test_a_copy_shares_the_content_and_not_the_rights():
    file = keep()
    copy = files.copy_file(file, owner_kind="document", owner_id=9, by=WANG, at=AT)
    assert copy.sha256 == file.sha256
    assert not files.may_read(copy, Viewer(7))


def test_an_upload_can_be_taken_back_until_used():
    first, second = keep(), keep()
    files.drop_upload(first.pk, by=LI)
    files.use_files([second.pk], owner_kind="document", owner_id=3, by=LI)
    with pytest.raises(NotAllowed):
        files.drop_upload(second.pk, by=LI)
    with pytest.raises(NotFound):
        files.drop_upload(second.pk, by=WANG)


def test_the_check_names_missing_changed_and_stray():
    missing, changed, fine = keep(PNG + b"1"), keep(PNG + b"2"), keep(PNG + b"3")
    store.path_of(missing.sha256).unlink()
    path = store.path_of(changed.sha256)
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    stray = store.root() / "ab" / "cd" / "stray"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    fresh = store.root() / "fresh"
    fresh.write_bytes(b"upload still in its transaction")
    age(stray, 1)
    found = {(problem.sha256, problem.what) for problem in files.verify_files()}
    assert found == {
        (missing.sha256, services.MISSING),
        (changed.sha256, services.CHANGED),
        ("stray", services.STRAY),
    }
    for file in (missing, changed):
        with pytest.raises(files.Damaged):
            files.open_file(file)
    assert files.open_file(fine).read() == PNG + b"3"


def test_unused_uploads_go_after_two_days():
    unused, used = keep(PNG + b"1"), keep(PNG + b"2")
    files.use_files([used.pk], owner_kind="document", owner_id=3, by=LI)
    for path in store.stored():
        age(path, 3)
    draft = store.root() / "tmp" / "left"
    draft.write_bytes(b"x")
    age(draft, 3)
    assert files.drop_unused(AT + timedelta(days=1)) == 0
    assert files.drop_unused(AT + timedelta(days=2, seconds=1)) == 1
    assert list(File.objects.all()) == [used]
    assert [path.name for path in store.stored()] == [used.sha256]
    assert not store.path_of(unused.sha256).exists()
    assert not draft.exists()


def test_asking_anew_keeps_a_content_young():
    path = store.path_of(keep().sha256)
    age(path, 3)
    keep()
    assert store.age(path) < 60


def test_no_path_is_made_of_other_text():
    for text in ("../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"):
        with pytest.raises(ValueError, match="SHA-256"):
            store.path_of(text)


# ── doors ──────────────────────────────────────────────────────────────────────────────────────


def ask(method: str, path: str, actor: Actor | None, data: dict | None = None):
    request = getattr(RequestFactory(), method)(path, data)
    request.actor = actor
    request.viewer = Viewer(actor.person) if actor else NOBODY
    return request


def upload(actor: Actor | None = LI, name: str = "方案.pdf", content: bytes = b"%PDF-1.7\n"):
    return views.upload(ask("post", "/files/", actor, {"file": SimpleUploadedFile(name, content)}))


def test_upload_answers_with_the_file():
    response = upload()
    answer = json.loads(response.content)
    file = File.objects.get()
    assert response.status_code == 201
    assert answer == {"id": file.pk, "name": "方案.pdf", "size": 9, "url": f"/files/{file.pk}/"}
    assert file.kept_by == 7


def test_upload_refusals(settings):
    settings.LOGIN_URL = "/sign-in/"
    assert upload(actor=Actor(None, ""))["Location"] == "/sign-in/?next=/files/"
    with pytest.raises(Invalid):
        views.upload(ask("post", "/files/", LI))
    request = ask("post", "/files/", LI)
    request.META["CONTENT_LENGTH"] = str(30 * 2**20)
    with pytest.raises(Invalid, match="20MB"):
        views.upload(request)


def test_downloads_cannot_run_anything():
    file = keep(b"%PDF-1.7\n", "方案.pdf")
    response = views.download(ask("get", "/", LI), file.pk)
    assert b"".join(response.streaming_content) == b"%PDF-1.7\n"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    with pytest.raises(NotFound):
        views.download(ask("get", "/", WANG), file.pk)
    assert views.download(ask("delete", "/", LI), file.pk).status_code == 204


@pytest.mark.parametrize(
    ("name", "content", "inline"),
    [
        ("a.png", PNG, True),
        ("a.pdf", b"%PDF-1.7\n", True),
        ("a.txt", b"hello", True),
        ("a.csv", b"a,b", False),
    ],
)
def test_previews_show_harmless_types_only(name, content, inline):
    response = views.preview(ask("get", "/", LI), keep(content, name).pk)
    assert response["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert "default-src 'none'" in response["Content-Security-Policy"]
    response.close()
