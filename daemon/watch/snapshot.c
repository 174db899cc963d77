#include "daemon/watch/snapshot.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/base/version.h"
#include "daemon/judge/judge.h"
#include "daemon/report/programme.h"
#include "daemon/report/report.h"
#include "daemon/store/snapshot.h"
#include "daemon/watch/alert.h"
#include "daemon/watch/authority.h"
#include "daemon/watch/config.h"
#include "daemon/watch/paths.h"
#include "daemon/watch/programme.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>

enum { COPY_BLOCK_BYTES = 65536 };

/* One that is being put together. */
struct making {
        const struct snapshot_request *request;
        struct config *config;
        struct judge *judge;
        struct store *store;
        struct signing_key *key;
        struct snapshot *snapshot;
        struct programme *programme;
        char *data_dir, *folder, *key_path;
        struct store_summary summary;
};

static void making_done(struct making *m)
{
        snapshot_free(m->snapshot);
        programme_result_free(m->programme);
        signing_key_free(m->key);
        judge_free(m->judge);
        store_close(m->store);
        config_free(m->config);
        free(m->data_dir);
        free(m->folder);
        free(m->key_path);
}

static char *join(const char *folder, const char *name)
{
        char *path;

        return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* ---- what it needs -----------------------------------------------------------------------------
 */

static char *credential_path(void)
{
        const char *folder = getenv("CREDENTIALS_DIRECTORY");
        char *path = folder ? join(folder, "snapshot.key") : NULL;

        if (path && access(path, F_OK) < 0) {
                free(path);
                path = NULL;
        }
        return path;
}

/* The key of the configuration or of systemd must be there; vigie's own is made. */
static int open_key(struct making *m, struct error *err)
{
        const char *configured = m->config->snapshots.key;
        bool own = false;

        m->key_path = configured ? strdup(configured) : credential_path();
        if (!m->key_path) {
                own = !configured;
                m->key_path = join(m->request->state_dir, "snapshot.key");
        }
        return m->key_path ? signing_key_load(&m->key, m->key_path, own, err) : error_oom(err);
}

static int open_folder(struct making *m, struct error *err)
{
        const char *folder = m->request->folder ? m->request->folder : m->config->snapshots.folder;

        m->folder = folder ? strdup(folder) : join(m->request->state_dir, "snapshots");
        return m->folder ? 0 : error_oom(err);
}

static int prepare(struct making *m, struct error *err)
{
        int r = config_read(&m->config, m->request->config_path, err);

        if (r == 0)
                r = paths_data_dir(&m->data_dir, err);
        if (r == 0)
                r = judge_new(&m->judge, m->data_dir, m->config->overrides, &m->config->policy,
                              err);
        if (r == 0)
                r = store_open(&m->store, m->request->state_dir, true, err);
        if (r == 0)
                r = open_key(m, err);
        return r == 0 ? open_folder(m, err) : r;
}

/* Between scans everything fits together; one that never ends is not waited for in vain. */
static int read_one_moment(struct making *m, struct error *err)
{
        _cleanup_(sd_event_unrefp) sd_event *event = NULL; /* of no events: it only waits */
        uint64_t until_usec = clock_boottime_usec() + m->request->wait_usec;

        for (;;) {
                int r = store_read_begin(m->store, err);

                if (r == 0)
                        r = store_summarise(m->store, &m->summary, err);
                if (r < 0)
                        return r;
                if (!m->summary.scan_id)
                        return error_set(err, -ENOENT,
                                         "nothing was scanned yet: vigie scan, or start the "
                                         "daemon, first");
                if (m->summary.finished || clock_boottime_usec() >= until_usec)
                        return 0;
                store_read_end(m->store);
                if (!event && sd_event_new(&event) < 0)
                        return error_oom(err);
                r = sd_event_run(event, USEC_PER_SEC);
                if (r < 0)
                        return error_set(err, r, "event loop: %s", strerror(-r));
        }
}

/* ---- what is in it -----------------------------------------------------------------------------
 */

static int put_report(struct making *m, const char *name, enum report_format format,
                      enum report_part part, struct error *err)
{
        static const struct store_filter all = { .all = true };
        FILE *out = snapshot_file(m->snapshot, name, err);
        struct report_request request = {
                .store = m->store,
                .part = part,
                .filter = &all,
                .language = m->request->language,
                .verbose = true,
                .programme = m->programme,
        };

        if (!out)
                return err->code;
        request.terminal = terminal_of(out, false);
        return report_write(&request, format, err);
}

/* What the page says of it rests on the configuration's accounts too, which are not in it
 * otherwise. */
static int put_programme(struct making *m, struct error *err)
{
        const struct setup setup = { .config = m->config, .judge = m->judge };
        const struct programme_ask ask = { .setup = &setup, .store = m->store };
        struct programme_request request = { .language = m->request->language,
                                             .format = PROGRAMME_JSON };
        FILE *out = snapshot_file(m->snapshot, "programme.json", err);
        int r;

        if (!out)
                return err->code;
        r = programme_make(&m->programme, &ask, err);
        if (r < 0)
                return r;
        request.programme = m->programme;
        request.terminal = terminal_of(out, false);
        return programme_write(&request, err);
}

static int copy_file(struct making *m, const char *from, const char *name, struct error *err)
{
        _cleanup_(fclosep) FILE *in = fopen(from, "re");
        FILE *out = in ? snapshot_file(m->snapshot, name, err) : NULL;
        char block[COPY_BLOCK_BYTES];
        size_t n;

        if (!in)
                return error_set(err, -errno, "%s: %s", from, strerror(errno));
        if (!out)
                return err->code;
        while ((n = fread(block, 1, sizeof(block), in)) > 0)
                if (fwrite(block, 1, n, out) != n)
                        return error_set(err, -errno, "%s: %s", name, strerror(errno));
        return ferror(in) ? error_set(err, -EIO, "%s: cannot be read", from) : 0;
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int note_names(json_t *names, const char *root, const char *folder, struct error *err)
{
        _cleanup_(freep) char *path = join(root, folder);
        struct dirent **entries = NULL;
        int n, r = 0;

        if (!path)
                return error_oom(err);
        n = scandir(path, &entries, is_visible, by_bytes);
        if (n < 0)
                return errno == ENOENT || errno == ENOTDIR
                               ? 0
                               : error_set(err, -errno, "%s: %s", path, strerror(errno));
        for (int i = 0; i < n; i++) {
                if (r == 0 && json_object_set_new(names, entries[i]->d_name, json_true()) < 0)
                        r = error_oom(err);
                free(entries[i]);
        }
        free(entries);
        return r;
}

static int put_folder(struct making *m, const char *folder, struct error *err);

/* The file in force: the operator's own before the installed one. */
static int put_in_force(struct making *m, const char *name, struct error *err)
{
        _cleanup_(freep) char *own = join(m->config->overrides, name),
                              *installed = join(m->data_dir, name), *to = join("in-force", name);
        struct stat st;
        const char *from;

        if (!own || !installed || !to)
                return error_oom(err);
        from = stat(own, &st) == 0 ? own : installed;
        if (from == installed && stat(installed, &st) < 0)
                return error_set(err, -errno, "%s: %s", installed, strerror(errno));
        if (S_ISDIR(st.st_mode))
                return put_folder(m, name, err);
        return fnmatch("*.yaml", name, 0) == 0 ? copy_file(m, from, to, err) : 0;
}

static int put_folder(struct making *m, const char *folder, struct error *err)
{
        json_auto_t *names = json_object();
        const char *name;
        json_t *value;
        int r = names ? note_names(names, m->data_dir, folder, err) : error_oom(err);

        if (r == 0)
                r = note_names(names, m->config->overrides, folder, err);
        if (r < 0)
                return r;
        json_object_foreach(names, name, value)
        {
                _cleanup_(freep) char *path = join(folder, name);

                r = path ? put_in_force(m, path, err) : error_oom(err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int put_contents(struct making *m, struct error *err)
{
        static const char *const folders[] = { "catalogue", "declarations", "jurisdictions",
                                               "law",       "offered",      "regions",
                                               "registers", "rules",        "waivers" };
        int r = put_report(m, "inventory.json", REPORT_JSON, REPORT_SCAN, err);

        if (r == 0)
                r = put_report(m, "findings.csv", REPORT_CSV, REPORT_FINDINGS, err);
        if (r == 0)
                r = put_programme(m, err);
        if (r == 0)
                r = put_report(m, "report.html", REPORT_HTML, REPORT_SCAN, err);
        for (size_t i = 0; r == 0 && i < ELEMENTSOF(folders); i++)
                r = put_folder(m, folders[i], err);
        return r;
}

static json_t *about(const struct making *m, bool complete)
{
        const struct store_summary *s = &m->summary;

        return json_pack("{s:s, s:{s:s, s:s, s:s?, s:b}, s:s, s:I}", "vigie", VIGIE_VERSION, "scan",
                         "id", s->scan_id, "started", s->started, "finished", s->finished,
                         "complete", complete, "judge_sha256", judge_digest(m->judge), "resources",
                         (json_int_t)s->resources);
}

/* ---- when it was there -------------------------------------------------------------------------
 */

/* That it holds is seen before it is kept: one that does not is worth nothing to anybody later. */
static int check_stamp(const struct making *m, struct timestamp_check *check,
                       const struct buffer *reply, struct error *err)
{
        char when[CLOCK_TEXT_MAX];
        int r = timestamp_verify(check, reply->data, reply->size_bytes, err);

        if (r < 0)
                return r;
        if (check->time_usec + TIMESTAMP_SKEW_USEC < m->request->created_usec)
                return error_set(err, -EBADMSG,
                                 "it is of %s, before the snapshot's own time: one of the two "
                                 "clocks is wrong",
                                 clock_format_rfc3339(check->time_usec, when));
        return 0;
}

static int ask_for_stamp(const struct making *m, struct buffer *reply, struct error *err)
{
        const struct timestamp_config *conf = &m->config->snapshots.timestamp;
        _cleanup_(timestamp_query_freep) struct timestamp_query *query = NULL;
        struct timestamp_check check = { .ca_file = conf->ca_file };
        struct authority_question question = {
                .conf = conf,
                .timeout_usec = m->config->limits.request_timeout_usec,
        };
        char name[AUTHORITY_NAME_MAX];
        int r;

        check.data = snapshot_manifest(m->snapshot, &check.data_bytes);
        r = timestamp_query_new(&query, check.data, check.data_bytes, err);
        if (r < 0)
                return r;
        check.query = query;
        question.query = timestamp_query_der(query, &question.query_bytes);
        r = authority_ask(&question, reply, err);
        if (r == 0)
                r = check_stamp(m, &check, reply, err);
        return r < 0 ? error_wrap(err, r, "time stamp by %s", authority_name(conf, name)) : 0;
}

/* A snapshot without stamp is worth more than none: what failed is said, and it is written. */
static int stamp(struct making *m, struct snapshot_result *ret, struct error *err)
{
        struct buffer reply = BUFFER_INIT(AUTHORITY_REPLY_BYTES_MAX);
        int r = 0;

        if (!m->config->snapshots.timestamp.url)
                return 0;
        if (ask_for_stamp(m, &reply, &ret->unstamped) == 0)
                r = snapshot_put_timestamp(m->snapshot, reply.data, reply.size_bytes, err);
        buffer_done(&reply);
        return r;
}

/* ---- telling -----------------------------------------------------------------------------------
 */

/* A person sees it on the terminal; a unit's success or failure belongs into the journal. */
static void tell(const struct snapshot_request *request, int kind, const char *written,
                 const char *cause)
{
        json_auto_t *fields = json_pack("{s:s*, s:s}", "written", written, "cause", cause);
        struct error err = { 0 };
        struct alert alert;

        if (!getenv("INVOCATION_ID") || !fields ||
            alert_build(&alert, kind, fields, request->language) < 0)
                return;
        if (alert_send(&alert, &err) < 0)
                log_message(alert_priority(kind, fields), "%s", alert_field(&alert, "MESSAGE"));
        alert_done(&alert);
}

static int make(struct making *m, struct snapshot_result *ret, struct error *err)
{
        const struct snapshot_request *request = m->request;
        _cleanup_(freep) char *path = NULL;
        json_auto_t *said = NULL;
        int r = prepare(m, err);

        if (r == 0)
                r = read_one_moment(m, err);
        if (r == 0)
                r = snapshot_begin(&m->snapshot, m->folder, request->created_usec, err);
        if (r == 0)
                r = put_contents(m, err);
        if (r == 0) /* its texts live until the next call, and reports make some */
                r = store_summarise(m->store, &m->summary, err);
        if (r < 0)
                return r;
        ret->complete = report_is_complete(&m->summary);
        said = about(m, ret->complete);
        store_read_end(m->store);
        path = join(m->folder, snapshot_name(m->snapshot));
        if (!said || !path)
                return error_oom(err);
        r = snapshot_seal(m->snapshot, m->key, said, err);
        if (r == 0)
                r = stamp(m, ret, err);
        if (r == 0)
                r = snapshot_finish(m->snapshot, err);
        m->snapshot = snapshot_free(m->snapshot);
        if (r == 0)
                ret->path = TAKE_PTR(path);
        return r;
}

static int forget(struct making *m, struct snapshot_result *ret, struct error *err)
{
        uint64_t keep_usec = m->config->snapshots.keep_usec, now_usec = m->request->created_usec;

        if (keep_usec == 0 || keep_usec >= now_usec)
                return 0;
        ret->pruned = snapshot_prune(m->folder, now_usec - keep_usec, now_usec, m->key, err);
        if (ret->pruned >= 0)
                return 0;
        return error_wrap(err, ret->pruned,
                          "snapshots that are over their time were not all removed");
}

int snapshot_make(const struct snapshot_request *request, struct snapshot_result *ret,
                  struct error *err)
{
        struct making m = { .request = request };
        int r = make(&m, ret, err);

        if (r == 0)
                tell(request, ALERT_SNAPSHOT_WRITTEN, NULL, ret->path);
        if (r == 0 && ret->unstamped.code < 0)
                tell(request, ALERT_SNAPSHOT_UNSTAMPED, NULL, ret->unstamped.text);
        if (r == 0)
                r = forget(&m, ret, err);
        if (r < 0)
                tell(request, ALERT_SNAPSHOT_FAILED, ret->path, err->text);
        making_done(&m);
        return r;
}
