-- CreateTable
CREATE TABLE "connection" (
    "name" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "sealed_credential" BYTEA,
    "credential_digest" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "principal" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "groups" TEXT[],
    "delegator_id" TEXT,
    "roles" TEXT[],
    "disabled_at" TIMESTAMPTZ(6),
    "document" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "principal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "token" (
    "id" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "prefix" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "scopes" TEXT[],
    "connection" TEXT,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "revoked_at" TIMESTAMPTZ(6),
    "last_used_at" TIMESTAMPTZ(6),

    CONSTRAINT "token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bundle" (
    "digest" TEXT NOT NULL,
    "files" JSONB NOT NULL,
    "author" TEXT NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "bundle_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "activation" (
    "id" BIGSERIAL NOT NULL,
    "digest" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "effective_at" TIMESTAMPTZ(6),

    CONSTRAINT "activation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" TEXT NOT NULL,
    "principal_id" TEXT NOT NULL,
    "delegator_id" TEXT,
    "connection" TEXT NOT NULL,
    "client" JSONB NOT NULL DEFAULT '{}',
    "owner" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL DEFAULT 1,
    "lease_until" TIMESTAMPTZ(6) NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "master_hash" BYTEA NOT NULL,
    "sealed_upstream" BYTEA,
    "database" TEXT,
    "schema" TEXT,
    "role" TEXT,
    "warehouse" TEXT,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(6),
    "end_reason" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "statement" (
    "id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "upstream_request_id" TEXT,
    "upstream_query_id" TEXT,
    "sql_digest" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "class" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "effect" TEXT,
    "because" JSONB NOT NULL DEFAULT '[]',
    "decision" JSONB NOT NULL DEFAULT '{}',
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "decided_at" TIMESTAMPTZ(6),
    "forwarded_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "rows" BIGINT,
    "masked_columns" INTEGER,
    "error_code" TEXT,
    "error_text" TEXT,
    "parent_id" TEXT,
    "ordinal" INTEGER NOT NULL DEFAULT 0,
    "entry" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "statement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval" (
    "id" TEXT NOT NULL,
    "statement_id" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "requirement" JSONB NOT NULL,
    "requested_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "released_at" TIMESTAMPTZ(6),

    CONSTRAINT "approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "approval_vote" (
    "id" BIGSERIAL NOT NULL,
    "approval_id" TEXT NOT NULL,
    "approver_id" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "reason" TEXT,
    "at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "entry_durable_at" TIMESTAMPTZ(6),

    CONSTRAINT "approval_vote_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT NOT NULL,
    "body" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sequenced_at" TIMESTAMPTZ(6),
    "entry_hash" TEXT,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replica" (
    "id" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "bundle_digest" TEXT,
    "version" TEXT NOT NULL,

    CONSTRAINT "replica_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "journal_cursor" (
    "log" TEXT NOT NULL,
    "sink" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "journal_cursor_pkey" PRIMARY KEY ("log","sink")
);

-- CreateTable
CREATE TABLE "entry_index" (
    "log" TEXT NOT NULL,
    "idx" BIGINT NOT NULL,
    "hash" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "session" TEXT,
    "statement" TEXT,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "principal" TEXT,
    "clear" JSONB NOT NULL,

    CONSTRAINT "entry_index_pkey" PRIMARY KEY ("log","idx")
);

-- CreateIndex
CREATE UNIQUE INDEX "principal_name_key" ON "principal"("name");

-- CreateIndex
CREATE INDEX "principal_delegator_id_idx" ON "principal"("delegator_id");

-- CreateIndex
CREATE UNIQUE INDEX "token_hash_key" ON "token"("hash");

-- CreateIndex
CREATE INDEX "token_principal_id_idx" ON "token"("principal_id");

-- CreateIndex
CREATE INDEX "activation_digest_idx" ON "activation"("digest");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "session_master_hash_key" ON "session"("master_hash");

-- CreateIndex
CREATE INDEX "session_owner_ended_at_idx" ON "session"("owner", "ended_at");

-- CreateIndex
CREATE INDEX "session_lease_until_idx" ON "session"("lease_until");

-- CreateIndex
CREATE INDEX "session_principal_id_started_at_idx" ON "session"("principal_id", "started_at");

-- CreateIndex
CREATE INDEX "session_started_at_idx" ON "session"("started_at");

-- CreateIndex
CREATE INDEX "statement_session_id_received_at_idx" ON "statement"("session_id", "received_at");

-- CreateIndex
CREATE INDEX "statement_received_at_idx" ON "statement"("received_at");

-- CreateIndex
CREATE INDEX "statement_state_received_at_idx" ON "statement"("state", "received_at");

-- CreateIndex
CREATE INDEX "statement_fingerprint_idx" ON "statement"("fingerprint");

-- CreateIndex
CREATE INDEX "statement_upstream_query_id_idx" ON "statement"("upstream_query_id");

-- CreateIndex
CREATE INDEX "statement_parent_id_idx" ON "statement"("parent_id");

-- CreateIndex
CREATE UNIQUE INDEX "statement_session_id_request_id_ordinal_key" ON "statement"("session_id", "request_id", "ordinal");

-- CreateIndex
CREATE INDEX "approval_statement_id_idx" ON "approval"("statement_id");

-- CreateIndex
CREATE INDEX "approval_session_id_idx" ON "approval"("session_id");

-- CreateIndex
CREATE INDEX "approval_state_expires_at_idx" ON "approval"("state", "expires_at");

-- CreateIndex
CREATE INDEX "approval_requested_at_idx" ON "approval"("requested_at");

-- CreateIndex
CREATE UNIQUE INDEX "approval_vote_approval_id_approver_id_key" ON "approval_vote"("approval_id", "approver_id");

-- CreateIndex
CREATE INDEX "outbox_sequenced_at_id_idx" ON "outbox"("sequenced_at", "id");

-- CreateIndex
CREATE INDEX "replica_seen_at_idx" ON "replica"("seen_at");

-- CreateIndex
CREATE INDEX "entry_index_session_at_idx" ON "entry_index"("session", "at");

-- CreateIndex
CREATE INDEX "entry_index_statement_idx" ON "entry_index"("statement");

-- CreateIndex
CREATE INDEX "entry_index_type_at_idx" ON "entry_index"("type", "at");

-- CreateIndex
CREATE INDEX "entry_index_principal_at_idx" ON "entry_index"("principal", "at");

-- CreateIndex
CREATE INDEX "entry_index_at_idx" ON "entry_index"("at");

-- AddForeignKey
ALTER TABLE "principal" ADD CONSTRAINT "principal_delegator_id_fkey" FOREIGN KEY ("delegator_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "token" ADD CONSTRAINT "token_principal_id_fkey" FOREIGN KEY ("principal_id") REFERENCES "principal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "activation" ADD CONSTRAINT "activation_digest_fkey" FOREIGN KEY ("digest") REFERENCES "bundle"("digest") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "approval_vote" ADD CONSTRAINT "approval_vote_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "approval"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- Closed sets of values. A word that is not in the set is a programming error and is refused by the database too.
ALTER TABLE "principal" ADD CONSTRAINT "principal_no_self_delegation" CHECK ("delegator_id" <> "id");
ALTER TABLE "token" ADD CONSTRAINT "token_kind" CHECK ("kind" IN ('agent', 'person'));
ALTER TABLE "token" ADD CONSTRAINT "token_hash_length" CHECK (octet_length("hash") = 32);
ALTER TABLE "session" ADD CONSTRAINT "session_epoch" CHECK ("epoch" >= 1);
ALTER TABLE "statement" ADD CONSTRAINT "statement_ordinal" CHECK ("ordinal" >= 0);
ALTER TABLE "approval" ADD CONSTRAINT "approval_state"
    CHECK ("state" IN ('pending', 'granted', 'denied', 'expired', 'withdrawn', 'used'));
ALTER TABLE "approval_vote" ADD CONSTRAINT "approval_vote_verdict" CHECK ("verdict" IN ('grant', 'deny'));

-- A bundle is named by its digest: its content never changes.
CREATE FUNCTION "sluice_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER "bundle_is_immutable" BEFORE UPDATE ON "bundle"
    FOR EACH ROW EXECUTE FUNCTION "sluice_refuse_change"();

-- NOTIFY carries the table and an id, nothing else: a hint to read again, never the truth.
-- The trigger's argument is the column that holds the id.
CREATE FUNCTION "sluice_notify"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    PERFORM pg_notify('sluice', jsonb_build_object('table', TG_TABLE_NAME, 'id', changed ->> TG_ARGV[0])::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER "approval_notify" AFTER INSERT OR UPDATE OR DELETE ON "approval"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('id');
CREATE TRIGGER "approval_vote_notify" AFTER INSERT OR UPDATE OR DELETE ON "approval_vote"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('approval_id');
CREATE TRIGGER "outbox_notify" AFTER INSERT ON "outbox"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('id');
CREATE TRIGGER "activation_notify" AFTER INSERT OR UPDATE OR DELETE ON "activation"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('id');
-- Not on last_used_at: every login writes it, and nobody waits for it.
CREATE TRIGGER "token_notify" AFTER INSERT OR DELETE OR UPDATE OF "revoked_at", "expires_at", "scopes", "connection" ON "token"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('id');
CREATE TRIGGER "principal_notify" AFTER INSERT OR DELETE OR UPDATE ON "principal"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('id');
CREATE TRIGGER "connection_notify" AFTER INSERT OR DELETE OR UPDATE ON "connection"
    FOR EACH ROW EXECUTE FUNCTION "sluice_notify"('name');
