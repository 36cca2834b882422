"""All settings, read once from the environment (`KVORUM_*`); docs/reference/settings.md is made from this file."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.kernel import texts

PREFIX = "KVORUM_"
MASK = "***"
HOST = re.compile(r"[a-z0-9.-]+(:[0-9]{1,5})?")

SignaturePolicy = Literal["qualified", "simple", "off"]
"""How ballots are signed: certificates, codes by SMS, not at all."""


class Settings(BaseSettings):
    """Frozen after start-up. A wrong value stops the program with the name of the setting."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    environment: Literal["embedded", "production"] = Field(
        default="embedded",
        description="embedded: one process that makes its own keys; production: keys must be there before the start.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        pattern=r"^https?://[^/?#]+$",
        description="Address that participants open; access links, cookies and the Origin check follow it.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///var/kvorum.db"),
        description="sqlite:///file for one process, postgresql://… for several.",
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="redis://… for several processes; without it the bus lives inside the process.",
    )
    keys_dir: Path = Field(
        default=Path("var/keys"),
        description="Folder of the key files; never keep it with the database or its backups.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins that may open a connection, separated by commas; empty: that of public_url.",
    )
    deployment: str = Field(
        default="kvorum",
        pattern=r"^[a-z0-9-]{1,40}$",
        description="Prefix of channel names on the bus, so that deployments may share one Redis.",
    )
    build: str = Field(
        default="dev", max_length=40, description="Name of the running build, shown in the table of workers."
    )
    max_connections: int = Field(default=5000, ge=1, description="Sockets that one worker accepts.")
    max_connections_per_person: int = Field(
        default=5, ge=1, description="Sockets that one person may have at once."
    )
    handshakes_per_second: int = Field(
        default=300, ge=1, description="Handshakes from one address, on average."
    )
    handshakes_burst: int = Field(
        default=2000, ge=1, description="Handshakes from one address, at once: a hall behind one router."
    )
    signature_policy: SignaturePolicy = Field(
        default="qualified",
        description="How ballots of new meetings are signed unless the organizer chooses otherwise: qualified certificates, simple (codes by SMS, where the legal basis is recorded); off only in development, and only so can it be chosen.",
    )
    sms_file: Path | None = Field(
        default=None,
        description="File to which text messages with codes are written instead of being sent, for demonstrations and tests; without it no meeting is signed by codes. Not in production.",
    )
    signed_countdown_s: int = Field(
        default=180,
        ge=10,
        le=86_400,
        description="Where ballots are signed, seconds of the shortest countdown of a new meeting.",
    )
    demo_ca: bool = Field(
        default=False,
        description="The server issues demonstration certificates itself and accepts them; minutes say «демонстрация». Not in production.",
    )
    trust_dir: Path | None = Field(
        default=None,
        description="Trust folder (anchors.pem, intermediates.pem, crls.pem, crls/*.crl); without it no authority is trusted, and production does not start.",
    )
    crl_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts, or host:port, that may be asked for lists of revoked certificates, separated by commas; empty: nobody is asked.",
    )
    crl_policy: Literal["strict", "grace"] = Field(
        default="grace",
        description="Where a list of revoked certificates is missing, out of date or forged: grace takes the vote and looks again later, strict refuses it.",
    )
    local_keys: Literal["allow", "warn", "refuse"] = Field(
        default="allow",
        description="Keys that lie on the computer and not in a key carrier (token): allow them, warn at the check of the signature, or refuse the vote; of what the plug-in tells, nothing proves it.",
    )
    signature_require: Annotated[
        tuple[Literal["rsa", "ecdsa", "gost2012_256", "gost2012_512"], ...], NoDecode
    ] = Field(
        default=(),
        description="Algorithms of signatures without which the server does not start, separated by commas: rsa, ecdsa, gost2012_256, gost2012_512.",
    )
    cadesplugin: FilePath | None = Field(
        default=None,
        description="File cadesplugin_api.js of the vendor of the signing plug-in; with it the pages may sign by the plug-in, and their policy lets its extension in.",
    )
    metrics_from: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks that may read /metrics, separated by commas; to others it does not exist.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="For people or for a log collector."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is written."
    )

    @field_validator("allowed_origins", "metrics_from", "signature_require", "crl_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("metrics_from")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for network in value:
                ip_network(network)
        except ValueError:
            raise ValueError(texts.NOT_NETWORKS) from None
        return value

    @field_validator("crl_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """As they are compared with addresses of lists: an address or a capital letter here would never match."""
        if not all(HOST.fullmatch(host) for host in value):
            raise ValueError(texts.NOT_HOSTS)
        return value

    @model_validator(mode="after")
    def _production_signs(self) -> Self:
        if self.environment == "production" and self.signature_policy == "off":
            raise ValueError(texts.NO_POLICY_IN_PRODUCTION)
        if self.environment == "production" and self.sms_file is not None:
            raise ValueError(texts.NO_SMS_FILE_IN_PRODUCTION)
        if self.signature_policy == "simple" and self.sms_file is None:
            raise ValueError(texts.NO_WAY_TO_TELEPHONES)
        if self.environment == "production" and self.demo_ca:
            raise ValueError(texts.NO_DEMO_IN_PRODUCTION)
        if self.environment == "production" and self.trust_dir is None:
            raise ValueError(texts.NO_TRUST_IN_PRODUCTION)
        return self

    @property
    def offered_policies(self) -> tuple[SignaturePolicy, ...]:
        """What an organizer may choose from, the default first: codes only where they can be sent, off only by default."""
        others: tuple[SignaturePolicy, ...] = ("qualified", "simple") if self.sms_file else ("qualified",)
        return (self.signature_policy, *(each for each in others if each != self.signature_policy))

    @property
    def origins(self) -> frozenset[str]:
        """Origins whose pages may talk to us."""
        return frozenset(self.allowed_origins or (self.public_url,))

    @property
    def is_https(self) -> bool:
        return urlsplit(self.public_url).scheme == "https"

    def shown(self) -> dict[str, str]:
        """Every setting as text; secrets as ***."""
        return {name: _shown(getattr(self, name)) for name in type(self).model_fields}


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
