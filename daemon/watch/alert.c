#include "daemon/watch/alert.h"

#include "daemon/base/buffer.h"
#include "daemon/model/verdict.h"
#include "daemon/report/language.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

/* The library says nothing when journald is not there; looking for its socket does. */
#define JOURNAL_SOCKET "/run/systemd/journal/socket"

static const char *field_text(const json_t *fields, const char *key)
{
        const char *text = json_string_value(json_object_get(fields, key));

        return text ? text : "";
}

/* ---- words for people --------------------------------------------------------------------------
 */

/* "aws / prod / 111122223333 / eu-west-1", and the resource when there is one. */
static void put_where(struct buffer *b, const json_t *f)
{
        static const char *const keys[] = { "provider", "account", "scope", "region" };
        const char *name = field_text(f, "name"), *resource = field_text(f, "resource"),
                   *separator = "";

        for (size_t i = 0; i < ELEMENTSOF(keys); i++) {
                const char *part = field_text(f, keys[i]);

                if (!*part)
                        continue;
                buffer_printf(b, "%s%s", separator, part);
                separator = " / ";
        }
        if (*name || *resource)
                buffer_printf(b, "%s%s", *separator ? ": " : "", *name ? name : resource);
}

static void put_why(struct buffer *b, const json_t *f, enum language language)
{
        const json_t *why = json_object_get(f, "why");
        const char *text =
                json_string_value(json_object_get(why, language == LANGUAGE_FR ? "fr" : "en"));

        if (!text)
                text = json_string_value(json_object_get(why, "en"));
        if (!text)
                text = json_string_value(why);
        if (text && *text)
                buffer_printf(b, ". %s", text);
}

static void put_finding(struct buffer *b, const json_t *f, enum language language, const char *verb)
{
        buffer_printf(b, "%s %s (%s, %s): ", field_text(f, "rule"), verb, field_text(f, "verdict"),
                      field_text(f, "severity"));
        put_where(b, f);
        put_why(b, f, language);
}

static void text_finding_opened(struct buffer *b, const json_t *f, enum language language)
{
        put_finding(b, f, language, _("opened"));
}

static void text_finding_worsened(struct buffer *b, const json_t *f, enum language language)
{
        put_finding(b, f, language, _("worsened"));
}

static void text_finding_closed(struct buffer *b, const json_t *f, enum language language)
{
        put_finding(b, f, language, _("closed"));
}

static void put_thing(struct buffer *b, const json_t *f, const char *verb)
{
        buffer_printf(b, "%s ", verb);
        put_where(b, f);
        if (*field_text(f, "kind"))
                buffer_printf(b, " (%s)", field_text(f, "kind"));
}

static void text_resource_appeared(struct buffer *b, const json_t *f, enum language language)
{
        put_thing(b, f, _("Resource appeared:"));
}

static void text_resource_changed(struct buffer *b, const json_t *f, enum language language)
{
        const json_t *change;
        size_t i;

        put_thing(b, f, _("Resource changed:"));
        json_array_foreach(json_object_get(f, "changes"), i, change)
                buffer_printf(b, "%s%s", i ? ", " : ": ", field_text(change, "fact"));
}

static void text_resource_gone(struct buffer *b, const json_t *f, enum language language)
{
        put_thing(b, f, _("Resource gone:"));
}

static void put_coverage(struct buffer *b, const json_t *f, const char *verb)
{
        buffer_printf(b, "%s ", verb);
        put_where(b, f);
        if (*field_text(f, "collector"))
                buffer_printf(b, " (%s)", field_text(f, "collector"));
        if (*field_text(f, "cause"))
                buffer_printf(b, ": %s", field_text(f, "cause"));
}

static void text_coverage_lost(struct buffer *b, const json_t *f, enum language language)
{
        put_coverage(b, f, _("Can no longer read"));
}

static void text_coverage_restored(struct buffer *b, const json_t *f, enum language language)
{
        put_coverage(b, f, _("Can read again"));
}

