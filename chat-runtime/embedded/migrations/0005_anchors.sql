-- A record below the mark, its offset and its fingerprint, so that a log that was made anew is not taken for the one that was read.
ALTER TABLE partition_mark ADD COLUMN anchor INTEGER;
ALTER TABLE partition_mark ADD COLUMN fingerprint INTEGER;
