#include "daemon/store/schema.h"

#include "daemon/store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* Times are microseconds since 1970, states, verdicts and severities their enum's number. */
static const char *const versions[SCHEMA_VERSION] = {
        /* scans.calls: of all passes. accounts.complete: when a whole scan of it first ended; until
           then nothing "appears". */
        "CREATE TABLE metadata (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
        "CREATE TABLE scans (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, started INTEGER "
        "NOT NULL,"
        " finished INTEGER, complete INTEGER NOT NULL DEFAULT 0, calls INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE accounts (name TEXT PRIMARY KEY, complete INTEGER, judged INTEGER) WITHOUT "
        "ROWID;"
        "CREATE TABLE troubles (provider TEXT NOT NULL, account TEXT NOT NULL, scope TEXT NOT NULL,"
        " state INTEGER NOT NULL, cause TEXT, since INTEGER NOT NULL, scan TEXT NOT NULL,"
        " PRIMARY KEY (provider, account, scope, state)) WITHOUT ROWID;"
        /* tried: start of the last scan that concerned it; lost: whether its loss was told, 2:
           never ended */
        "CREATE TABLE passes (number INTEGER PRIMARY KEY, provider TEXT NOT NULL, account TEXT NOT "
        "NULL,"
        " scope TEXT NOT NULL, region TEXT NOT NULL, collector TEXT NOT NULL, topic TEXT, "
        "service_type TEXT,"
        " state INTEGER NOT NULL, cause TEXT, permission TEXT, calls INTEGER NOT NULL DEFAULT 0,"
        " items INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL, last_ok INTEGER, tried INTEGER "
        "NOT NULL,"
        " lost INTEGER NOT NULL DEFAULT 0,"
        " UNIQUE (provider, account, scope, region, collector));"
        "CREATE INDEX passes_account ON passes (account);"
        "CREATE TABLE resources (number INTEGER PRIMARY KEY, pass INTEGER NOT NULL, provider TEXT "
        "NOT NULL,"
        " account TEXT NOT NULL, scope TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, id "
        "TEXT NOT NULL,"
        " key TEXT NOT NULL UNIQUE, name TEXT, status TEXT, created TEXT, modified TEXT, "
        "service_type TEXT,"
        " topic TEXT, listed_digest TEXT NOT NULL, content_digest TEXT NOT NULL,"
        " details_complete INTEGER NOT NULL, detailed INTEGER NOT NULL, first_seen INTEGER NOT "
        "NULL,"
        " last_seen INTEGER, misses INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0,"
        " country TEXT, area TEXT, tags TEXT NOT NULL, facts TEXT NOT NULL, evidence TEXT NOT NULL,"
        " description TEXT);"
        "CREATE INDEX resources_place ON resources (provider, account, scope, region, kind, id);"
        "CREATE INDEX resources_pass ON resources (pass, gone);"
        "CREATE INDEX resources_id ON resources (id);"
        "CREATE INDEX resources_name ON resources (name) WHERE name IS NOT NULL;"
        "CREATE INDEX resources_topic ON resources (account, topic) WHERE topic IS NOT NULL;"
        /* what a pass that could not be read to its end did see */
        "CREATE TABLE partial (resource INTEGER PRIMARY KEY, pass INTEGER NOT NULL, seen INTEGER "
        "NOT NULL);"
        "CREATE INDEX partial_pass ON partial (pass);"
        /* subject: the key of the resource, or a digest of the place */
        "CREATE TABLE findings (id TEXT PRIMARY KEY, subject TEXT NOT NULL, rule TEXT NOT NULL,"
        " provider TEXT NOT NULL, account TEXT NOT NULL, scope TEXT NOT NULL, region TEXT NOT "
        "NULL, kind TEXT,"
        " resource_id TEXT, resource_key TEXT, verdict INTEGER NOT NULL, severity INTEGER NOT "
        "NULL, why_en TEXT,"
        " why_fr TEXT, arithmetic TEXT, applies_from TEXT, state TEXT, facts TEXT, evidence TEXT, "
        "waiver TEXT,"
        " digest TEXT NOT NULL, first_seen INTEGER NOT NULL, changed INTEGER NOT NULL, closed "
        "INTEGER);"
        "CREATE INDEX findings_subject ON findings (subject);"
        "CREATE INDEX findings_place ON findings (provider, account, scope, region)"
        " WHERE resource_key IS NULL;"
        "CREATE INDEX findings_resource ON findings (resource_id) WHERE resource_id IS NOT NULL;"
        "CREATE TABLE finding_history (number INTEGER PRIMARY KEY, finding TEXT NOT NULL, time "
        "INTEGER NOT NULL,"
        " scan TEXT, verdict INTEGER NOT NULL, severity INTEGER NOT NULL, closed INTEGER NOT NULL, "
        "why_en TEXT);"
        "CREATE INDEX finding_history_finding ON finding_history (finding);"
        /* AUTOINCREMENT: a sequence is never given twice */
        "CREATE TABLE outbox (sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
        " created INTEGER NOT NULL, fields TEXT NOT NULL, sent INTEGER);"
        "CREATE INDEX outbox_unsent ON outbox (sequence) WHERE sent IS NULL;",
};

