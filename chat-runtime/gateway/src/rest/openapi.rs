//! The API's description: OpenAPI 3.1, collected from the handlers.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Content, Ref, RefOr, Response, ResponseBuilder,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::BASE;
use crate::problem::{FieldError, ProblemBody};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Talkline",
        description = "Chat over REST. Live events come over Socket.IO. Times are RFC 3339 in UTC with milliseconds; ids are opaque \
            URL-safe text. Commands that change something take an `Idempotency-Key` header: the same one again changes \
            nothing and answers the same.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemBody<'static>, FieldError)),
    security(("bearer" = [])),
    tags(
        (name = "auth", description = "Registering, logging in, and what ends a login"),
        (name = "users", description = "Oneself and others"),
        (name = "conversations", description = "Conversations, direct and of groups"),
        (name = "groups", description = "What a group's members and admins do to it"),
        (name = "history", description = "Reading messages"),
        (name = "search", description = "Finding messages"),
        (name = "messages", description = "Changing messages, and receipts"),
        (name = "chat", description = "Sending"),
        (name = "monitoring", description = "How the gateway is"),
    ),
    modifiers(&Common),
)]
struct Base;

/// What holds for every operation: how one says who one is, and how a failure is told.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("bearer", bearer);
        let schema = RefOr::Ref(Ref::from_schema_name("ProblemBody"));
        let problem = ResponseBuilder::new()
            .description("A failure: RFC 9457 problem details. `code` is stable.")
            .content("application/problem+json", Content::new(Some(schema)))
            .build();
        components.responses.insert("Problem".into(), RefOr::T(problem));
    }
}

/// Puts `routes` under the API's path and describes them.
pub(super) fn build<S: Clone + Send + Sync + 'static>(routes: OpenApiRouter<S>) -> OpenApiRouter<S> {
    let mut all = OpenApiRouter::with_openapi(Base::openapi()).nest(BASE, routes);
    let document = all.get_openapi_mut();
    for path in document.paths.paths.values_mut() {
        for operation in operations(path) {
            let failure = RefOr::Ref(Ref::from_response_name("Problem"));
            operation.responses.responses.insert("default".into(), failure);
            operation.responses.responses.iter_mut().for_each(describe);
        }
    }
    all
}

/// Gives an answer the description that the standard demands, where its shape says everything.
fn describe((status, response): (&String, &mut RefOr<Response>)) {
    if let RefOr::T(response) = response
        && response.description.is_empty()
    {
        let status = status
            .parse()
            .ok()
            .and_then(|status| http::StatusCode::from_u16(status).ok());
        response.description = status
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Answer")
            .into();
    }
}

/// The description as it is served.
pub fn document() -> openapi::OpenApi {
    build(super::routes()).into_openapi()
}

/// The operations of a path that there are.
fn operations(path: &mut openapi::PathItem) -> impl Iterator<Item = &mut Operation> {
    let methods = [
        &mut path.get,
        &mut path.put,
        &mut path.post,
        &mut path.patch,
        &mut path.delete,
    ];
    methods.into_iter().flatten()
}
