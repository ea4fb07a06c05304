"""What may be set from outside, for every room alike: environment `AFTERWORD_*`, secrets also as `*_FILE`.

What an organisation decides stands in one policy file, `AFTERWORD_POLICY`; every room reads its own part.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from shared.messaging.nodes import nodes

PREFIX = "AFTERWORD_"
MONGO_SCHEMES = ("mongodb://", "mongodb+srv://")
_FIELD = re.compile(r'field "(\w+)"')
T = TypeVar("T", bound=BaseSettings)
P = TypeVar("P", bound=BaseModel)


class SettingError(SystemExit):
    """A setting is wrong: stops the program with one line that names it. `others` are the lines on further ones."""

    others: tuple[str, ...] = ()


class FromFiles(PydanticBaseSettingsSource):
    """Reads a setting from the file that `AFTERWORD_<NAME>_FILE` names (container secrets)."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Return the file's content without surrounding white space, or None when no file is named.

        An empty file is an unset setting where an empty variable is: what is mounted always may be filled later.
        """
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if path is None:
            return None, field_name, False
        try:
            content = Path(path).read_text(encoding="utf-8").strip()
            return content, field_name, bool(content) or not self.config.get("env_ignore_empty")
        except OSError as error:
            msg = f"{PREFIX}{field_name.upper()}_FILE: cannot read {path}: {error.strerror}"
            raise SettingError(msg) from error

    def __call__(self) -> dict[str, Any]:
        """Return every setting that comes from a file; lists and tables are JSON there."""
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, given = self.get_field_value(field, name)
            if given:
                found[key] = self._prepared(name, field, value)
        return found

    def _prepared(self, name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return self.prepare_field_value(name, field, value, self.field_is_complex(field))
        except ValueError as error:
            msg = f"{PREFIX}{name.upper()}_FILE: {os.environ[f'{PREFIX}{name.upper()}_FILE']} is not JSON: {error}"
            raise SettingError(msg) from error


class RoomSettings(BaseSettings):
    """What every room needs to know of the world around it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    rabbitmq_url: SecretStr = Field(
        description="amqp://user:password@host:port/vhost; of a cluster, all nodes: ...@host:port,host:port/vhost"
    )
    mongo_url: SecretStr = Field(
        description="mongodb://host:port/?replicaSet=...; the name of the database is in `database`"
    )
    database: str = Field(
        default="afterword", description="name prefix of the rooms' databases", pattern=r"^[a-z][a-z0-9_]{0,30}$"
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="where people reach the gateway", pattern=r"^https?://"
    )
    policy: Path = Field(description="the organisation's policy file (afterword.toml)")
    http_host: str = Field(default="127.0.0.1", description="where health and metrics are served")
    http_port: int = Field(default=8080, ge=1, le=65535)
    prefetch: int = Field(default=20, ge=1, le=1000, description="messages of one kind handled at once")
    declare_topology: bool = Field(
        default=True, description="declare exchanges and queues at start; not where deploy/rabbitmq/definitions.json is"
    )
    log_level: str = Field(default="info", pattern=r"^(debug|info|warning|error)$")

    @field_validator("rabbitmq_url")
    @classmethod
    def _names_nodes(cls, value: SecretStr) -> SecretStr:
        nodes(value.get_secret_value())
        return value

    @field_validator("mongo_url")
    @classmethod
    def _is_of_mongodb(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(MONGO_SCHEMES):
            msg = f"must begin with {' or '.join(MONGO_SCHEMES)}"
            raise ValueError(msg)
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is passed in code first, then the environment, then files; never a .env file."""
        return init_settings, env_settings, FromFiles(settings_cls)


def load(settings: type[T], **given: Any) -> T:
    """Read the settings, or stop with one line that names the first wrong one.

    Raises: SettingError.
    """
    try:
        return settings(**given)
    except SettingsError as error:  # a list or a table; which one, the library tells in its text alone
        name = PREFIX + "".join(_FIELD.findall(str(error))).upper()
        msg = f"{name}: is not JSON: {error.__cause__}; set it in the environment or name a file in {name}_FILE"
        raise SettingError(msg) from None
    except ValidationError as error:
        first, *others = map(_told, error.errors())
        wrong = SettingError(first)
        wrong.others = tuple(others)
        raise wrong from None


def _told(error: ErrorDetails) -> str:
    name = PREFIX + ".".join(str(part) for part in error["loc"]).upper()
    return f"{name}: {error['msg'].lower()}; set it in the environment or name a file in {name}_FILE"


def load_policy(path: Path, model: type[P]) -> P:
    """Read one room's part of the policy file; what other rooms read is ignored.

    Raises: SettingError with the file, the key and the reason.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        msg = f"{PREFIX}POLICY: cannot read {path}: {error.strerror}"
    except tomllib.TOMLDecodeError as error:
        msg = f"{PREFIX}POLICY: {path} is not TOML: {error}"
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        msg = f"{PREFIX}POLICY: {path}: {where}: {first['msg']}"
    raise SettingError(msg)


def exit_on_bad_settings(error: SettingError) -> NoReturn:
    """Print the one line and leave with status 2."""
    sys.stderr.write(f"{error}\n")
    sys.exit(2)
