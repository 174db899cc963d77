#include "daemon/watch/listener.h"

#include "daemon/base/clock.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <string.h>

enum {
        CONNECTIONS_MAX = 64,
        CONNECTION_BYTES = 8 * 1024, /* request line and headers */
        IDLE_SECONDS = 10,
        WAKE_ACCURACY_USEC = 100 * 1000,
};

struct listener {
        struct MHD_Daemon *daemon;
        sd_event_source *io, *timer;
        listener_fn on_request;
        void *user;
        struct exchange *waiting; /* suspended, not answered yet */
        bool ending;              /* nobody is there to handle what comes now */
};

struct exchange {
        struct listener *listener;
        struct MHD_Connection *connection;
        struct exchange *next, **link; /* of listener.waiting; link NULL while it is not kept */
        const char *method;
        char *path;
        struct MHD_Response *response; /* once answered */
        unsigned status;
        bool asked; /* the handler has seen it */
};

/* ---- the loop ----------------------------------------------------------------------------------
 */

/* What is to be done now is not put off to be done with something else. */
static void listener_wake(struct listener *l, uint64_t usec)
{
        (void)sd_event_source_set_time_accuracy(l->timer, usec > 0 ? WAKE_ACCURACY_USEC : 1);
        (void)sd_event_source_set_time_relative(l->timer, usec);
        (void)sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

static void listener_run(struct listener *l)
{
        MHD_UNSIGNED_LONG_LONG ms = 0;

        (void)MHD_run(l->daemon);
        if (MHD_get_timeout(l->daemon, &ms) != MHD_YES) { /* nobody is connected */
                (void)sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
                return;
        }
        listener_wake(l, ms * USEC_PER_MSEC);
}

static int listener_on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
        listener_run(user);
        return 0;
}

static int listener_on_timer(sd_event_source *source, uint64_t usec, void *user)
{
        listener_run(user);
        return 0;
}

/* ---- exchanges ---------------------------------------------------------------------------------
 */

static void exchange_unlink(struct exchange *x)
{
        if (!x->link)
                return;
        *x->link = x->next;
        if (x->next)
                x->next->link = x->link;
        x->link = NULL;
}

static void exchange_keep(struct exchange *x)
{
        struct listener *l = x->listener;

        MHD_suspend_connection(x->connection);
        x->next = l->waiting;
        x->link = &l->waiting;
        if (x->next)
                x->next->link = &x->next;
        l->waiting = x;
}

const char *exchange_method(const struct exchange *x)
{
        return x->method;
}

const char *exchange_path(const struct exchange *x)
{
        return x->path;
}

