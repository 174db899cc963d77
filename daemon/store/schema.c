#include "daemon/store/schema.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Times are microseconds since 1970 UTC. verdict, severity and state are the enums of model/,
 * whose numbers must therefore not change.
 *
 * place     where: (provider, account, scope, region); region "" is a whole scope
 * pass      a collector at a place, and what its last visit came to. run: number of the first scan
 *           in the unbroken run of answers up to now, 0 when the last visit gave none. told: that
 *           it was lost was written to the outbox. partial: it has rows in fresh
 * resource  belongs to a pass; its own place may be another. missing: number of the scan in which
 *           it first was not there, 0 while it is; last_seen is set only with it
 * fresh     resources seen in a pass that gave no answer in the end
 * saying    what verdicts say; most findings of a rule share a few. said: digest of what is
 *           compared, evidence left out; digest: of all
 * finding   one rule on one subject; resource 0 when the subject is the place */
static const char schema_1[] =
        "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
        "CREATE TABLE scan(scan INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
        " accounts TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER,"
        " complete INTEGER NOT NULL DEFAULT 0, calls INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE account(account TEXT PRIMARY KEY, baseline INTEGER, judged INTEGER)"
        " WITHOUT ROWID;"
        "CREATE TABLE trouble(account TEXT NOT NULL, provider TEXT NOT NULL, scope TEXT NOT NULL,"
        " state INTEGER NOT NULL, cause TEXT NOT NULL, since INTEGER NOT NULL,"
        " scan INTEGER NOT NULL, PRIMARY KEY(account, provider, scope)) WITHOUT ROWID;"
        "CREATE TABLE place(place INTEGER PRIMARY KEY, provider TEXT NOT NULL,"
        " account TEXT NOT NULL, scope TEXT NOT NULL, region TEXT NOT NULL);"
        "CREATE UNIQUE INDEX place_order ON place(provider, account, scope, region);"
        "CREATE TABLE pass(pass INTEGER PRIMARY KEY, place INTEGER NOT NULL,"
        " collector TEXT NOT NULL, topic TEXT, service_type TEXT, state INTEGER NOT NULL,"
        " cause TEXT, permission TEXT, calls INTEGER NOT NULL DEFAULT 0,"
        " items INTEGER NOT NULL DEFAULT 0, since INTEGER NOT NULL, last_ok INTEGER,"
        " scan INTEGER NOT NULL DEFAULT 0, run INTEGER NOT NULL DEFAULT 0,"
        " told INTEGER NOT NULL DEFAULT 0, partial INTEGER NOT NULL DEFAULT 0);"
        "CREATE UNIQUE INDEX pass_order ON pass(place, collector);"
        "CREATE TABLE description(description INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,"
        " area TEXT, text TEXT NOT NULL);"
        "CREATE TABLE resource(resource INTEGER PRIMARY KEY, pass INTEGER NOT NULL,"
        " place INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, missing INTEGER NOT NULL"
        " DEFAULT 0, gone INTEGER, last_seen INTEGER, first_seen INTEGER NOT NULL,"
        " changed INTEGER NOT NULL, description INTEGER NOT NULL DEFAULT 0, name TEXT,"
        " status TEXT, created TEXT, modified TEXT, service_type TEXT, topic TEXT,"
        " listed_digest TEXT NOT NULL, details_complete INTEGER NOT NULL,"
        " detailed INTEGER NOT NULL, tags TEXT NOT NULL, facts TEXT NOT NULL,"
        " evidence TEXT NOT NULL);"
        "CREATE UNIQUE INDEX resource_order ON resource(place, kind, id);"
        "CREATE INDEX resource_id ON resource(id);"
        "CREATE INDEX resource_name ON resource(name) WHERE name <> id;"
        "CREATE INDEX resource_pass ON resource(pass) WHERE gone IS NULL;"
        "CREATE INDEX resource_type ON resource(place, service_type)"
        " WHERE gone IS NULL AND topic IS NULL;"
        "CREATE INDEX resource_missing ON resource(missing) WHERE missing > 0 AND gone IS NULL;"
        "CREATE INDEX resource_gone ON resource(gone) WHERE gone IS NOT NULL;"
        "CREATE TABLE fresh(resource INTEGER PRIMARY KEY, seen INTEGER NOT NULL,"
        " scan INTEGER NOT NULL);"
        "CREATE TABLE severity(severity INTEGER PRIMARY KEY);"
        "INSERT INTO severity VALUES (0), (1), (2), (3), (4);"
        "CREATE TABLE rule(rule TEXT PRIMARY KEY) WITHOUT ROWID;"
        "CREATE TABLE saying(saying INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE,"
        " said TEXT NOT NULL, why_en TEXT, why_fr TEXT, arithmetic TEXT, applies_from TEXT,"
        " state TEXT, facts TEXT NOT NULL, evidence TEXT NOT NULL);"
        "CREATE TABLE finding(finding INTEGER PRIMARY KEY, resource INTEGER NOT NULL,"
        " place INTEGER NOT NULL, rule TEXT NOT NULL, verdict INTEGER NOT NULL,"
        " severity INTEGER NOT NULL, saying INTEGER NOT NULL, first_seen INTEGER NOT NULL,"
        " changed INTEGER NOT NULL, closed INTEGER, last_seen INTEGER);"
        "CREATE UNIQUE INDEX finding_subject ON finding(resource, place, rule);"
        "CREATE INDEX finding_order ON finding(severity, rule, place, verdict, closed);"
        "CREATE INDEX finding_closed ON finding(closed) WHERE closed IS NOT NULL;"
        "CREATE TABLE history(history INTEGER PRIMARY KEY, finding INTEGER NOT NULL,"
        " time INTEGER NOT NULL, scan INTEGER NOT NULL, verdict_from INTEGER, verdict_to INTEGER,"
        " severity_from INTEGER, severity_to INTEGER);"
        "CREATE INDEX history_finding ON history(finding);"
        "CREATE TABLE event(sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
        " created INTEGER NOT NULL, sent INTEGER, fields TEXT NOT NULL);"
        "CREATE INDEX event_unsent ON event(sequence) WHERE sent IS NULL;"
        "CREATE INDEX event_sent ON event(sent) WHERE sent IS NOT NULL;";

