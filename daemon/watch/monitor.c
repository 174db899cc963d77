#include "daemon/watch/monitor.h"

#include "daemon/watch/address.h"
#include "daemon/watch/listener.h"

#include <string.h>

enum { METRICS_BYTES_MAX = 8 * 1024 * 1024 };

struct monitor {
        struct listener *own, *passed; /* the second by systemd */
        struct monitor_source source;
        struct buffer known; /* of the store, as it was after the last scan */
};

static void on_metrics(struct monitor *m, struct exchange *x)
{
        struct buffer b = BUFFER_INIT(METRICS_BYTES_MAX);

        m->source.put_counted(m->source.user, &b);
        buffer_add(&b, buffer_text(&m->known));
        if (buffer_error(&b) < 0)
                exchange_reply(x, LISTENER_FAILED, "text/plain", "out of memory\n");
        else
                exchange_reply(x, LISTENER_OK, METRICS_TYPE, buffer_text(&b));
        buffer_done(&b);
}

static void on_healthz(struct monitor *m, struct exchange *x)
{
        exchange_reply(x, LISTENER_OK, "text/plain", "ok\n");
}

static void on_readyz(struct monitor *m, struct exchange *x)
{
        const char *why = "ready\n";
        bool ready = m->source.is_ready(m->source.user, &why);

        exchange_reply(x, ready ? LISTENER_OK : LISTENER_UNAVAILABLE, "text/plain", why);
}

static void on_request(void *user, struct exchange *x)
{
        static const struct {
                const char *path;
                void (*handler)(struct monitor *m, struct exchange *x);
        } routes[] = {
                { "/metrics", on_metrics },
                { "/healthz", on_healthz },
                { "/readyz", on_readyz },
        };

        if (strcmp(exchange_method(x), "GET") != 0 && strcmp(exchange_method(x), "HEAD") != 0) {
                exchange_reply(x, LISTENER_NOT_ALLOWED, "text/plain", "only to be read\n");
                return;
        }
        for (size_t i = 0; i < ELEMENTSOF(routes); i++)
                if (strcmp(exchange_path(x), routes[i].path) == 0) {
                        routes[i].handler(user, x);
                        return;
                }
        exchange_reply(x, LISTENER_NOT_FOUND, "text/plain",
                       "there is /metrics, /healthz and /readyz\n");
}

static int listen_at(struct monitor *m, sd_event *event, const char *text, struct error *err)
{
        struct address address;
        int fd = -1, r = address_parse(text, &address, err);

        if (r >= 0)
                r = address_listen(&address, &fd, err);
        if (r < 0)
                return error_wrap(err, r, "metrics.listen %s", text);
        return listener_new(&m->own, event, fd, on_request, m, err);
}

int monitor_new(struct monitor **ret, sd_event *event, const char *listen,
                const struct monitor_source *source, struct error *err)
{
        _cleanup_(monitor_freep) struct monitor *m = calloc(1, sizeof(*m));
        int fd, r = 0;

        if (!m)
                return error_oom(err);
        m->source = *source;
        m->known = BUFFER_INIT(METRICS_BYTES_MAX);
        if (listen)
                r = listen_at(m, event, listen, err);
        fd = address_activated("metrics");
        if (r >= 0 && fd >= 0)
                r = listener_new(&m->passed, event, fd, on_request, m, err);
        else if (fd >= 0)
                (void)close(fd);
        if (r < 0)
                return r;
        *ret = m->own || m->passed ? TAKE_PTR(m) : NULL;
        return 0;
}

int monitor_refresh(struct monitor *m, struct store *s, const struct setup *setup,
                    struct error *err)
{
        struct buffer b = BUFFER_INIT(METRICS_BYTES_MAX);
        int r = metrics_put_known(&b, s, setup, err);

        if (r < 0) { /* what was known before is better than series that vanish */
                buffer_done(&b);
                return r;
        }
        buffer_done(&m->known);
        m->known = b;
        return 0;
}

struct monitor *monitor_free(struct monitor *m)
{
        if (!m)
                return NULL;
        m->own = listener_free(m->own);
        m->passed = listener_free(m->passed);
        buffer_done(&m->known);
        free(m);
        return NULL;
}