static void text_credentials_failing(struct buffer *b, const json_t *f, enum language language)
{
        put_coverage(b, f, _("Credentials do not work:"));
}

static void text_credentials_expiring(struct buffer *b, const json_t *f, enum language language)
{
        put_coverage(b, f, _("Credentials expire soon:"));
}

static void text_scan_finished(struct buffer *b, const json_t *f, enum language language)
{
        buffer_printf(b, _("Scan %s finished"), field_text(f, "scan"));
        if (json_is_false(json_object_get(f, "complete")))
                buffer_printf(b, " (%s)", _("incomplete"));
}

static void text_scan_overdue(struct buffer *b, const json_t *f, enum language language)
{
        buffer_add(b, _("No scan has come to its end for two intervals: "));
        put_where(b, f);
}

static void text_waiver_expired(struct buffer *b, const json_t *f, enum language language)
{
        buffer_printf(b,
                      _("Waiver %s (%s) ended on %s; what it waived is to be addressed again (%s)"),
                      field_text(f, "waiver"), field_text(f, "owner"), field_text(f, "until"),
                      field_text(f, "rule"));
}

/* What became of it, in the words of the events that tell it otherwise. */
static const char *event_words(const json_t *f)
{
        static const struct {
                const char *event, *words;
        } events[] = {
                { "opened", N_("open") },
                { "worsened", N_("open") },
                { "closed", N_("closed") },
                { "appeared", N_("there") },
                { "gone", N_("gone") },
                { "lost", N_("cannot be read") },
                { "restored", N_("can be read") },
        };

        for (size_t i = 0; i < ELEMENTSOF(events); i++)
                if (strcmp(field_text(f, "event"), events[i].event) == 0)
                        return _(events[i].words);
        return "";
}

static void put_subject(struct buffer *b, const json_t *f)
{
        const char *what = *field_text(f, "rule")        ? field_text(f, "rule")
                           : *field_text(f, "collector") ? field_text(f, "collector")
                                                         : field_text(f, "kind");

        buffer_printf(b, "%s%s", what, *what ? " " : "");
        put_where(b, f);
}

static void text_flapping(struct buffer *b, const json_t *f, enum language language)
{
        json_int_t within_s = json_integer_value(json_object_get(f, "within_s"));
        char within[32];

        if (within_s % 3600 == 0)
                (void)snprintf(within, sizeof(within), "%lld h", (long long)(within_s / 3600));
        else
                (void)snprintf(within, sizeof(within), "%lld min", (long long)(within_s / 60));
        buffer_printf(b, "%s ", _("Flapping:"));
        put_subject(b, f);
        buffer_add(b, ". ");
        buffer_printf(b,
                      _("It changed %lld times within %s (now: %s); it is told again when it has "
                        "been the same for as long, or is worse than before"),
                      (long long)json_integer_value(json_object_get(f, "times")), within,
                      event_words(f));
        put_why(b, f, language);
}

static void text_settled(struct buffer *b, const json_t *f, enum language language)
{
        buffer_printf(b, "%s ", _("Stable again:"));
        put_subject(b, f);
        buffer_printf(b, ": %s", event_words(f));
        put_why(b, f, language);
}

static void text_config_refused(struct buffer *b, const json_t *f, enum language language)
{
        buffer_printf(b, _("New configuration refused, the old one stays: %s"),
                      field_text(f, "cause"));
}

static void text_snapshot_written(struct buffer *b, const json_t *f, enum language language)
{
        buffer_printf(b, _("Snapshot written: %s"), field_text(f, "cause"));
}

static void text_snapshot_failed(struct buffer *b, const json_t *f, enum language language)
{
        const char *cause = field_text(f, "cause"), *written = field_text(f, "written");

        if (*written)
                buffer_printf(b, _("Snapshot written (%s), but: %s"), written, cause);
        else
                buffer_printf(b, _("No snapshot was written: %s"), cause);
}

