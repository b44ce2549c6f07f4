-- The trace that a record was appended with, where that is sampled: see `SpanContext::to_bytes`.
ALTER TABLE log ADD COLUMN trace BLOB;
