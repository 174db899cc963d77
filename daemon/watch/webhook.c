#include "daemon/watch/webhook.h"

#include "daemon/base/clock.h"
#include "daemon/base/log.h"
#include "daemon/engine/http.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>

enum { SECRET_BYTES_MAX = 4096, REPLY_BYTES_MAX = 16 * 1024, LATER_DOUBLED_MAX = 8 };
#define TIMEOUT_USEC (30 * USEC_PER_SEC)
#define LATER_USEC (5 * USEC_PER_SEC)
#define LATER_MAX_USEC (15 * USEC_PER_MINUTE)

static const char position_name[] = "webhook";

struct webhook {
        struct webhook_options options;
        char source[HOST_NAME_MAX + 16];
        uint64_t position; /* of the last event that was taken */
        sd_event_source *timer;

        /* in flight */
        struct http *http; /* while there is something to send */
        struct http_transfer *transfer;
        uint64_t sequence;

        unsigned failures; /* in a row */
};

/* ---- the secret --------------------------------------------------------------------------------
 */

static void secret_wipe(char (*secret)[SECRET_BYTES_MAX])
{
        explicit_bzero(*secret, sizeof(*secret));
}

/* Read each time: one that was renewed is used from then on. */
static int read_secret(const char *name, char secret[static SECRET_BYTES_MAX], struct error *err)
{
        const char *folder = getenv("CREDENTIALS_DIRECTORY");
        _cleanup_(freep) char *path = NULL;
        _cleanup_(fclosep) FILE *f = NULL;
        size_t n;

        if (!folder || !*folder)
                return error_set(err, -ENOKEY,
                                 "there is no credential '%s': the unit needs LoadCredential=%s:…",
                                 name, name);
        if (asprintf(&path, "%s/%s", folder, name) < 0) {
                path = NULL;
                return error_oom(err);
        }
        f = fopen(path, "re");
        if (!f)
                return error_set(err, -ENOKEY, "credential '%s': %s", name, strerror(errno));
        (void)setvbuf(f, NULL, _IONBF, 0); /* no copy of it is left in a buffer */
        n = fread(secret, 1, SECRET_BYTES_MAX - 1, f);
        secret[n] = '\0';
        secret[strcspn(secret, "\r\n")] = '\0';
        return *secret ? 0 : error_set(err, -ENOKEY, "credential '%s' is empty", name);
}

/* ---- sending -----------------------------------------------------------------------------------
 */

