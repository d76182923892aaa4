"""Zip archives: every document in them, and nothing that an archive can do to us."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from watcher.articles.extract import extract
from watcher.articles.formats.archive import MAX_INFLATED, MAX_MEMBERS
from watcher.model import Document

Make = Callable[..., Document]
TEXT = b"Het zwembad gaat maandag weer open."


def zipped(files: dict[str, bytes]) -> bytes:
    """An archive of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return stream.getvalue()


def test_every_format_can_stand_in_an_archive(make_document: Make) -> None:
    samples = sorted(Path(__file__).with_name("samples").iterdir())
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path in samples:
            archive.writestr(f"map/{path.name}", path.read_bytes())
    found = extract(make_document(stream.getvalue(), name="dag.zip"))
    assert {one.document.split("/")[2] for one in found.articles} == {one.name for one in samples}
    alone = sum(len(extract(make_document(one.read_bytes())).articles) for one in samples)
    assert len(found.articles) == alone
    assert [one.part for one in found.articles] == list(range(1, alone + 1))


def test_a_member_is_named_and_never_written(make_document: Make) -> None:
    body = zipped({"a.txt": TEXT}).replace(b"a.txt", b"../.x")
    (article,) = extract(make_document(body, name="a.zip")).articles
    assert article.document == "a.zip/../.x"


def test_pictures_are_no_loss_beside_a_document(make_document: Make) -> None:
    picture = bytes(range(256))
    found = extract(
        make_document(zipped({"a.txt": TEXT, "b.png": picture, "__MACOSX/._a": picture}))
    )
    assert (len(found.articles), found.losses) == (1, ())
    alone = extract(make_document(zipped({"b.png": picture})))
    assert "b.png: this is not text" in str(alone.failure)


def test_an_archive_in_an_archive_is_refused_with_a_reason(make_document: Make) -> None:
    found = extract(make_document(zipped({"a.txt": TEXT, "in.zip": zipped({"b.txt": TEXT})})))
    assert len(found.articles) == 1
    assert found.losses == ("in.zip: an archive in an archive is not read",)


def test_a_broken_member_is_a_loss_and_the_others_are_read(make_document: Make) -> None:
    body = bytearray(zipped({"a.txt": TEXT * 50, "b.txt": TEXT}))
    body[45] ^= 0xFF
    found = extract(make_document(bytes(body)))
    assert len(found.articles) == 1
    assert found.losses[0].startswith("a.txt: it is broken")


def test_an_encrypted_member_is_a_loss(make_document: Make) -> None:
    body = bytearray(zipped({"a.txt": TEXT, "b.txt": TEXT}))
    directory = body.index(b"PK\x01\x02")
    body[6] |= 1
    body[directory + 8] |= 1
    found = extract(make_document(bytes(body)))
    assert (len(found.articles), found.losses) == (1, ("a.txt: it is encrypted",))


def test_a_bomb_is_counted_while_it_is_inflated(make_document: Make) -> None:
    found = extract(
        make_document(zipped({"a.txt": TEXT, "b.txt": b" " * (MAX_INFLATED + 1), "c.txt": TEXT}))
    )
    assert len(found.articles) == 1
    assert found.losses == ("b.txt: with it the archive holds more than 50 MB; left off",)


def test_no_more_than_a_thousand_members_are_read(make_document: Make) -> None:
    files = {f"f{number}.txt": TEXT for number in range(MAX_MEMBERS + 5)}
    found = extract(make_document(zipped(files)))
    assert len(found.articles) == MAX_MEMBERS
    assert found.losses == ("5 more files than 1000 not read",)


@pytest.mark.parametrize(
    "body", [b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"x" * 99]
)
def test_no_archive_is_said(make_document: Make, body: bytes) -> None:
    assert "archive" in str(extract(make_document(body)).failure)
