"""Settings: read once, and a bad one stops the start with one German sentence that names it."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from app.config import READERS, Settings, SettingsError, unknown
from app.database import configuration

pytestmark = [pytest.mark.no_database, pytest.mark.sqlite_only]


def test_without_any_setting_the_portal_starts_on_this_machine() -> None:
    settings = Settings.from_environment({"PATH": "/bin", "PORTALX": "x"})
    assert settings == Settings()
    assert (settings.host, settings.secure, settings.vendor) == ("127.0.0.1:8000", False, "UNIPLUS")
    assert settings.database.startswith("sqlite:///")


def test_every_setting_is_a_field_and_every_field_a_setting() -> None:
    assert {name.removeprefix("PORTAL_").lower() for name in READERS} == set(Settings.__dataclass_fields__)


def test_good_settings(tmp_path: Path) -> None:
    settings = Settings.from_environment({
        "PORTAL_BASE_URL": " https://portal.example/ ", "PORTAL_VENDOR": "Beispiel & Söhne",
        "PORTAL_DATA_DIR": str(tmp_path), "PORTAL_TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,::1",
        "PORTAL_DATABASE_URL": "postgres://u:p@db:5433/portal", "PORTAL_DEMO": "1",
    })  # fmt: skip
    assert (settings.base_url, settings.host, settings.secure) == ("https://portal.example", "portal.example", True)
    assert settings.trusted_proxies == tuple(ip_network(n) for n in ("10.0.0.0/8", "192.0.2.7", "::1"))
    assert (settings.data_dir, settings.demo) == (tmp_path, True)


@pytest.mark.parametrize(("name", "value"), [
    ("PORTAL_BASE_URL", "portal.example"), ("PORTAL_BASE_URL", "https://portal.example/pfad"),
    ("PORTAL_BASE_URL", "ftp://portal.example"), ("PORTAL_BASE_URL", "https://u:p@portal.example"),
    ("PORTAL_BASE_URL", "https://portal.example?x"), ("PORTAL_BASE_URL", "https://portal.example:99999"),
    ("PORTAL_BASE_URL", "https://"), ("PORTAL_BASE_URL", "javascript:alert(1)"), ("PORTAL_BASE_URL", "https://[::1"),
    ("PORTAL_DATABASE_URL", "mysql://x"), ("PORTAL_DATABASE_URL", "portal.sqlite3"), ("PORTAL_DATA_DIR", __file__),
    ("PORTAL_VENDOR", "x" * 61), ("PORTAL_VENDOR", "Zeile\nzwei"), ("PORTAL_TRUSTED_PROXIES", "überall"),
    ("PORTAL_TRUSTED_PROXIES", "10.0.0.1/8"), ("PORTAL_DEMO", "ja"), ("PORTAL_DEMO", "2"),
    ("PORTAL_SMTP_URL", "mail.example"), ("PORTAL_SMTP_URL", "smtp://"), ("PORTAL_SMTP_URL", "smtp://m:99999"),
    ("PORTAL_SMTP_URL", "http://mail.example"), ("PORTAL_MAIL_FROM", "portal"), ("PORTAL_MAIL_FROM", "a@b.de, c@d.de"),
    ("PORTAL_MAIL_FROM", "Portal <a@b.de>"), ("PORTAL_STAFF_TOTP", "ja"),
    ("PORTAL_SECURITY_CONTACT", "sicherheit@firma.example"), ("PORTAL_SECURITY_CONTACT", "mailto:zwei@a.de,b@c.de"),
    ("PORTAL_SECURITY_CONTACT", "http://firma.example"), ("PORTAL_IMPRINT_URL", "/impressum"),
    *[("PORTAL_STORAGE_URL", f"s3://{rest}") for rest in (
        "", "B", "bucket?endpoint=ftp://x", "bucket?endpoint=s3.example", "bucket?secret=x", "key@bucket", "b:9/x",
        "bucket?region=a&region=b", "bucket#x",
    )],
    ("PORTAL_STORAGE_URL", "https://s3.example/bucket"), ("PORTAL_STORAGE_URL", "/srv/files"),
    ("PORTAL_IMPRINT_URL", "javascript:alert(1)"), ("PORTAL_PRIVACY_URL", "https://firma.example/a b"),
])  # fmt: skip
def test_a_bad_setting_stops_the_start_with_one_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({name: value})
    sentence = str(refused.value)
    assert sentence.startswith(name)
    assert sentence.endswith(".")
    assert sentence.count("\n") <= 1


def test_a_bad_address_of_a_store_never_repeats_its_key() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment({"PORTAL_STORAGE_URL": "s3://key:geheim@bucket?endpunkt=x"})
    assert "geheim" not in str(refused.value)
    for good in ("s3://bucket", "s3://key:a%2Fb@bucket.name/a/b?endpoint=http://127.0.0.1:9000&region=eu-central-1"):
        assert Settings.from_environment({"PORTAL_STORAGE_URL": good}).storage_url == good


def test_without_its_library_a_store_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.config.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r"braucht das Paket obstore; es gehört zu kundenportal\[s3\]"):
        Settings.from_environment({"PORTAL_STORAGE_URL": "s3://bucket"})


def test_a_misspelt_setting_is_named_and_stops_nothing() -> None:
    environment = {"PORTAL_BASEURL": "x", "PORTAL_VENDOR": "Beispiel", "HOME": "/"}
    assert unknown(environment) == ["PORTAL_BASEURL"]
    assert Settings.from_environment(environment).vendor == "Beispiel"


def test_an_empty_setting_is_none() -> None:
    assert Settings.from_environment(dict.fromkeys(READERS, " ")) == Settings()


@pytest.mark.parametrize(("url", "expected"), [
    ("postgres://u:p%40ss@db.example:5433/portal", ("db.example", 5433, "u", "p@ss", "portal")),
    ("postgresql://postgres:@/portal?host=/run/pg", ("/run/pg", 5432, "postgres", "", "portal")),
    ("postgres://db", ("db", 5432, "postgres", "", "postgres")),
])  # fmt: skip
def test_a_database_address_is_taken_apart(url: str, expected: tuple[object, ...]) -> None:
    found = configuration(Settings(database_url=url))["connections"]
    assert set(found) == {"default"}
    credentials = found["default"]["credentials"]
    assert tuple(credentials[name] for name in ("host", "port", "user", "password", "database")) == expected


def test_sqlite_reads_through_a_connection_that_cannot_write(tmp_path: Path) -> None:
    found = configuration(Settings(data_dir=tmp_path))["connections"]
    assert found["reads"]["credentials"]["query_only"] == "ON"
    assert found["default"]["credentials"]["file_path"] == str(tmp_path / "portal.sqlite3")
    assert found["default"]["credentials"]["foreign_keys"] == "ON"