static void later(struct webhook *w, uint64_t usec)
{
        (void)sd_event_source_set_time_accuracy(w->timer, usec > 0 ? USEC_PER_SEC : 1);
        (void)sd_event_source_set_time(w->timer, clock_boottime_usec() + usec);
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static void taken(struct webhook *w)
{
        struct error err = { 0 };

        if (w->failures > 0)
                log_info("the webhook takes events again");
        w->failures = 0;
        w->position = w->sequence;
        /* not remembered, it is sent once more after a restart, under the same id */
        if (store_position_set(w->options.store, position_name, w->position, &err) < 0)
                log_warning("the webhook's place: %s", err.text);
        later(w, 0);
}

static void failed(struct webhook *w, const char *why)
{
        unsigned doubled = w->failures < LATER_DOUBLED_MAX ? w->failures : LATER_DOUBLED_MAX;
        uint64_t usec = LATER_USEC << doubled;

        if (w->failures++ == 0)
                log_warning("the webhook does not take events, they are kept and sent later: %s",
                            why);
        later(w, usec < LATER_MAX_USEC ? usec : LATER_MAX_USEC);
}

/* Of this event, not of all: it would be refused for ever, and all others wait behind it. */
static bool is_refusal(int status)
{
        return status == 400 || status == 413 || status == 422;
}

static void webhook_on_reply(void *user, struct message_reply *reply)
{
        struct webhook *w = user;
        bool answered = reply->transport == TRANSPORT_OK || reply->transport == TRANSPORT_TOO_LARGE;
        char why[64];

        w->transfer = NULL;
        (void)snprintf(why, sizeof(why), "HTTP %d%s", reply->status,
                       reply->status / 100 == 3 ? "; redirects are not followed" : "");
        if (answered && reply->status / 100 == 2) {
                taken(w);
        } else if (answered && is_refusal(reply->status)) {
                log_error("the webhook refused event %" PRIu64 " (%s): it is not sent again",
                          w->sequence, why);
                taken(w);
        } else {
                failed(w, answered ? why : reply->transport_text);
        }
}

static int send_body(struct webhook *w, const char *body, const char *signature, struct error *err)
{
        const struct http_options options = {
                .event = w->options.event,
                .in_flight_max = 1,
                .reply_bytes_max = REPLY_BYTES_MAX,
                .timeout_usec = TIMEOUT_USEC,
        };
        struct message_request req;
        int r = w->http ? 0 : http_new(&w->http, &options, err);

        if (r < 0)
                return r;
        message_request_init(&req, "POST");
        message_request_url_take(&req, strdup(w->options.config->url));
        message_request_header(&req, "Content-Type", "application/cloudevents+json; charset=utf-8");
        message_request_header(&req, "Vigie-Signature", "%s", signature);
        message_request_body(&req, body, strlen(body));
        r = message_request_error(&req, err);
        if (r == 0)
                r = http_send(w->http, &req, &w->options.config->network, webhook_on_reply, w,
                              &w->transfer, err);
        message_request_done(&req);
        return r;
}

static int send_event(struct webhook *w, const struct store_event *event, struct error *err)
{
        _cleanup_(secret_wipe) char secret[SECRET_BYTES_MAX] = "";
        _cleanup_(freep) char *body = NULL;
        char signature[WEBHOOK_SIGNATURE_MAX];
        int r = read_secret(w->options.config->secret, secret, err);

        if (r == 0)
                r = webhook_body(&body, event, w->source, w->options.language, err);
        if (r < 0)
                return r;
        assert(body);
        w->sequence = event->sequence;
        if (!webhook_sign(secret, clock_realtime_usec(), body, signature))
                return error_oom(err);
        return send_body(w, body, signature, err);
}

/* The next one, or rest until there is one. */
static int webhook_on_timer(sd_event_source *source, uint64_t usec, void *user)
{
        struct webhook *w = user;
        struct store_event event;
        struct error err = { 0 };
        int r;

        if (w->transfer || w->options.is_busy(w->options.user))
                return 0;
        r = store_outbox_after(w->options.store, w->position, &event, &err);
        if (r > 0)
                r = send_event(w, &event, &err);
        else if (r == 0)
                w->http = http_free(w->http);
        if (r < 0)
                failed(w, err.text);
        return 0;
}

void webhook_wake(struct webhook *w)
{
        /* one that failed has its own time, unless a scan kept it from it */
        if (!w->transfer && (w->failures == 0 || sd_event_source_get_enabled(w->timer, NULL) == 0))
                later(w, 0);
}

/* ---- life --------------------------------------------------------------------------------------
 */

/* Where an earlier one was; one that is new begins with what comes. */
static int find_place(struct webhook *w, struct error *err)
{
        struct store *store = w->options.store;
        int r = store_position(store, position_name, &w->position, err);

        if (r < 0 || w->position != UINT64_MAX)
                return r;
        r = store_outbox_last(store, &w->position, err);
        return r < 0 ? r : store_position_set(store, position_name, w->position, err);
}

static int forget_place(struct store *store, struct error *err)
{
        uint64_t position;
        int r = store_position(store, position_name, &position, err);

        return r < 0 || position == UINT64_MAX
                       ? r
                       : store_position_set(store, position_name, UINT64_MAX, err);
}

int webhook_new(struct webhook **ret, const struct webhook_options *options, struct error *err)
{
        _cleanup_(webhook_freep) struct webhook *w = NULL;
        char host[HOST_NAME_MAX + 1] = "";
        int r;

        if (!options->config->url)
                return forget_place(options->store, err);
        w = calloc(1, sizeof(*w));
        if (!w)
                return error_oom(err);
        w->options = *options;
        if (gethostname(host, sizeof(host) - 1) < 0 || !*host)
                (void)snprintf(host, sizeof(host), "localhost");
        (void)snprintf(w->source, sizeof(w->source), "urn:vigie:%s", host);
        r = sd_event_add_time(options->event, &w->timer, CLOCK_BOOTTIME, 0, USEC_PER_SEC,
                              webhook_on_timer, w);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        (void)sd_event_source_set_description(w->timer, "webhook");
        (void)sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
        r = find_place(w, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}

struct webhook *webhook_free(struct webhook *w)
{
        if (!w)
                return NULL;
        w->http = http_free(w->http);
        sd_event_source_disable_unref(w->timer);
        free(w);
        return NULL;
}
