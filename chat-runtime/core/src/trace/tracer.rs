//! Beginning and ending spans.

use std::{borrow::Cow, sync::Arc};

use super::{Kind, Span, SpanContext, Value};
use crate::port::Spans;

/// Begins spans; without anybody who wants them it does nothing. A clone is the same one.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<dyn Spans>>);

impl Tracer {
    /// One whose spans go there.
    pub fn new(spans: Arc<dyn Spans>) -> Self {
        Self(Some(spans))
    }

    /// Whether anybody wants spans.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Begins the first span of this process in `trace`; `parent` is another service's, if there is one.
    pub fn begin(
        &self,
        trace: u128,
        parent: Option<u64>,
        name: impl Into<Cow<'static, str>>,
        kind: Kind,
    ) -> Option<OpenSpan> {
        let spans = self.0.clone()?;
        let (span, begun) = spans.begin();
        let context = SpanContext { trace, span };
        let span = Span {
            context,
            parent,
            name: name.into(),
            kind,
            begun,
            attributes: Vec::new(),
            error: None,
        };
        Some(OpenSpan {
            spans,
            context,
            span: Some(span),
        })
    }

    /// Begins a span below `parent`; none where that is not sampled.
    pub fn child(&self, parent: Option<SpanContext>, name: &'static str, kind: Kind) -> Option<OpenSpan> {
        let parent = parent?;
        self.begin(parent.trace, Some(parent.span), name, kind)
    }
}

/// A span that has not ended. It ends when it is dropped, also with work that was given up.
pub struct OpenSpan {
    spans: Arc<dyn Spans>,
    context: SpanContext,
    /// There until it ends.
    span: Option<Span>,
}

impl OpenSpan {
    /// What its children begin in.
    pub fn context(&self) -> SpanContext {
        self.context
    }

    /// Says more about it.
    pub fn note(&mut self, key: &'static str, value: impl Into<Value>) {
        if let Some(span) = &mut self.span {
            span.attributes.push((key, value.into()));
        }
    }

    /// It failed, for the reason of this code.
    pub fn fail(&mut self, code: &'static str) {
        if let Some(span) = &mut self.span {
            span.error = Some(code);
        }
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if let Some(span) = self.span.take() {
            self.spans.end(span);
        }
    }
}