/* ---- looking -----------------------------------------------------------------------------------
 */

static int refuse_newer(uint32_t version, struct error *err)
{
        return error_set(err, -EPROTO,
                         "the store was written by a newer vigie (version %" PRIu32
                         ", this one knows %d): left untouched",
                         version, SCHEMA_VERSION);
}

static uint32_t big_endian(const unsigned char *p)
{
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

/* https://www.sqlite.org/fileformat2.html#the_database_header */
int schema_look(const char *file, struct error *err)
{
        enum { HEADER_BYTES = 100, VERSION_AT = 60, APPLICATION_AT = 68 };
        _cleanup_(closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
        unsigned char header[HEADER_BYTES];
        ssize_t n;

        if (fd < 0 && errno == ENOENT)
                return 1;
        if (fd < 0)
                return error_set(err, -errno, "%s: %s", file, strerror(errno));
        n = pread(fd, header, sizeof(header), 0);
        if (n < 0)
                return error_set(err, -errno, "%s: %s", file, strerror(errno));
        if (n == 0)
                return 1;
        if (n < HEADER_BYTES || memcmp(header, "SQLite format 3", 16) != 0)
                return error_set(err, -EUCLEAN, "%s is damaged, or no store of vigie", file);
        if (big_endian(header + VERSION_AT) > SCHEMA_VERSION)
                return refuse_newer(big_endian(header + VERSION_AT), err);
        if (big_endian(header + APPLICATION_AT) != SCHEMA_APPLICATION_ID &&
            big_endian(header + APPLICATION_AT) != 0) /* 0: still in the write-ahead log */
                return error_set(err, -EUCLEAN, "%s is no store of vigie", file);
        return 0;
}

static int pragma_number(sqlite3 *db, const char *text, uint32_t *ret, struct error *err)
{
        sqlite3_stmt *stmt = NULL;
        int code = sqlite3_prepare_v2(db, text, -1, &stmt, NULL);

        if (code == SQLITE_OK)
                code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
                *ret = (uint32_t)sqlite3_column_int64(stmt, 0);
        (void)sqlite3_finalize(stmt);
        return code == SQLITE_ROW ? 0 : sql_fail(db, code, err);
}

int schema_check(sqlite3 *db, struct error *err)
{
        uint32_t version = 0, application = 0, tables = 0;
        int r = pragma_number(db, "PRAGMA user_version", &version, err);

        if (r >= 0)
                r = pragma_number(db, "PRAGMA application_id", &application, err);
        if (r >= 0)
                r = pragma_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err);
        if (r < 0)
                return r;
        if (version > SCHEMA_VERSION)
                return refuse_newer(version, err);
        if (version == 0 && tables == 0)
                return error_set(err, -ENOENT, "the store is empty: nothing was scanned yet");
        if (version == 0 || application != SCHEMA_APPLICATION_ID)
                return error_set(err, -EUCLEAN, "no store of vigie: the file is another program's");
        r = pragma_number(db,
                          "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN"
                          " ('metadata', 'scans', 'accounts', 'troubles', 'passes', 'resources',"
                          " 'partial', 'findings', 'finding_history', 'outbox')",
                          &tables, err);
        if (r >= 0 && tables != 10)
                return error_set(err, -EUCLEAN, "the store is damaged: tables are missing");
        return r;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

static int migrate_steps(sqlite3 *db, uint32_t from, struct error *err)
{
        char text[128];
        int r = 0;

        for (uint32_t v = from; v < SCHEMA_VERSION && r >= 0; v++)
                r = sql_exec(db, versions[v], err);
        if (r < 0)
                return r;
        (void)snprintf(text, sizeof(text),
                       "PRAGMA user_version = %d; PRAGMA application_id = %" PRIu32 "; COMMIT",
                       SCHEMA_VERSION, SCHEMA_APPLICATION_ID);
        return sql_exec(db, text, err);
}

int schema_migrate(sqlite3 *db, struct error *err)
{
        uint32_t version = 0;
        int r = pragma_number(db, "PRAGMA user_version", &version, err);

        if (r < 0 || version >= SCHEMA_VERSION)
                return r;
        r = sql_exec(db, "BEGIN IMMEDIATE", err);
        if (r < 0)
                return r;
        r = migrate_steps(db, version, err);
        if (r < 0)
                (void)sql_exec(db, "ROLLBACK", NULL);
        return r;
}