static void text_snapshot_unstamped(struct buffer *b, const json_t *f, enum language language)
{
        buffer_printf(b, _("Snapshot without time stamp: %s"), field_text(f, "cause"));
}

static void put_severities(struct buffer *b, const json_t *severities)
{
        const char *separator = " (";

        for (int i = SEVERITY_MAX - 1; i >= 0; i--) {
                const char *name = severity_name((enum severity)i);
                json_int_t n = json_integer_value(json_object_get(severities, name));

                if (n == 0)
                        continue;
                buffer_printf(b, "%s%lld %s", separator, (long long)n, name);
                separator = ", ";
        }
        if (*separator == ',')
                buffer_add(b, ")");
}

/* {"count", "kinds": [{"kind", "n", "severities": {"high": n}}]} */
static void text_digest(struct buffer *b, const json_t *f, enum language language)
{
        static const char *const words[] = {
                [EVENT_FINDING_OPENED] = N_("findings opened"),
                [EVENT_FINDING_WORSENED] = N_("findings worsened"),
                [EVENT_FINDING_CLOSED] = N_("findings closed"),
                [EVENT_RESOURCE_APPEARED] = N_("resources appeared"),
                [EVENT_RESOURCE_CHANGED] = N_("resources changed"),
                [EVENT_RESOURCE_GONE] = N_("resources gone"),
                [EVENT_COVERAGE_LOST] = N_("lists that can no longer be read"),
                [EVENT_COVERAGE_RESTORED] = N_("lists that can be read again"),
        };
        const json_t *row;
        size_t i;

        buffer_printf(b, _("%s changes at once"), field_text(f, "count"));
        json_array_foreach(json_object_get(f, "kinds"), i, row)
        {
                json_int_t kind = json_integer_value(json_object_get(row, "kind"));

                if (kind < 0 || kind >= (json_int_t)ELEMENTSOF(words))
                        continue;
                buffer_printf(b, "%s%lld %s", i ? ", " : ": ",
                              (long long)json_integer_value(json_object_get(row, "n")),
                              _(words[kind]));
                put_severities(b, json_object_get(row, "severities"));
        }
        buffer_add(b, _(". vigie findings, vigie resources and vigie coverage name each"));
}

/* ---- the table of kinds ------------------------------------------------------------------------
 */

