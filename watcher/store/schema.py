"""The tables: one SQL text for both engines, as numbered migrations.

Columns are TEXT or BIGINT only. Times are microseconds since 1970 in UTC, durations microseconds,
booleans 0 or 1; lists, hits and messages are JSON text. A migration that has been released is
never changed again: what comes later is a further entry.
"""

from __future__ import annotations

#: Separates migrations of this project from others in one database.
MIGRATION_SET = "watcher"

#: (name, statements) in the order of their numbers.
MIGRATIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0001_tables",
        (
            # `lease` is how long a lane was taken for: every record() under it renews as much.
            # While a lane is held, next_due is the end of the lease; NULL: no source waits for it.
            """
            CREATE TABLE lane (
                kind TEXT NOT NULL,
                name TEXT NOT NULL,
                next_due BIGINT,
                not_before BIGINT NOT NULL DEFAULT 0,
                lease BIGINT NOT NULL DEFAULT 0,
                lease_until BIGINT NOT NULL DEFAULT 0,
                token BIGINT NOT NULL DEFAULT 0,
                owner TEXT NOT NULL DEFAULT '',
                PRIMARY KEY (kind, name)
            )
            """,
            """
            CREATE TABLE source (
                name TEXT NOT NULL PRIMARY KEY,
                type TEXT NOT NULL,
                lane_kind TEXT NOT NULL,
                lane_name TEXT NOT NULL,
                every BIGINT NOT NULL,
                next_due BIGINT NOT NULL,
                paused BIGINT NOT NULL DEFAULT 0,
                present BIGINT NOT NULL DEFAULT 1,
                etag TEXT NOT NULL DEFAULT '',
                modified TEXT NOT NULL DEFAULT '',
                body_hash TEXT NOT NULL DEFAULT '',
                failures BIGINT NOT NULL DEFAULT 0,
                error TEXT NOT NULL DEFAULT '',
                error_since BIGINT,
                last_poll BIGINT,
                last_success BIGINT,
                articles BIGINT NOT NULL DEFAULT 0
            )
            """,
            "CREATE INDEX source_lane ON source (lane_kind, lane_name)",
            """
            CREATE TABLE article (
                id TEXT NOT NULL PRIMARY KEY,
                source TEXT NOT NULL,
                document TEXT NOT NULL,
                part BIGINT NOT NULL,
                parts BIGINT NOT NULL,
                kind TEXT NOT NULL,
                title TEXT NOT NULL,
                title_source TEXT NOT NULL,
                text TEXT NOT NULL,
                seen BIGINT NOT NULL,
                headline_end BIGINT NOT NULL,
                place TEXT,
                agencies TEXT NOT NULL,
                language TEXT,
                published BIGINT,
                published_source TEXT NOT NULL,
                published_precision_s BIGINT NOT NULL,
                url TEXT,
                guid TEXT,
                author TEXT,
                encoding TEXT,
                story TEXT NOT NULL,
                text_key TEXT NOT NULL,
                duplicate_of TEXT,
                revision_of TEXT
            )
            """,
            "CREATE INDEX article_story ON article (story)",
            # Deferred, because keys are claimed before anything is decided about their article.
            """
            CREATE TABLE seen (
                key TEXT NOT NULL PRIMARY KEY,
                article_id TEXT NOT NULL REFERENCES article (id) DEFERRABLE INITIALLY DEFERRED
            )
            """,
            # Without it SQLite reads all of seen for every article written while keys are claimed.
            "CREATE INDEX seen_article ON seen (article_id)",
            """
            CREATE TABLE rule_match (
                article_id TEXT NOT NULL REFERENCES article (id),
                rule TEXT NOT NULL,
                severity TEXT NOT NULL,
                status TEXT NOT NULL,
                hits TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (article_id, rule)
            )
            """,
            """
            CREATE TABLE alert (
                id TEXT NOT NULL PRIMARY KEY,
                rule TEXT NOT NULL,
                severity TEXT NOT NULL,
                title TEXT NOT NULL,
                article TEXT NOT NULL REFERENCES article (id),
                story TEXT NOT NULL,
                source TEXT NOT NULL,
                created BIGINT NOT NULL,
                code TEXT NOT NULL,
                reason TEXT NOT NULL,
                kind TEXT NOT NULL,
                suppressed BIGINT NOT NULL,
                channels TEXT NOT NULL
            )
            """,
            "CREATE INDEX alert_story ON alert (story, rule)",
            "CREATE INDEX alert_created ON alert (created, id)",
            """
            CREATE TABLE delivery (
                id TEXT NOT NULL PRIMARY KEY,
                alert_id TEXT NOT NULL REFERENCES alert (id),
                channel TEXT NOT NULL,
                recipient TEXT NOT NULL,
                state TEXT NOT NULL,
                attempts BIGINT NOT NULL DEFAULT 0,
                next_try BIGINT,
                last_error TEXT NOT NULL DEFAULT '',
                possible_repeat BIGINT NOT NULL DEFAULT 0,
                message TEXT NOT NULL,
                created BIGINT NOT NULL,
                token BIGINT NOT NULL DEFAULT 0,
                UNIQUE (alert_id, channel, recipient)
            )
            """,
            "CREATE INDEX delivery_due ON delivery (channel, state, next_try)",
            "CREATE INDEX delivery_age ON delivery (channel, state, created, id)",
            "CREATE INDEX delivery_state ON delivery (state, created, id)",
            """
            CREATE TABLE delivery_log (
                delivery_id TEXT NOT NULL REFERENCES delivery (id),
                attempt BIGINT NOT NULL,
                at BIGINT NOT NULL,
                outcome TEXT NOT NULL,
                error TEXT NOT NULL,
                PRIMARY KEY (delivery_id, attempt)
            )
            """,
            """
            CREATE TABLE quarantine (
                id TEXT NOT NULL PRIMARY KEY,
                source TEXT NOT NULL,
                document TEXT NOT NULL,
                reason TEXT NOT NULL,
                at BIGINT NOT NULL,
                times BIGINT NOT NULL
            )
            """,
            """
            CREATE TABLE note (
                name TEXT NOT NULL PRIMARY KEY,
                value TEXT NOT NULL,
                at BIGINT NOT NULL
            )
            """,
        ),
    ),
    (
        "0002_article_tags",
        ("ALTER TABLE article ADD COLUMN tags TEXT NOT NULL DEFAULT '[]'",),
    ),
    (
        "0003_wire_fields",
        (
            "ALTER TABLE article ADD COLUMN section TEXT",
            "ALTER TABLE article ADD COLUMN slugline TEXT",
            "ALTER TABLE article ADD COLUMN credit TEXT",
            "ALTER TABLE article ADD COLUMN urgency BIGINT",
            "ALTER TABLE article ADD COLUMN version TEXT",
            "ALTER TABLE article ADD COLUMN status TEXT NOT NULL DEFAULT 'usable'",
            "ALTER TABLE article ADD COLUMN embargoed BIGINT",
            "ALTER TABLE article ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]'",
        ),
    ),
    (
        "0004_polite_sources",
        (
            "ALTER TABLE article ADD COLUMN teaser TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE source ADD COLUMN url TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE source ADD COLUMN full_at BIGINT",
            "ALTER TABLE source ADD COLUMN moved_to TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE source ADD COLUMN gap BIGINT",
            "ALTER TABLE source ADD COLUMN last_new BIGINT",
            "ALTER TABLE source ADD COLUMN event TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE source ADD COLUMN event_at BIGINT",
            # Paused by `watcher source pause`, whatever the configuration says.
            "ALTER TABLE source ADD COLUMN held BIGINT NOT NULL DEFAULT 0",
            "CREATE INDEX article_source ON article (source, seen)",
            # Lines that a source may repeat: one row for each headline they stood under, until
            # there are enough to call the line furniture.
            """
            CREATE TABLE line (
                source TEXT NOT NULL,
                key TEXT NOT NULL,
                headline TEXT NOT NULL,
                line TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (source, key, headline)
            )
            """,
            "CREATE INDEX line_age ON line (source, at)",
            """
            CREATE TABLE furniture (
                source TEXT NOT NULL,
                key TEXT NOT NULL,
                line TEXT NOT NULL,
                kept BIGINT NOT NULL DEFAULT 0,
                at BIGINT NOT NULL,
                PRIMARY KEY (source, key)
            )
            """,
            # Further alerts that a delivery tells of: a digest has one row of the outbox.
            """
            CREATE TABLE digest (
                delivery_id TEXT NOT NULL REFERENCES delivery (id),
                alert_id TEXT NOT NULL REFERENCES alert (id),
                PRIMARY KEY (delivery_id, alert_id)
            )
            """,
            "CREATE INDEX digest_alert ON digest (alert_id)",
        ),
    ),
    (
        "0005_stories",
        (
            # Hashes by which articles are found that may be alike (watcher/likeness.py).
            """
            CREATE TABLE trace (
                hash BIGINT NOT NULL,
                article_id TEXT NOT NULL,
                at BIGINT NOT NULL,
                PRIMARY KEY (hash, article_id)
            )
            """,
            # Those that stand in too many articles to find any.
            "CREATE TABLE common_trace (hash BIGINT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)",
            "CREATE INDEX article_seen ON article (seen)",
            "ALTER TABLE article ADD COLUMN story_reason TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE alert ADD COLUMN reported_by TEXT NOT NULL DEFAULT '[]'",
        ),
    ),
    (
        "0006_facts",
        (
            # Places of the sentences that an update is told for.
            "ALTER TABLE alert ADD COLUMN news TEXT NOT NULL DEFAULT '[]'",
            # What a revision changed, sentence by sentence.
            "ALTER TABLE article ADD COLUMN changes TEXT NOT NULL DEFAULT '[]'",
            "CREATE INDEX article_revision ON article (revision_of)",
        ),
    ),
    (
        "0007_timing",
        (
            # Alerts that a channel is told of later; those of one `gather` together.
            """
            CREATE TABLE held (
                alert_id TEXT NOT NULL REFERENCES alert (id),
                channel TEXT NOT NULL,
                due BIGINT NOT NULL,
                code TEXT NOT NULL,
                gather TEXT NOT NULL DEFAULT '',
                at BIGINT NOT NULL,
                PRIMARY KEY (alert_id, channel)
            )
            """,
            "CREATE INDEX held_due ON held (channel, due)",
            "CREATE INDEX delivery_created ON delivery (created)",
            "CREATE INDEX rule_match_at ON rule_match (at, rule)",
            """
            CREATE TABLE silence (
                id TEXT NOT NULL PRIMARY KEY,
                rule TEXT NOT NULL,
                story TEXT NOT NULL,
                tag TEXT NOT NULL,
                until BIGINT NOT NULL,
                why TEXT NOT NULL,
                author TEXT NOT NULL,
                created BIGINT NOT NULL
            )
            """,
            "CREATE INDEX silence_until ON silence (until)",
            # Given up by hand: dead, and no trouble any more.
            "ALTER TABLE delivery ADD COLUMN dropped BIGINT NOT NULL DEFAULT 0",
            # What readers say of alerts.
            """
            CREATE TABLE feedback (
                alert_id TEXT NOT NULL PRIMARY KEY REFERENCES alert (id),
                useful BIGINT NOT NULL,
                note TEXT NOT NULL,
                author TEXT NOT NULL,
                at BIGINT NOT NULL
            )
            """,
        ),
    ),
    (
        "0008_volume",
        (
            # The article as which a match counts: of a copy the one it repeats. NULL: it does not.
            "ALTER TABLE rule_match ADD COLUMN counts_as TEXT",
            """
            UPDATE rule_match SET counts_as = (
                SELECT COALESCE(article.duplicate_of, article.revision_of, article.id)
                FROM article WHERE article.id = rule_match.article_id
            )
            """,
            # All that counting reads: it never looks at the table.
            "CREATE INDEX rule_match_counted ON rule_match (rule, at, counts_as, article_id)",
            "CREATE INDEX alert_rule ON alert (rule, created, id)",
            "ALTER TABLE alert ADD COLUMN tally TEXT",
            # Rules that count: since when they run, and of which time without matches it was told
            # (by its beginning). The row without a name is held by whoever counts.
            """
            CREATE TABLE watched_rule (
                rule TEXT NOT NULL PRIMARY KEY,
                since BIGINT NOT NULL,
                told BIGINT
            )
            """,
            "INSERT INTO watched_rule (rule, since) VALUES ('', 0)",
        ),
    ),
    (
        "0009_overview",
        (
            # The overview is looked at every few seconds: its questions follow an index, however
            # long the log has become.
            "ALTER TABLE delivery_log ADD COLUMN channel TEXT NOT NULL DEFAULT ''",
            """
            UPDATE delivery_log SET channel = (
                SELECT delivery.channel FROM delivery WHERE delivery.id = delivery_log.delivery_id
            )
            """,
            "CREATE INDEX delivery_log_channel ON delivery_log (channel, at)",
            "CREATE INDEX delivery_log_outcome ON delivery_log (channel, outcome, at)",
            "CREATE INDEX alert_unrouted ON alert (code) WHERE code = 'no-route'",
        ),
    ),
)

MIGRATION_NAMES: tuple[str, ...] = tuple(name for name, _ in MIGRATIONS)
