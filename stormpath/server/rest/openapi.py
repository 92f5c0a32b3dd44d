"""The API's description in OpenAPI 3.1, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from stormpath import __version__
from stormpath.server.rest import idempotency
from stormpath.server.rest.engine import Engine
from stormpath.server.rest.routes import Path, paths
from stormpath.server.rest.search import LINK_SUFFIX
from stormpath.server.schema import (
    Address,
    Attribute,
    Choice,
    Collection,
    CustomData,
    Endpoint,
    Link,
    Number,
    Object,
    ObjectList,
    OneTimeTokens,
    Option,
    Resource,
    Text,
    Timestamp,
    TokenCheck,
    TokenLink,
)
from stormpath.server.schema.query import DEFAULT_LIMIT, MAX_LIMIT

Json = dict[str, Any]

_ID: Final = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_KEY: Final = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
_TOKEN: Final = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
_IDEMPOTENCY_KEY: Final = {
    "name": idempotency.HEADER,
    "in": "header",
    "description": "A key of the caller's choice. A repeat with the same key, within a day, creates nothing.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
}
_LINK: Final = {"$ref": "#/components/schemas/Link"}
_NAMED: Final = {"type": "object", "properties": {"nameKey": {"type": "string"}}, "required": ["nameKey"]}
_VERBS: Final = {"GET": "read", "POST": "write", "DELETE": "delete"}


def describe(engine: Engine, others: Mapping[str, Json]) -> Json:
    """Return the OpenAPI document of everything the engine serves.

    ``others`` are the descriptions of paths of other protocols, by their templates below the base URL.
    """
    resources = engine.resources.values()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Stormpath REST API",
            "version": __version__,
            "description": "User management: applications, directories, accounts, groups, logins.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": engine.hrefs.base_url}],
        "security": [{"basic": []}, {"sauthc1": []}],
        "paths": {each.template: _path(each, engine) for each in paths(engine)} | dict(others),
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "sauthc1": {"type": "http", "scheme": "SAuthc1"},
            },
            "schemas": _common_schemas()
            | {name: each for one in resources for name, each in _schemas(one, engine.resources)},
        },
    }


def _path(path: Path, engine: Engine) -> Json:
    described: Json = {verb.lower(): _operation(path, verb, engine) for verb in path.responders}
    for answers in (each["responses"] for verb, each in described.items() if verb == "get"):
        if "200" in answers:
            answers["304"] = {"description": "The caller has it: If-None-Match names its ETag."}
    parameters = [each for each in (_ID, _KEY, _TOKEN) if f"{{{each['name']}}}" in path.template]
    return {"parameters": parameters, **described} if parameters else described


def _operation(path: Path, verb: str, engine: Engine) -> Json:
    parts = path.template.strip("/").split("/")
    described: Json = {
        "operationId": "_".join([_VERBS[verb], *(each.strip("{}") for each in parts)]),
        "tags": [parts[0]],
    }
    if path.resource is None:
        return described
    return described | _of(path, path.resource, verb, engine)


def _of(path: Path, resource: Resource, verb: str, engine: Engine) -> Json:
    if path.template.endswith("/current"):
        return {"responses": {"302": {"description": "The caller's tenant is at Location."}, **_errors()}}
    if path.template == resource.path:
        return _instance_operation(verb, resource)
    attribute = path.attribute
    if path.tokens is not None:
        return _token_operation(verb, path.tokens)
    if isinstance(attribute, Endpoint):
        return _endpoint_operation(attribute)
    if isinstance(attribute, TokenCheck):
        valid = {"description": "It is valid: Location is its resource."}
        return {"description": attribute.about, "responses": {"302": valid, **_errors()}}
    if isinstance(attribute, CustomData):
        return _custom_data_operation(verb)
    is_below = isinstance(attribute, Collection) and path.template.startswith(resource.path)
    item = engine.resources[attribute.of] if is_below and isinstance(attribute, Collection) else resource
    operation = _collection_operation(verb, item, attribute)
    if verb == "POST" and isinstance(attribute, Collection) and attribute.also_takes:
        operation["requestBody"]["content"] = _content(_ref(resource.name, f"{item.title}Create"))
    if verb == "POST" and isinstance(attribute, Collection) and attribute.or_else is not None:
        _add_call(operation, item, attribute.or_else)
    return operation


def _add_call(operation: Json, item: Resource, endpoint: Endpoint) -> None:
    """Describe the other body of a creation: a call of an endpoint, by a member with its name."""
    made = operation["requestBody"]["content"]["application/json"]["schema"]
    called = {
        "type": "object",
        "description": endpoint.about,
        "properties": {endpoint.name: _input(endpoint.body)},
        "required": [endpoint.name],
    }
    operation["requestBody"]["content"] = _content({"anyOf": [made, called]})
    operation["responses"]["200"] = _json(_ref(item.name), "The item that was there before.")


def _instance_operation(verb: str, resource: Resource) -> Json:
    if verb == "DELETE":
        return {"responses": {"204": {"description": "Deleted."}, **_errors()}}
    operation: Json = {
        "parameters": [*_option_parameters(resource.read_options), _expand(resource)],
        "responses": {"200": _shown(resource, verb), **_errors()},
    }
    if verb == "GET" and resource.document is not None and resource.document.public:
        operation["security"] = [{}, {"basic": []}, {"sauthc1": []}]
    if verb == "POST":
        operation["requestBody"] = {"content": _content(_ref(resource.name, "Update"))}
    return operation


def _shown(resource: Resource, verb: str) -> Json:
    answer = _json(_ref(resource.name), "The resource.")
    if verb == "GET" and (document := resource.document) is not None:
        json = answer["content"] if document.or_json else {}
        answer["content"] = {document.media_type: {}, **json}
    return answer


def _collection_operation(verb: str, item: Resource, collection: Attribute | None) -> Json:
    shown = _option_parameters(item.read_options)
    if verb == "POST":
        options = [*_option_parameters(item.options), *shown]
        needs_body = any(each.required and each.creatable for each in item.attributes)
        return {
            "parameters": [*options, _expand(item), _IDEMPOTENCY_KEY],
            "requestBody": {"required": needs_body, "content": _content(_ref(item.name, "Create"))},
            "responses": {"201": _json(_ref(item.name), "Created; Location is its href."), **_errors()},
        }
    needs = collection.needs if isinstance(collection, Collection) else ()
    return {
        "parameters": [*_list_parameters(item, needs), *shown, _expand(item)],
        "responses": {"200": _json(_ref(item.name, "Collection"), "A page."), **_errors()},
    }


def _endpoint_operation(endpoint: Endpoint) -> Json:
    if endpoint.accepted:
        answers: Json = {"202": {"description": "On its way."}}
    elif endpoint.tokens is not None:
        answers = {"200": _json(_token(endpoint.tokens), "Made.")}
    else:
        answer = {"type": "object", "properties": {each.name: _schema(each) for each in endpoint.returns}}
        answers = {"200": _json(answer, "Granted.")}
    return {
        "description": endpoint.about,
        "parameters": _expand_of(endpoint.answer),
        "requestBody": _body(endpoint.body, partial=endpoint.drafts),
        "responses": {**answers, **_errors()},
    }


def _token_operation(verb: str, tokens: OneTimeTokens) -> Json:
    operation: Json = {
        "description": tokens.about,
        "parameters": _expand_of(tokens.answer),
        "responses": {"200": _json(_token(tokens), "Granted."), **_errors()},
    }
    return operation | ({"requestBody": _body(tokens.body)} if verb == "POST" else {})


def _token(tokens: OneTimeTokens) -> Json:
    if tokens.leads_to:
        return dict(_LINK)
    href = {"href": {"type": "string", "format": "uri"}}
    return {
        "type": "object",
        "properties": href | {each.name: _schema(each) for each in tokens.returns},
        "required": ["href", *(each.name for each in tokens.returns)],
    }


def _body(attributes: Iterable[Attribute], *, partial: bool = False) -> Json:
    body = _input(attributes, partial=partial)
    return {"required": "required" in body, "content": _content(body)}


def _custom_data_operation(verb: str) -> Json:
    if verb == "DELETE":
        return {"responses": {"204": {"description": "Deleted."}, **_errors()}}
    operation: Json = {"responses": {"200": _json(_ref("customData"), "The custom data."), **_errors()}}
    if verb == "POST":
        operation["requestBody"] = {"content": _content({"type": "object"})}
    return operation


def _option_parameters(options: Iterable[Option]) -> list[Json]:
    return [_query(each.name, each.about) for each in options]


def _list_parameters(item: Resource, needs: Iterable[str]) -> list[Json]:
    whole = {"type": "integer", "minimum": 0}
    searched = [each for each in item.attributes if each.searchable]
    return [
        _query("offset", "Index of the first item.", {**whole, "default": 0}),
        _query(
            "limit",
            "Items on a page.",
            {**whole, "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        _query("cursor", "Where a next link goes on."),
        _query("orderBy", "Attributes, each with asc or desc, separated by commas."),
        *([_query("q", "Words, each of which a searchable string contains.")] if item.searched_texts else []),
        *(
            _query(
                f"{each.name}{LINK_SUFFIX}" if isinstance(each, Link) else each.name,
                "Only items whose attribute matches.",
            )
            | ({"required": True} if each.name in needs else {})
            for each in searched
        ),
    ]


def _expand(resource: Resource) -> Json:
    return _query("expand", f"Links to have inline: {', '.join(_expandable(resource))}.")


def _expand_of(answer: Resource) -> list[Json]:
    """Return the parameter for what an endpoint answers with, if there is a link in it."""
    return [_expand(answer)] if _expandable(answer) else []


def _expandable(resource: Resource) -> list[str]:
    return [
        each.name
        for each in resource.own
        if isinstance(each, Link | Collection | CustomData) and each.expandable
    ]


def _query(name: str, description: str, schema: Json | None = None) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


def _schemas(resource: Resource, resources: Mapping[str, Resource]) -> Iterable[tuple[str, Json]]:
    shown = [each for each in resource.attributes if each.shown]
    name = _title(resource.name)
    yield (
        name,
        {
            "type": "object",
            "description": resource.about,
            "properties": {"href": {"type": "string", "format": "uri"}}
            | {each.name: _schema(each) for each in shown},
            "required": ["href", *(each.name for each in shown if not each.only_for)],
        },
    )
    yield f"{name}Create", _input(each for each in resource.attributes if each.creatable)
    for each in resource.own:
        if isinstance(each, Collection) and each.also_takes:
            item = resources[each.of]
            taken = [attribute for attribute in item.attributes if attribute.creatable]
            yield f"{name}{item.title}Create", _input((*taken, *each.also_takes))
    yield f"{name}Update", _input((each for each in resource.attributes if each.updatable), partial=True)
    yield (
        f"{name}Collection",
        {
            "allOf": [
                {"$ref": "#/components/schemas/Collection"},
                {"properties": {"items": {"type": "array", "items": _ref(resource.name)}}},
            ]
        },
    )


def _input(attributes: Iterable[Attribute], *, partial: bool = False) -> Json:
    attributes = tuple(attributes)
    required = [] if partial else [each.name for each in attributes if each.required and not each.only_for]
    return {
        "type": "object",
        "properties": {each.name: _schema(each, shown=False) for each in attributes},
        **({"required": required} if required else {}),
    }


def _schema(attribute: Attribute, *, shown: bool = True) -> Json:
    """Return the schema of one attribute, as it is shown or as it is taken in."""
    described = {"description": attribute.about} if attribute.about else {}
    if isinstance(attribute, Link):
        inline = attribute.to if shown else ()
        target: Json = {"anyOf": [_LINK, *(_ref(each) for each in inline)]} if shown else dict(_LINK)
        if attribute.embeds and not shown:
            target = {"anyOf": [_LINK, _ref(attribute.to[0], "Create")]}
        if attribute.named and not shown:
            target = {"anyOf": [_LINK, _NAMED, *([{"type": "string"}] if attribute.bare else [])]}
        nullable = (attribute.nullable and not attribute.required) or bool(attribute.flagged)
        return described | ({"anyOf": [target, {"type": "null"}]} if nullable else target)
    if isinstance(attribute, Collection):
        return described | {"anyOf": [_LINK, _ref(attribute.of, "Collection")]}
    if isinstance(attribute, CustomData):
        return described | ({"anyOf": [_LINK, _ref("customData")]} if shown else {"type": "object"})
    if isinstance(attribute, Endpoint | Address | TokenCheck):
        return described | _LINK
    if isinstance(attribute, TokenLink):
        return described | {"anyOf": [_LINK, {"type": "null"}]}
    schema = dict(attribute.schema_type)
    if isinstance(attribute, Object | ObjectList):
        return described | _nested(attribute, shown=shown)
    if isinstance(attribute, Choice):
        schema["enum"] = [*attribute.choices, *([None] if attribute.nullable else [])]
    elif isinstance(attribute, Number):
        schema |= _bounds(attribute)
    elif isinstance(attribute, Text) and not isinstance(attribute, Timestamp):
        schema |= {"minLength": attribute.min_length, "maxLength": attribute.max_length}
    if attribute.nullable and not attribute.required:
        schema["type"] = [schema["type"], "null"]
    return described | schema


def _nested(attribute: Object | ObjectList, *, shown: bool) -> Json:
    members = [each for each in attribute.members if each.shown or not shown]
    schema: Json = {
        "type": "object",
        "properties": {each.name: _schema(each, shown=shown) for each in members},
        "additionalProperties": False,
    }
    return schema if isinstance(attribute, Object) else {"type": "array", "items": schema}


def _bounds(number: Number) -> Json:
    bounds = {"minimum": number.minimum, "maximum": number.maximum}
    return {name: value for name, value in bounds.items() if value is not None}


def _common_schemas() -> dict[str, Json]:
    whole = {"type": "integer"}
    text = {"type": "string"}
    return {
        "Link": {
            "type": "object",
            "properties": {"href": {"type": "string", "format": "uri"}},
            "required": ["href"],
        },
        "Collection": {
            "type": "object",
            "properties": {
                "href": {"type": "string", "format": "uri"},
                "offset": whole,
                "limit": whole,
                "size": whole,
                "next": _LINK,
                "items": {"type": "array"},
            },
            "required": ["href", "offset", "limit", "size", "items"],
        },
        "CustomData": {
            "type": "object",
            "properties": {
                "href": {"type": "string", "format": "uri"},
                "createdAt": {"type": "string", "format": "date-time"},
                "modifiedAt": {"type": "string", "format": "date-time"},
            },
            "required": ["href", "createdAt", "modifiedAt"],
            "additionalProperties": True,
        },
        "Error": {
            "type": "object",
            "properties": {
                "status": whole,
                "code": whole,
                "message": text,
                "developerMessage": text,
                "moreInfo": text,
                "requestId": text,
            },
            "required": ["status", "code", "message", "developerMessage", "moreInfo", "requestId"],
        },
    }


def _errors() -> Json:
    return {"default": _json(_ref("error"), "Refused: the code says why.")}


def _json(schema: Json, description: str) -> Json:
    return {"description": description, "content": _content(schema)}


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _ref(name: str, suffix: str = "") -> Json:
    return {"$ref": f"#/components/schemas/{_title(name)}{suffix}"}


def _title(name: str) -> str:
    return name[0].upper() + name[1:]