static const struct kind {
        const char *message_id; /* never changes: people filter on it */
        int priority;           /* when no severity says it */
        bool by_severity;
        void (*text)(struct buffer *b, const json_t *fields, enum language language);
} kinds[] = {
        /* clang-format off */
        [EVENT_FINDING_OPENED] = { "3d3d6d99412b434192fd585d0e9a7af6", LOG_NOTICE, true, text_finding_opened },
        [EVENT_FINDING_WORSENED] = { "d559e449775f431e8ebb8cd52f40c6af", LOG_NOTICE, true, text_finding_worsened },
        [EVENT_FINDING_CLOSED] = { "81eca71013e2495a9cf32e53cc270421", LOG_INFO, false, text_finding_closed },
        [EVENT_RESOURCE_APPEARED] = { "c93ed90cce43417dab23d26636e1b3ca", LOG_INFO, false, text_resource_appeared },
        [EVENT_RESOURCE_CHANGED] = { "e41c06f299da4630bbb5a1527b214fb1", LOG_INFO, false, text_resource_changed },
        [EVENT_RESOURCE_GONE] = { "65c7dca5e74b4e2289845b06d9c2bca5", LOG_INFO, false, text_resource_gone },
        [EVENT_COVERAGE_LOST] = { "ca137238c7974af08a1912fa0620c21c", LOG_WARNING, false, text_coverage_lost },
        [EVENT_COVERAGE_RESTORED] = { "21520124274b49c0bf0414a7e928d811", LOG_INFO, false, text_coverage_restored },
        [EVENT_CREDENTIALS_FAILING] = { "4e3674c98e734ffaba12fafca5fa0db3", LOG_ERR, false, text_credentials_failing },
        [EVENT_CREDENTIALS_EXPIRING] = { "9367e343b19b48e287381c642102daaa", LOG_WARNING, false, text_credentials_expiring },
        [EVENT_SCAN_FINISHED] = { "5cb67c0d89eb4b94806017283e85d17f", LOG_INFO, false, text_scan_finished },
        [EVENT_SCAN_OVERDUE] = { "e94b4e1d66a0460391b4b0b92651696d", LOG_WARNING, false, text_scan_overdue },
        [EVENT_WAIVER_EXPIRED] = { "1f0b62538d394403b6976fd9253705b7", LOG_WARNING, false, text_waiver_expired },
        [EVENT_FLAPPING] = { "18bf58c28bba49d3885618c3c21bffc4", LOG_NOTICE, true, text_flapping },
        [EVENT_SETTLED] = { "d98e4c5bd8ab43d4902dec4905b3f896", LOG_NOTICE, true, text_settled },
        [ALERT_DIGEST] = { "7f0c9d1e5b8a4c63a2d4e6f1039b58c7", LOG_NOTICE, false, text_digest },
        [ALERT_CONFIG_REFUSED] = { "aaea7b2c88f44ba7b9dc6fc261fc16a6", LOG_ERR, false, text_config_refused },
        [ALERT_SNAPSHOT_WRITTEN] = { "0a9d7c5ee1b84f33a6c2b1f05c1d7e94", LOG_INFO, false, text_snapshot_written },
        [ALERT_SNAPSHOT_FAILED] = { "f2c46b8d3a5e4c0f9b7d1e6a8c35f012", LOG_ERR, false, text_snapshot_failed },
        [ALERT_SNAPSHOT_UNSTAMPED] = { "5b1e0d4a97c2463f8a6fd3c07e92b4d1", LOG_WARNING, false, text_snapshot_unstamped },
        /* clang-format on */
};
static_assert(ELEMENTSOF(kinds) == ALERT_KIND_MAX, "every kind has its row");

const char *alert_message_id(int kind)
{
        return kinds[kind].message_id;
}

int alert_priority(int kind, const json_t *fields)
{
        static const int priorities[] = {
                [SEVERITY_CRITICAL] = LOG_CRIT,  [SEVERITY_HIGH] = LOG_ERR,
                [SEVERITY_MEDIUM] = LOG_WARNING, [SEVERITY_LOW] = LOG_NOTICE,
                [SEVERITY_INFO] = LOG_INFO,
        };
        const json_t *said = json_object_get(fields, "priority"); /* of a digest: the most urgent */
        enum severity severity;

        if (json_is_integer(said) && json_integer_value(said) >= LOG_CRIT &&
            json_integer_value(said) <= LOG_INFO)
                return (int)json_integer_value(said);
        if (kinds[kind].by_severity &&
            severity_from_name(field_text(fields, "severity"), &severity) == 0)
                return priorities[severity];
        return kinds[kind].priority;
}

/* ---- the entry ---------------------------------------------------------------------------------
 */

static int put_field(struct alert *a, const char *name, const char *value)
{
        char *text = NULL;
        int n;

        if (a->n_fields == ALERT_FIELDS_MAX)
                return -E2BIG;
        n = asprintf(&text, "%s=%s", name, value);
        if (n < 0)
                return -ENOMEM;
        a->fields[a->n_fields++] = (struct iovec){ .iov_base = text, .iov_len = (size_t)n };
        return 0;
}