/* saying.waiver: {"id","owner","reason","until"} of what is waived
 * waiver_told: ends of waivers that were told, each once */
static const char schema_2[] =
        "ALTER TABLE saying ADD COLUMN waiver TEXT;"
        "CREATE INDEX finding_waived ON finding(saying) WHERE verdict = 4 AND closed IS NULL;"
        "CREATE TABLE waiver_told(id TEXT NOT NULL, until TEXT NOT NULL, told INTEGER NOT NULL,"
        " PRIMARY KEY(id, until)) WITHOUT ROWID;";

/* What came to be otherwise, and by which rules it was judged, so that any two scans can be
 * compared.
 *
 * basis     {file of rules or law, "policy"…: digest}, as they were in force when a scan was judged
 * drift     what a scan changed of what was known: a resource (changes: its facts, from and to) or
 *           the coverage of a pass (changes: its state, from and to). Resources seen for the first
 *           time have no row: first_seen says it. what: enum drift_what
 * flap      what opens and closes again and again: told once, then not until it is stable.
 *           severity: the highest that was told. subject: enum flap_subject
 * saying_from, saying_to: what was said before and after a change
 * meta drift_since: number of the last scan whose own changes were not written down */
static const char schema_3[] =
        "ALTER TABLE scan ADD COLUMN basis INTEGER;"
        "ALTER TABLE scan ADD COLUMN judged INTEGER;"
        "ALTER TABLE history ADD COLUMN saying_from INTEGER;"
        "ALTER TABLE history ADD COLUMN saying_to INTEGER;"
        "CREATE INDEX history_scan ON history(scan);"
        "CREATE TABLE basis(basis INTEGER PRIMARY KEY, parts TEXT NOT NULL UNIQUE);"
        "CREATE TABLE drift(drift INTEGER PRIMARY KEY, scan INTEGER NOT NULL,"
        " time INTEGER NOT NULL, what INTEGER NOT NULL, resource INTEGER, pass INTEGER,"
        " changes TEXT);"
        "CREATE INDEX drift_scan ON drift(scan);"
        "CREATE INDEX drift_resource ON drift(resource) WHERE resource IS NOT NULL;"
        "CREATE INDEX drift_pass ON drift(pass) WHERE pass IS NOT NULL;"
        "CREATE TABLE flap(subject INTEGER NOT NULL, row INTEGER NOT NULL, since INTEGER NOT NULL,"
        " severity INTEGER NOT NULL, PRIMARY KEY(subject, row)) WITHOUT ROWID;"
        "INSERT INTO meta SELECT 'drift_since', coalesce(max(scan), 0) FROM scan;";

/* denial    a call that was refused at a place: struct denied_call
 * pass.asked: when what its state rests on was asked, where it was not asked in the last visit
 * account.signs_in: by what its credentials are known again; meta fingerprint_key makes it good for
 *           nothing else */
static const char schema_4[] =
        "CREATE TABLE denial(place INTEGER NOT NULL, collector TEXT NOT NULL,"
        " part INTEGER NOT NULL, digest TEXT NOT NULL, cause TEXT NOT NULL,"
        " asked INTEGER NOT NULL, due INTEGER NOT NULL, times INTEGER NOT NULL,"
        " PRIMARY KEY(place, collector, part)) WITHOUT ROWID;"
        "ALTER TABLE pass ADD COLUMN asked INTEGER;"
        "ALTER TABLE account ADD COLUMN signs_in TEXT;";

