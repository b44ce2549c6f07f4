-- Users are found by their names in any case and any language: SQLite's own lower() knows ASCII only.
-- fold() is this program's; see database/open.rs.
ALTER TABLE account ADD COLUMN folded TEXT NOT NULL DEFAULT '';
UPDATE account SET folded = fold(name);
