/**
 * The database, step by step: entry n brings version n to n + 1. Never edit an entry that shipped; append one.
 * Times are milliseconds since 1970, UTC. States and reasons are those of `domain/build.ts`.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE repos (
    id INTEGER PRIMARY KEY,
    forge_id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    -- owner/name that amp.yaml still has for it after a rename
    watched_as TEXT,
    default_branch TEXT,
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    -- as of the last complete reading of its heads; null forces one
    pushed_at TEXT,
    -- whether its branches have been looked at once, or it had none: until then first_poll rules
    initialised INTEGER NOT NULL DEFAULT 0 CHECK (initialised IN (0, 1)),
    -- matched the configuration at the last poll that saw it
    watched INTEGER NOT NULL DEFAULT 1 CHECK (watched IN (0, 1)),
    -- trouble: since when, how often in a row, the sentence, when to ask again
    broken_since INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    -- kind: forge/forge.ts, RepoTrouble
    trouble_kind TEXT,
    trouble TEXT,
    ask_after INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX repos_name ON repos (owner, name);
  CREATE INDEX repos_broken ON repos (broken_since) WHERE broken_since IS NOT NULL;

  -- The latest state of every branch, with pointers so that nothing has to be searched for in builds.
  CREATE TABLE heads (
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    branch TEXT NOT NULL,
    -- the head last decided on
    sha TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    -- full polls in a row that did not list it
    missed INTEGER NOT NULL DEFAULT 0,
    gone_at INTEGER,
    -- what the last build that ended as success, failure, timeout or skipped was made from
    built_sha TEXT,
    built_bootstrap_sha TEXT,
    latest_build INTEGER REFERENCES builds (id) ON DELETE SET NULL,
    latest_success INTEGER REFERENCES builds (id) ON DELETE SET NULL,
    -- the latest ended build failed (domain/build.ts, isFailed)
    failing INTEGER NOT NULL DEFAULT 0 CHECK (failing IN (0, 1)),
    PRIMARY KEY (repo_id, branch)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX heads_failing ON heads (repo_id, branch) WHERE failing = 1;
  CREATE INDEX heads_latest_build ON heads (latest_build);
  CREATE INDEX heads_latest_success ON heads (latest_success);

  CREATE TABLE polls (
    id INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('unchanged', 'observed', 'limited', 'failed')),
    full INTEGER NOT NULL CHECK (full IN (0, 1)),
    requests INTEGER NOT NULL,
    points INTEGER NOT NULL,
    message TEXT
  ) STRICT;
  -- by id, not by time: a poll dated in the future by a wrong clock must not stay the latest for ever
  CREATE INDEX polls_good ON polls (id) WHERE outcome IN ('unchanged', 'observed');
  CREATE INDEX polls_full ON polls (finished_at) WHERE full = 1;

  CREATE TABLE builds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    branch TEXT NOT NULL,
    sha TEXT NOT NULL,
    previous_sha TEXT,
    bootstrap_sha TEXT,
    reason TEXT NOT NULL CHECK (reason IN ('manual', 'push', 'bootstrap', 'retry')),
    -- of a retry: the reason of its first attempt
    cause TEXT CHECK (cause IN ('manual', 'push', 'bootstrap')),
    state TEXT NOT NULL CHECK (state IN
      ('queued', 'running', 'success', 'failure', 'timeout', 'error', 'interrupted', 'cancelled', 'skipped')),
    attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt BETWEEN 1 AND 3),
    queued_at INTEGER NOT NULL,
    not_before INTEGER NOT NULL DEFAULT 0,
    -- 1 while nothing but somebody's wish makes it necessary: he may take that back
    by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)),
    -- 1: it was of a commit that somebody picked, and says nothing about the branch's head
    picked INTEGER NOT NULL DEFAULT 0 CHECK (picked IN (0, 1)),
    started_at INTEGER,
    finished_at INTEGER,
    step TEXT,
    exit_code INTEGER,
    message TEXT,
    author TEXT,
    author_email TEXT,
    subject TEXT,
    workspace TEXT,
    -- who runs it: a process is the same only if pid, start time (clock ticks since boot) and boot id are
    owner_pid INTEGER,
    owner_start TEXT,
    owner_boot TEXT,
    -- 1 until the failure was printed or mailed by a tick
    untold INTEGER NOT NULL DEFAULT 0 CHECK (untold IN (0, 1)),
    CHECK ((state = 'queued') = (started_at IS NULL AND finished_at IS NULL) OR state = 'cancelled'),
    CHECK ((state IN ('queued', 'running')) = (finished_at IS NULL)),
    CHECK (cause IS NULL OR reason = 'retry'),
    CHECK ((state = 'running') = (owner_pid IS NOT NULL))
  ) STRICT;
  CREATE UNIQUE INDEX builds_one_queued ON builds (repo_id, branch) WHERE state = 'queued';
  CREATE UNIQUE INDEX builds_one_running ON builds (repo_id, branch) WHERE state = 'running';
  CREATE INDEX builds_branch ON builds (repo_id, branch, id);
  CREATE INDEX builds_repo ON builds (repo_id, id);
  CREATE INDEX builds_state ON builds (state, id);
  CREATE INDEX builds_reason ON builds (reason, id);
  CREATE INDEX builds_sha ON builds (sha);
  CREATE INDEX builds_queued_at ON builds (queued_at);
  -- what history --failed reads: the states of domain/build.ts, isFailed
  CREATE INDEX builds_failed ON builds (id) WHERE state IN ('failure', 'timeout', 'error', 'interrupted');
  CREATE INDEX builds_repo_failed ON builds (repo_id, id)
    WHERE state IN ('failure', 'timeout', 'error', 'interrupted');
  CREATE INDEX builds_untold ON builds (id) WHERE untold = 1;

  CREATE TABLE steps (
    build_id INTEGER NOT NULL REFERENCES builds (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    script TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    exit_code INTEGER,
    PRIMARY KEY (build_id, position)
  ) STRICT, WITHOUT ROWID;

  -- What was decided about each head when it was seen. kind and detail: domain/decision.ts
  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    repo_id INTEGER NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    branch TEXT NOT NULL,
    sha TEXT,
    previous_sha TEXT,
    decided_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '{}',
    build_id INTEGER REFERENCES builds (id) ON DELETE SET NULL
  ) STRICT;
  CREATE INDEX decisions_branch ON decisions (repo_id, branch, id);
  CREATE INDEX decisions_build ON decisions (build_id);
  CREATE INDEX decisions_decided_at ON decisions (decided_at);

  CREATE TABLE responses (
    key TEXT PRIMARY KEY,
    etag TEXT NOT NULL,
    summary TEXT NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE limits (
    resource TEXT PRIMARY KEY,
    quota INTEGER,
    remaining INTEGER,
    reset_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What has to be told to the operator and was not yet: written with its cause, removed when printed.
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
  ) STRICT;

  -- What lasts and is told once when it starts and once when it ends: an outage of the forge.
  CREATE TABLE notices (
    key TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    message TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];

export const schemaVersion = migrations.length;
