-- no-transaction
-- Judging: the lots whose answers are verdicts, newest first, so that a judge's record is found among millions of lots.
--
-- Why partial: few lots are judged, and no other question asks for lots by kind. Why outside a transaction: lots are
-- written while it is built.
-- squawk-ignore-file ban-concurrent-index-creation-in-transaction

CREATE INDEX CONCURRENTLY IF NOT EXISTS lots_judging ON lots (tenant, lot_id DESC) WHERE kind = 'judge';