static int put_fields(struct alert *a, const json_t *fields)
{
        static const struct {
                const char *field, *key;
        } names[] = {
                { "VIGIE_RULE", "rule" },         { "VIGIE_VERDICT", "verdict" },
                { "VIGIE_SEVERITY", "severity" }, { "VIGIE_PROVIDER", "provider" },
                { "VIGIE_ACCOUNT", "account" },   { "VIGIE_SCOPE", "scope" },
                { "VIGIE_REGION", "region" },     { "VIGIE_RESOURCE", "resource" },
                { "VIGIE_KIND", "kind" },         { "VIGIE_FINDING", "finding" },
                { "VIGIE_SCAN", "scan" },         { "VIGIE_COLLECTOR", "collector" },
                { "VIGIE_CAUSE", "cause" },       { "VIGIE_WAIVER", "waiver" },
                { "VIGIE_OWNER", "owner" },       { "VIGIE_UNTIL", "until" },
                { "VIGIE_REASON", "reason" },     { "VIGIE_CAUSE", "cause" },
                { "VIGIE_COUNT", "count" },
        };
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(names) && r >= 0; i++)
                if (*field_text(fields, names[i].key))
                        r = put_field(a, names[i].field, field_text(fields, names[i].key));
        return r;
}

enum { MESSAGE_BYTES_MAX = 4096 };

static int put_message(struct alert *a, int kind, const json_t *fields, enum language language)
{
        struct buffer b = BUFFER_INIT(MESSAGE_BYTES_MAX);
        int r;

        kinds[kind].text(&b, fields, language);
        r = buffer_error(&b);
        if (r == 0 || r == -E2BIG) /* a text that is too long ends early; the fields have it all */
                r = put_field(a, "MESSAGE", buffer_text(&b));
        buffer_done(&b);
        return r;
}

int alert_build(struct alert *ret, int kind, const json_t *fields, enum language language)
{
        struct alert a = { 0 };
        char priority[2] = { (char)('0' + alert_priority(kind, fields)), '\0' };
        int r;

        r = put_message(&a, kind, fields, language);
        if (r >= 0)
                r = put_field(&a, "MESSAGE_ID", kinds[kind].message_id);
        if (r >= 0)
                r = put_field(&a, "PRIORITY", priority);
        if (r >= 0)
                r = put_field(&a, "SYSLOG_IDENTIFIER", "vigie");
        if (r >= 0)
                r = put_fields(&a, fields);
        if (r < 0) {
                alert_done(&a);
                return r;
        }
        *ret = a;
        return 0;
}

void alert_done(struct alert *a)
{
        for (size_t i = 0; i < a->n_fields; i++)
                free(a->fields[i].iov_base);
        a->n_fields = 0;
}

const char *alert_field(const struct alert *a, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < a->n_fields; i++) {
                const char *text = a->fields[i].iov_base;

                if (strncmp(text, name, n) == 0 && text[n] == '=')
                        return text + n + 1;
        }
        return NULL;
}

/* ---- sending ------------------------------------------------------------------------------------
 */

int alert_send(const struct alert *a, struct error *err)
{
        int r;

        if (access(JOURNAL_SOCKET, W_OK) < 0)
                return error_set(err, -ENOTCONN, "journald is not there (%s: %s)", JOURNAL_SOCKET,
                                 strerror(errno));
        r = sd_journal_sendv(a->fields, (int)a->n_fields);
        return r < 0 ? error_set(err, r, "journald: %s", strerror(-r)) : 0;
}

static int send_event(struct store *store, const struct store_event *event, enum language language,
                      struct error *err)
{
        uint64_t sequence = event->sequence;
        struct alert a;
        int r = alert_build(&a, (int)event->kind, event->fields, language);

        if (r < 0)
                return error_set(err, r, "alert: %s", strerror(-r));
        r = alert_send(&a, err);
        alert_done(&a);
        return r < 0 ? r : store_outbox_sent(store, sequence, err);
}

int alert_drain(struct store *store, enum language language, unsigned max,
                uint64_t sent_by_kind[EVENT_KIND_MAX], struct error *err)
{
        int sent = 0;

        for (unsigned i = 0; i < max; i++) {
                enum event_kind kind;
                struct store_event event;
                int r = store_outbox_next(store, &event, err);

                if (r <= 0)
                        return r < 0 ? r : sent;
                kind = event.kind;
                r = send_event(store, &event, language, err);
                if (r < 0)
                        return r;
                sent++;
                sent_by_kind[kind]++;
        }
        return sent;
}
