#include "daemon/watch/documents.h"

#include "daemon/base/log.h"
#include "daemon/base/version.h"
#include "daemon/report/language.h"
#include "daemon/watch/rendering.h"
#include "daemon/watch/web.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum {
        RENDERINGS_MAX = 2,     /* processes at a time */
        SCANS_SHOWN_MAX = 1000, /* on a page with a column for each */
        TAG_MAX = 128,
        TEXT_MAX = 1024,
        POLICY_MAX = REPORT_POLICY_MAX + 64,
};

/* ---- the list ----------------------------------------------------------------------------------
 */

struct document {
        const char *path, *type;
        const char *by; /* ?by=; NULL: without, or what is not listed */
        struct rendering_work work;
};

#define HTML "text/html; charset=utf-8"
#define TEXT "text/plain; charset=utf-8"
#define REPORT(name, media, what)                                                                  \
        {                                                                                          \
                .path = "/report." name, .type = (media), .work = {.format = (what) }              \
        }
#define HISTORY(name, media, what, days, limit)                                                    \
        {                                                                                          \
                .path = "/history" name, .type = (media), .by = (days) ? NULL : "scan", .work = {  \
                        .of_history = true,                                                        \
                        .history_format = (what),                                                  \
                        .by = (days) ? HISTORY_BY_DAY : HISTORY_BY_SCAN,                           \
                        .max_scans = (limit),                                                      \
                }                                                                                  \
        }

static const struct document list[] = {
        { .path = "/", .type = HTML, .work = { .format = REPORT_HTML, .with_links = true } },
        REPORT("html", HTML, REPORT_HTML),
        REPORT("table", TEXT, REPORT_TABLE),
        REPORT("json", "application/json", REPORT_JSON),
        REPORT("csv", "text/csv; charset=utf-8", REPORT_CSV),
        REPORT("ocsf", "application/x-ndjson", REPORT_OCSF),
        REPORT("oscal", "application/json", REPORT_OSCAL),
        REPORT("cyclonedx", "application/vnd.cyclonedx+json; version=1.6", REPORT_CYCLONEDX),
        REPORT("sarif", "application/sarif+json", REPORT_SARIF),
        REPORT("prometheus", "text/plain; version=0.0.4; charset=utf-8", REPORT_PROMETHEUS),
        REPORT("markdown", "text/markdown; charset=utf-8", REPORT_MARKDOWN),
        HISTORY("", HTML, HISTORY_HTML, false, SCANS_SHOWN_MAX),
        HISTORY("", HTML, HISTORY_HTML, true, 0),
        HISTORY(".json", "application/json", HISTORY_JSON, false, 0),
        HISTORY(".json", "application/json", HISTORY_JSON, true, 0),
        HISTORY(".csv", "text/csv; charset=utf-8", HISTORY_CSV, false, 0),
        HISTORY(".csv", "text/csv; charset=utf-8", HISTORY_CSV, true, 0),
};
enum { DOCUMENTS = ELEMENTSOF(list), KEPT_MAX = DOCUMENTS * LANGUAGE_MAX };

const struct document *document_find(const char *path, const char *by)
{
        for (size_t i = 0; i < DOCUMENTS; i++)
                if (strcmp(list[i].path, path) == 0 &&
                    (!list[i].by || (by && strcmp(list[i].by, by) == 0)))
                        return &list[i];
        return NULL;
}

const char *document_path(size_t i)
{
        size_t n = 0;

        for (size_t at = 0; at < DOCUMENTS; at++)
                if (!list[at].by && n++ == i)
                        return list[at].path;
        return NULL;
}

const char *document_type(const struct document *d)
{
        return d->type;
}

/* ---- what is kept ------------------------------------------------------------------------------
 */

struct asker {
        struct asker *next;
        struct exchange *exchange;
};

struct kept {
        char *scan_id; /* of which it is, or is being made; NULL: never asked for */
        int file;      /* -1: not made */
        uint64_t size_bytes;
        struct asker *askers; /* who waits for it */
        struct rendering *rendering;
        struct documents *all;
};

struct documents {
        sd_event *event;
        const char *state_dir, *config;
        struct kept kept[DOCUMENTS][LANGUAGE_MAX];
        unsigned renderings;
};

/* ---- answers -----------------------------------------------------------------------------------
 */

enum { OWN_HEADERS_MAX = 4 };

