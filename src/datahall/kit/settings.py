"""Every setting, from the environment (`DATAHALL_…`) or `datahall.toml`; see docs/reference/settings.md."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from datahall.kit.crypto import Suite

ListName = Literal["systems", "resources", "demands", "duties", "exclusions"]


class Settings(BaseSettings):
    """What an operator may set; each field's description is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="DATAHALL_", toml_file="datahall.toml", extra="forbid", frozen=True
    )

    database_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("DATABASE_URL", "DATAHALL_DATABASE_URL", "database_url"),
        description="PostgreSQL to use, as postgresql://…; unset, the program runs its own.",
    )
    home: Path = Field(
        default=Path(".datahall"),
        description="Folder for the program's own PostgreSQL, keys, logs and uploaded files.",
    )
    keys: Path | None = Field(
        default=None, description="Folder of the key files; unset, `keys` inside the home folder."
    )
    suite: Suite = Field(
        default=Suite.INTL,
        description="Algorithms for new keys and seals: intl, or sm (商用密码 SM2, SM3, SM4).",
    )
    host: str = Field(default="127.0.0.1", description="Address that the pages listen on.")
    port: int = Field(default=8000, description="Port of the pages and the JSON API.")
    gateway_host: str = Field(default="127.0.0.1", description="Address of the gateway.")
    gateway_port: int = Field(default=8100, description="Port of the gateway.")
    gateway_url: str | None = Field(
        default=None,
        description="Address of the gateway as callers see it, when a proxy stands in front.",
    )
    city: str = Field(default="六安", description="Name of the city, as shown in the header.")
    region: str = Field(
        default="341500", description="GB/T 2260 code of the city; the root of the region tree."
    )
    authority: str = Field(
        default="六安市数据资源管理局", description="Full name of the data authority (主管部门)."
    )
    https: bool = Field(
        default=False,
        description="Whether a proxy in front serves the pages over https; cookies are then Secure.",
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, description="Minutes without a request after which a session ends."
    )
    session_hours: int = Field(
        default=8, ge=1, description="Hours after the login at which a session ends in any case."
    )
    login_attempts: int = Field(
        default=5, ge=1, description="Failed logins in a row that lock a login name."
    )
    login_address_attempts: int = Field(
        default=100, ge=1, description="Failed logins in a row that lock a network address."
    )
    login_lock_minutes: int = Field(default=60, ge=1, description="Minutes that a lock lasts.")
    route_unconditional: Literal["R1", "R2", "R3", "R4"] = Field(
        default="R1",
        description="Desks of an application for data shared without conditions: R1 the provider; "
        "R2 the authority checks first; R3 the authority only; R4 the authority confirms.",
    )
    route_conditional: Literal["R1", "R2", "R4"] = Field(
        default="R1", description="The same for data shared on conditions."
    )
    demo_changes: int = Field(
        default=12,
        ge=0,
        description="Rows that change by themselves each minute at the demo city's departments; "
        "0 lets them be.",
    )
    sources_on_this_machine: bool = Field(
        default=False,
        description="Whether sources may stand on this very machine (loopback, socket folders).",
    )
    deletions_percent: int = Field(
        default=20,
        ge=0,
        le=100,
        description="A load that would delete more than this share of a hall table waits until "
        "somebody of the providing department confirms it; a task may have its own.",
    )
    deletions_rows: int = Field(
        default=100,
        ge=1,
        description="The same, in rows: loads that would delete fewer are not held.",
    )
    three_lists: tuple[ListName, ListName, ListName] = Field(
        default=("systems", "resources", "demands"),
        description="Which of the five built-in lists are this city's three lists (三清单): "
        "systems, resources, demands, duties, exclusions.",
    )
    outbound_hosts: tuple[str, ...] = Field(
        default=(),
        description="Hosts (a leading dot takes in subdomains) and networks that mounted APIs may "
        "be probed at; empty, every host that is not refused.",
    )
    limits: dict[str, int] = Field(
        default={},
        description='Working days of a statutory limit that is shorter here, as {"T4": 5}.',
    )
    metadata_weights: dict[str, int] = Field(
        default={},
        description="Points of a criterion of the metadata score instead of its own, as "
        '{"mounted": 20, "sizes": 0}; nought leaves it out.',
    )
    withdrawal_notice_days: int = Field(
        default=30,
        ge=1,
        description="Days between announcing that an entry in use will be withdrawn and that day.",
    )
    openlineage_url: str = Field(
        default="",
        description="Address that takes OpenLineage events, as of Marquez "
        "(http://…/api/v1/lineage); empty: none are sent.",
    )
    openlineage_key: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for that address, if it wants one."
    )
    second_factor: Literal["voluntary", "administrators", "everybody"] = Field(
        default="voluntary",
        description="Who must log in with a one-time code of their phone besides the password.",
    )
    password_length: int = Field(default=10, ge=8, description="Fewest characters of a password.")
    link_hours: int = Field(
        default=72, ge=1, description="Hours for which a one-time link for a password is good."
    )

    @property
    def gateway_address(self) -> str:
        """Where callers find the gateway."""
        return self.gateway_url or f"http://{self.gateway_host}:{self.gateway_port}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