/* census: what was known at the end of the scan, in numbers (trend.c); NULL for scans that did not
 * count */
static const char schema_5[] = "ALTER TABLE scan ADD COLUMN census TEXT;";

/* denial.off: of struct denied_call */
static const char schema_6[] = "ALTER TABLE denial ADD COLUMN off INTEGER NOT NULL DEFAULT 0;";

/* migrations[n] leads from version n to n + 1. A row that was published never changes. */
static const char *const migrations[] = {
        schema_1, schema_2, schema_3, schema_4, schema_5, schema_6
};
static_assert(ELEMENTSOF(migrations) == SCHEMA_VERSION, "every version has its migration");

/* ---- before it is opened -----------------------------------------------------------------------
 */

/* https://www.sqlite.org/fileformat2.html#the_database_header */
enum { HEADER_BYTES = 100, HEADER_USER_VERSION = 60, HEADER_APPLICATION = 68 };

static uint32_t header_number(const unsigned char *at)
{
        return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int refuse_version(const char *path, uint64_t version, struct error *err)
{
        return error_set(err, -EPROTO,
                         "%s was written by a newer vigie (format %llu, this one knows %d): use "
                         "that version, or another --state folder; the file was not touched",
                         path, (unsigned long long)version, SCHEMA_VERSION);
}

static int refuse_damaged(const char *path, const char *why, struct error *err)
{
        return error_set(err, -EUCLEAN,
                         "%s is damaged (%s): restore a copy, or move it away and let the next "
                         "scan begin a new one; the file was not touched",
                         path, why);
}

int schema_inspect(const char *path, bool *ret_empty, struct error *err)
{
        unsigned char header[HEADER_BYTES];
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        uint32_t version;
        ssize_t n;

        if (fd < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        n = read(fd, header, sizeof(header));
        if (n < 0)
                return error_set(err, -errno, "%s: %s", path, strerror(errno));
        *ret_empty = n == 0;
        if (n == 0) /* killed before the first commit */
                return 0;
        if (n < (ssize_t)sizeof(header) || memcmp(header, "SQLite format 3", 16) != 0)
                return refuse_damaged(path, "no SQLite database", err);
        version = header_number(header + HEADER_USER_VERSION);
        if (version > 0 && header_number(header + HEADER_APPLICATION) != SCHEMA_APPLICATION)
                return refuse_damaged(path, "a database of another program", err);
        return version > SCHEMA_VERSION ? refuse_version(path, version, err) : 0;
}

/* ---- once it is open ---------------------------------------------------------------------------
 */

static int pragma_number(struct store *s, const char *sql, int64_t *ret, struct error *err)
{
        sqlite3_stmt *st = NULL;
        int r = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) == SQLITE_OK &&
                                sqlite3_step(st) == SQLITE_ROW
                        ? 0
                        : -EIO;

        if (r == 0)
                *ret = sqlite3_column_int64(st, 0);
        else
                r = store_error(s, err, "reading it");
        (void)sqlite3_finalize(st);
        return r;
}

static int migrate_step(struct store *s, int64_t version, struct error *err)
{
        char numbers[96];

        (void)snprintf(numbers, sizeof(numbers),
                       "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                       SCHEMA_APPLICATION, (int)version + 1);
        if (sqlite3_exec(s->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_exec(s->db, migrations[version], NULL, NULL, NULL) == SQLITE_OK &&
            sqlite3_exec(s->db, numbers, NULL, NULL, NULL) == SQLITE_OK)
                return 0;
        (void)store_error(s, err, "making its tables");
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return err && err->code ? err->code : -EIO;
}

int schema_migrate(struct store *s, struct error *err)
{
        int64_t version = 0, tables = 0;
        int r = pragma_number(s, "PRAGMA user_version", &version, err);

        if (r == 0)
                r = pragma_number(s, "SELECT count(*) FROM sqlite_schema", &tables, err);
        if (r < 0)
                return r;
        if (version > SCHEMA_VERSION)
                return refuse_version(s->path, (uint64_t)version, err);
        if (version < 0 || (version == 0 && tables > 0))
                return refuse_damaged(s->path, "a database of another program", err);
        if (s->read_only && version == 0)
                return error_set(err, -ENOENT, "%s is empty: nothing was scanned yet", s->path);
        if (s->read_only && version < SCHEMA_VERSION)
                return error_set(err, -EPROTO,
                                 "%s was written by an older vigie (format %lld, this one has "
                                 "%d): the next scan brings it up to date",
                                 s->path, (long long)version, SCHEMA_VERSION);
        for (; version < SCHEMA_VERSION && r == 0; version++)
                r = migrate_step(s, version, err);
        return r;
}