/* own: of this answer; the last without name. */
static void answer(struct exchange *x, struct reply *reply, const struct reply_header *own)
{
        static const struct reply_header strict[] = {
                { "X-Content-Type-Options", "nosniff" },
                { "Referrer-Policy", "no-referrer" },
                { "X-Frame-Options", "DENY" },
                { "Cross-Origin-Resource-Policy", "same-origin" },
                { "Cross-Origin-Opener-Policy", "same-origin" },
        };
        struct reply_header headers[ELEMENTSOF(strict) + OWN_HEADERS_MAX + 1] = { 0 };
        size_t n = 0;

        for (; n < ELEMENTSOF(strict); n++)
                headers[n] = strict[n];
        for (; own->name; own++)
                headers[n++] = *own;
        reply->headers = headers;
        exchange_answer(x, reply);
}

#define NOTHING_ELSE "default-src 'none'; frame-ancestors 'none'"

void document_refuse(struct exchange *x, unsigned status, const char *allow, const char *retry,
                     const char *fmt, ...)
{
        const struct reply_header own[] = {
                { "Content-Security-Policy", NOTHING_ELSE },
                { "Cache-Control", "no-store" },
                { "Allow", allow },
                { "Retry-After", retry },
                { 0 },
        };
        static_assert(ELEMENTSOF(own) == OWN_HEADERS_MAX + 1, "they fit");
        char text[TEXT_MAX];
        struct reply reply = { .status = status, .type = TEXT, .body = text };
        va_list ap;
        int n;

        va_start(ap, fmt);
        n = vsnprintf(text, sizeof(text) - 1, fmt, ap);
        va_end(ap);
        n = n < 0 ? 0 : n > TEXT_MAX - 2 ? TEXT_MAX - 2 : n;
        text[n] = '\n';
        text[n + 1] = '\0';
        answer(x, &reply, own);
}

/* Weak: a scan that is under way may have changed rows when the document was made. */
static const char *tag_of(const char *scan_id, const struct document *d, enum language language,
                          char tag[static TAG_MAX])
{
        (void)snprintf(tag, TAG_MAX, "\"%s-%s-%s-%s\"", scan_id, d->by ? d->by : "",
                       language == LANGUAGE_FR ? "fr" : "en", VIGIE_VERSION);
        return tag;
}

/* As the page has it, and what only a header can say. */
static void policy_of(const struct document *d, char policy[static POLICY_MAX])
{
        char own[REPORT_POLICY_MAX];

        if (strcmp(d->type, HTML) != 0)
                (void)snprintf(policy, POLICY_MAX, NOTHING_ELSE);
        else
                (void)snprintf(policy, POLICY_MAX, "%s; frame-ancestors 'none'",
                               d->work.of_history ? history_policy(own) : report_html_policy(own));
}

static void answer_document(struct exchange *x, const struct document *d, enum language language,
                            const char *scan_id, struct reply *reply)
{
        char policy[POLICY_MAX], tag[TAG_MAX], weak[TAG_MAX + 2];
        const struct reply_header own[] = {
                { "Content-Security-Policy", policy },
                { "Cache-Control", "private, no-cache" },
                { "ETag", weak },
                { "Vary", "Accept-Language" },
                { 0 },
        };

        policy_of(d, policy);
        (void)snprintf(weak, sizeof(weak), "W/%s", tag_of(scan_id, d, language, tag));
        answer(x, reply, own);
}

static void answer_kept(struct exchange *x, const struct kept *k, const struct document *d,
                        enum language language)
{
        struct reply reply = {
                .status = LISTENER_OK,
                .type = d->type,
                .file = fcntl(k->file, F_DUPFD_CLOEXEC, 0),
                .size_bytes = k->size_bytes,
        };

        if (reply.file < 0)
                document_refuse(x, LISTENER_UNAVAILABLE, NULL, "5", "%s", strerror(errno));
        else
                answer_document(x, d, language, k->scan_id, &reply);
}

/* ---- making ------------------------------------------------------------------------------------
 */

static struct asker *asker_next(struct kept *k)
{
        struct asker *a = k->askers;

        if (a)
                k->askers = a->next;
        return a;
}

static const struct document *document_of(const struct kept *k, enum language *ret_language)
{
        size_t i = (size_t)(k - &k->all->kept[0][0]);

        *ret_language = (enum language)(i % LANGUAGE_MAX);
        return &list[i / LANGUAGE_MAX];
}

static void forget(struct kept *k)
{
        if (k->file >= 0)
                (void)close(k->file);
        k->file = -1;
        free(TAKE_PTR(k->scan_id));
}