const char *exchange_argument(const struct exchange *x, const char *name)
{
        return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *exchange_header(const struct exchange *x, const char *name)
{
        return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static struct MHD_Response *response_of(const struct reply *reply)
{
        struct MHD_Response *response;

        if (reply->body)
                return MHD_create_response_from_buffer(strlen(reply->body), (void *)reply->body,
                                                       MHD_RESPMEM_MUST_COPY);
        response = MHD_create_response_from_fd64(reply->size_bytes, reply->file);
        if (!response)
                (void)close(reply->file);
        return response;
}

void exchange_answer(struct exchange *x, const struct reply *reply)
{
        x->status = reply->status;
        x->response = response_of(reply);
        if (x->response && reply->type)
                (void)MHD_add_response_header(x->response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                              reply->type);
        for (const struct reply_header *h = reply->headers; x->response && h && h->name; h++)
                if (h->value)
                        (void)MHD_add_response_header(x->response, h->name, h->value);
        if (!x->link)
                return; /* the handler that is running sends it */
        exchange_unlink(x);
        MHD_resume_connection(x->connection);
        listener_wake(x->listener, 0);
}

void exchange_reply(struct exchange *x, unsigned status, const char *type, const char *body)
{
        const struct reply reply = { .status = status, .type = type, .body = body };

        exchange_answer(x, &reply);
}

/* ---- libmicrohttpd's callbacks -----------------------------------------------------------------
 */

static struct exchange *exchange_new(struct listener *l, struct MHD_Connection *connection,
                                     const char *method, const char *path)
{
        struct exchange *x = calloc(1, sizeof(*x));

        if (!x)
                return NULL;
        x->listener = l;
        x->connection = connection;
        x->method = method; /* lives as long as the request */
        x->path = strdup(path);
        if (x->path)
                return x;
        free(x);
        return NULL;
}

static void tell_end(struct exchange *x)
{
        exchange_reply(x, LISTENER_UNAVAILABLE, "application/json",
                       "{\"error\": \"the daemon ends\"}\n");
}

/* First without content, then for each piece of a body, then with none left; and once more after an
 * exchange that was kept was answered. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
        struct listener *l = cls;
        struct exchange *x = *context;
        enum MHD_Result result;

        if (!x) {
                *context = exchange_new(l, connection, method, url);
                return *context ? MHD_YES : MHD_NO;
        }
        if (*upload_size > 0) { /* nothing here takes a body */
                *upload_size = 0;
                return MHD_YES;
        }
        if (!x->asked) {
                x->asked = true;
                if (l->ending)
                        tell_end(x);
                else
                        l->on_request(l->user, x);
                if (x->status == 0) {
                        exchange_keep(x);
                        return MHD_YES;
                }
        }
        if (!x->response) /* no memory for it */
                return MHD_NO;
        result = MHD_queue_response(connection, x->status, x->response);
        MHD_destroy_response(x->response);
        x->response = NULL;
        return result;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
        struct exchange *x = *context;

        if (!x)
                return;
        if (x->response)
                MHD_destroy_response(x->response);
        free(x->path);
        free(x);
        *context = NULL;
}

/* ---- life --------------------------------------------------------------------------------------
 */

static int start(struct listener *l, int fd, struct error *err)
{
        l->daemon = MHD_start_daemon(
                MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, l,
                MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, l,
                MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_END);
        if (l->daemon)
                return 0;
        (void)close(fd);
        return error_set(err, -EIO, "libmicrohttpd does not start");
}

static int join_loop(struct listener *l, sd_event *event)
{
        const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
        int r = info ? sd_event_add_io(event, &l->io, info->epoll_fd, EPOLLIN, listener_on_io, l)
                     : -ENOTSUP;

        if (r >= 0)
                r = sd_event_add_time_relative(event, &l->timer, CLOCK_MONOTONIC, 0,
                                               WAKE_ACCURACY_USEC, listener_on_timer, l);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(l->io, "listener");
        (void)sd_event_source_set_description(l->timer, "listener-timer");
        return sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
}

int listener_new(struct listener **ret, sd_event *event, int fd, listener_fn on_request_fn,
                 void *user, struct error *err)
{
        _cleanup_(listener_freep) struct listener *l = calloc(1, sizeof(*l));
        int r;

        if (!l) {
                (void)close(fd);
                return error_oom(err);
        }
        l->on_request = on_request_fn;
        l->user = user;
        r = start(l, fd, err);
        if (r < 0)
                return r;
        r = join_loop(l, event);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        *ret = TAKE_PTR(l);
        return 0;
}

struct listener *listener_free(struct listener *l)
{
        if (!l)
                return NULL;
        l->ending = true;
        while (l->waiting)
                tell_end(l->waiting);
        if (l->daemon) {
                int fd;

                /* what was answered just now goes out; more may come in */
                (void)MHD_run(l->daemon);
                /* stopping alone would shut the socket down, which systemd may hold too */
                fd = MHD_quiesce_daemon(l->daemon);
                MHD_stop_daemon(l->daemon);
                if (fd >= 0)
                        (void)close(fd);
        }
        sd_event_source_disable_unref(l->io);
        sd_event_source_disable_unref(l->timer);
        free(l);
        return NULL;
}