static void refuse_askers(struct kept *k, const char *path, const char *why)
{
        struct asker *a;

        log_warning("%s: %s", path, why);
        while ((a = asker_next(k))) {
                document_refuse(a->exchange, LISTENER_UNAVAILABLE, NULL, "30",
                                _("The document cannot be made: %s"), why);
                free(a);
        }
        forget(k);
}

static void make_next(struct documents *all);

static void on_made(void *user, bool ok, int file, uint64_t size_bytes, const char *why)
{
        struct kept *k = user;
        enum language language;
        const struct document *d = document_of(k, &language);
        struct asker *a;

        language_use(language);
        if (ok) {
                k->file = file;
                k->size_bytes = size_bytes;
                while ((a = asker_next(k))) {
                        answer_kept(a->exchange, k, d, language);
                        free(a);
                }
        } else {
                refuse_askers(k, d->path, why);
        }
        k->rendering = rendering_free(k->rendering);
        k->all->renderings--;
        make_next(k->all);
}

static void make(struct documents *all, struct kept *k)
{
        enum language language;
        const struct document *d = document_of(k, &language);
        struct rendering_work work = d->work;
        struct error err = { 0 };

        work.state_dir = all->state_dir;
        work.config = all->config;
        work.language = language;
        if (rendering_start(&k->rendering, all->event, &work, on_made, k, &err) < 0)
                refuse_askers(k, d->path, err.text);
        else
                all->renderings++;
}

/* What somebody waits for and is not being made, while there is room. */
static void make_next(struct documents *all)
{
        for (size_t i = 0; i < KEPT_MAX; i++) {
                struct kept *k = &all->kept[i / LANGUAGE_MAX][i % LANGUAGE_MAX];

                if (all->renderings == RENDERINGS_MAX)
                        return;
                if (k->askers && !k->rendering)
                        make(all, k);
        }
}

/* Waits for the document, which is begun anew when what there is, or is waited for, is of another
 * scan. */
static int wait_for(struct kept *k, struct exchange *x, const char *scan_id)
{
        struct asker *a = calloc(1, sizeof(*a)), **last = &k->askers;

        if (!a)
                return -ENOMEM;
        if (!k->askers) {
                forget(k);
                k->scan_id = strdup(scan_id);
                if (!k->scan_id) {
                        free(a);
                        return -ENOMEM;
                }
        }
        while (*last)
                last = &(*last)->next;
        a->exchange = x;
        *last = a;
        return 0;
}

void documents_answer(struct documents *all, struct exchange *x, const struct document *d,
                      enum language language, const char *scan_id)
{
        struct reply unchanged = { .status = LISTENER_NOT_MODIFIED, .body = "" };
        struct kept *k = &all->kept[d - list][language];
        char tag[TAG_MAX];

        if (web_has_tag(exchange_header(x, "If-None-Match"), tag_of(scan_id, d, language, tag)))
                answer_document(x, d, language, scan_id, &unchanged);
        else if (k->file >= 0 && strcmp(k->scan_id, scan_id) == 0)
                answer_kept(x, k, d, language);
        else if (wait_for(k, x, scan_id) < 0)
                document_refuse(x, LISTENER_UNAVAILABLE, NULL, "5", "%s", strerror(ENOMEM));
        else
                make_next(all);
}

/* ---- life --------------------------------------------------------------------------------------
 */

int documents_new(struct documents **ret, sd_event *event, const char *state_dir,
                  const char *config, struct error *err)
{
        struct documents *all = calloc(1, sizeof(*all));

        if (!all)
                return error_oom(err);
        all->event = event;
        all->state_dir = state_dir;
        all->config = config;
        for (size_t i = 0; i < KEPT_MAX; i++)
                all->kept[i / LANGUAGE_MAX][i % LANGUAGE_MAX] =
                        (struct kept){ .file = -1, .all = all };
        *ret = all;
        return 0;
}

struct documents *documents_free(struct documents *all)
{
        if (!all)
                return NULL;
        for (size_t i = 0; i < KEPT_MAX; i++) {
                struct kept *k = &all->kept[i / LANGUAGE_MAX][i % LANGUAGE_MAX];
                struct asker *a;

                k->rendering = rendering_free(k->rendering);
                while ((a = asker_next(k))) {
                        document_refuse(a->exchange, LISTENER_UNAVAILABLE, NULL, "30", "%s",
                                        _("vigie serve ends"));
                        free(a);
                }
                forget(k);
        }
        free(all);
        return NULL;
}
