#include "tests/cloudsim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/base/clock.h"
#include "daemon/base/number.h"
#include "tests/cloudsim/aws.h"
#include "tests/cloudsim/azure.h"
#include "tests/cloudsim/control.h"
#include "tests/cloudsim/faults.h"
#include "tests/cloudsim/gcp.h"
#include "tests/cloudsim/metadata.h"
#include "tests/cloudsim/meter.h"
#include "tests/cloudsim/mlaas.h"
#include "tests/cloudsim/ovh.h"
#include "tests/cloudsim/request.h"
#include "tests/cloudsim/scaleway.h"
#include "tests/cloudsim/world.h"

enum {
        CONNECTIONS_MAX = 4096,
        CONNECTION_BYTES = 16 * 1024,
        IDLE_SECONDS = 120,
        BLOCK_BYTES = 16 * 1024
};

static void answer(struct request *q)
{
        if (control_claims(q)) {
                control_answer(q);
                return;
        }
        if (azure_claims(q))
                azure_answer(q);
        else if (gcp_claims(q))
                gcp_answer(q);
        else if (metadata_claims(q))
                metadata_answer(q);
        else if (scaleway_cockpit_claims(q))
                scaleway_cockpit_answer(q);
        else if (scaleway_s3_claims(q))
                scaleway_s3_answer(q);
        else if (ovh_claims(q))
                ovh_answer(q);
        else if (scaleway_claims(q))
                scaleway_answer(q);
        else if (mlaas_claims(q))
                mlaas_answer(q);
        else if (aws_claims(q))
                aws_answer(q);
        else
                reply_text(q, 404, "text/plain", "no such host in this world\n");
        faults_spoil(q);
        meter_count(q);
}

static ssize_t half_of_body(void *cls, uint64_t at, char *out, size_t max)
{
        const struct request *q = cls;
        size_t half = q->reply.body.size_bytes / 2;
        size_t n = at < half ? half - (size_t)at : 0;

        if (n == 0)
                return MHD_CONTENT_READER_END_WITH_ERROR;
        n = n < max ? n : max;
        memcpy(out, q->reply.body.data + at, n);
        return (ssize_t)n;
}

static void add_date(const struct request *q, struct MHD_Response *response)
{
        time_t now = (time_t)((int64_t)sim_now_usec(q->sim) / (int64_t)USEC_PER_SEC +
                              q->effects.skew_usec / (int64_t)USEC_PER_SEC);
        char text[64];
        struct tm tm;

        if ((!q->effects.skew_usec && !q->sim->frozen_usec) || !gmtime_r(&now, &tm))
                return;
        (void)strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        (void)MHD_add_response_header(response, "Date", text);
}

static enum MHD_Result send_reply(struct request *q)
{
        struct reply *r = &q->reply;
        size_t size = r->body.size_bytes;
        struct MHD_Response *response;
        enum MHD_Result result;
        char *body;

        if (q->effects.truncate && size > 1) {
                response =
                        MHD_create_response_from_callback(size, BLOCK_BYTES, half_of_body, q, NULL);
        } else {
                body = buffer_take(&r->body);
                response = MHD_create_response_from_buffer(size, body, MHD_RESPMEM_MUST_FREE);
                if (!response)
                        free(body);
        }
        if (!response)
                return MHD_NO;
        if (r->content_type)
                (void)MHD_add_response_header(response, "Content-Type", r->content_type);
        for (size_t i = 0; i < r->n_headers; i++)
                (void)MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
        add_date(q, response);
        result = MHD_queue_response(q->connection, r->status, response);
        MHD_destroy_response(response);
        return result;
}

/* A reset, not an end: unsent data is dropped and the peer gets RST. */
static enum MHD_Result reset_connection(struct request *q)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        const struct linger now = { .l_onoff = 1, .l_linger = 0 };

        if (info)
                (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        return MHD_NO;
}

static void delay(struct server *s, struct request *q, uint64_t delay_usec)
{
        struct request **at = &s->delayed;

        q->delayed = true;
        q->due_usec = clock_boottime_usec() + delay_usec;
        while (*at && (*at)->due_usec <= q->due_usec)
                at = &(*at)->next;
        q->next = *at;
        *at = q;
        MHD_suspend_connection(q->connection);
}

static uint64_t latency_of(const struct request *q)
{
        json_int_t ms = json_integer_value(world_at(q->sim->world, "settings", "latency_ms"));

        return q->effects.delay_usec + (q->identified && ms > 0 ? (uint64_t)ms * USEC_PER_MSEC : 0);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_bytes, void **context)
{
        struct server *s = cls;
        struct request *q = *context;
        uint64_t wait_usec;

        if (!q)
                return MHD_NO;
        if (!*q->method) {
                request_begin(q, method);
                s->sim->in_flight++;
                if (s->sim->in_flight > s->sim->in_flight_max)
                        s->sim->in_flight_max = s->sim->in_flight;
                return MHD_YES;
        }
        if (*data_bytes > 0) {
                buffer_append(&q->body, data, *data_bytes);
                *data_bytes = 0;
                return buffer_error(&q->body) ? MHD_NO : MHD_YES;
        }
        if (!q->delayed) {
                answer(q);
                wait_usec = latency_of(q);
                if (wait_usec > 0) {
                        delay(s, q, wait_usec);
                        return MHD_YES;
                }
        }
        return q->effects.reset ? reset_connection(q) : send_reply(q);
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
        struct server *s = cls;
        struct request *q = NULL;

        (void)request_new(&q, s->sim, connection, uri);
        return q;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
        struct server *s = cls;
        struct request *q = *context;

        if (!q)
                return;
        for (struct request **at = &s->delayed; *at; at = &(*at)->next)
                if (*at == q) {
                        *at = q->next;
                        break;
                }
        if (*q->method)
                s->sim->in_flight--;
        *context = request_free(q);
}

/* The raw path is what was signed: nothing is unescaped here. */
static size_t on_unescape(void *cls, struct MHD_Connection *connection, char *text)
{
        return strlen(text);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
        struct server *s = cls;

        if (what == MHD_CONNECTION_NOTIFY_STARTED)
                s->sim->connections++;
        *socket_context = what == MHD_CONNECTION_NOTIFY_STARTED ? cls : NULL;
}

static int on_certificate(gnutls_session_t session, const gnutls_datum_t *authorities,
                          int n_authorities, const gnutls_pk_algorithm_t *algorithms,
                          int n_algorithms, gnutls_pcert_st **cert, unsigned int *n_certs,
                          gnutls_privkey_t *key)
{
        struct MHD_Connection *connection = gnutls_session_get_ptr(session);
        const union MHD_ConnectionInfo *info =
                connection ? MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
                           : NULL;
        struct server *s = info ? info->socket_context : NULL;
        char name[256];
        size_t n = sizeof(name);
        unsigned int type;
        bool named = gnutls_server_name_get(session, name, &n, &type, 0) == 0;

        if (!s || tls_certificate(s->tls, named ? name : NULL, cert, key) < 0)
                return -1;
        *n_certs = 1;
        return 0;
}

/* Of what both sides can, the client would take AES-256, whose SHA-384 costs a handshake twice what
 * SHA-256 does: thousands of them, one a name, are most of what a test waits for. */
static const char priorities[] = "NORMAL:-CIPHER-ALL:+AES-128-GCM";

static int open_socket(const char *address, unsigned *ret_port, struct error *err)
{
        struct sockaddr_in sa = { .sin_family = AF_INET };
        const char *colon = strrchr(address, ':');
        socklen_t n = sizeof(sa);
        char host[64];
        uint64_t port;
        int one = 1, fd;

        if (!colon || (size_t)(colon - address) >= sizeof(host) ||
            number_parse_u64(colon + 1, &port) < 0 || port > UINT16_MAX)
                return error_set(err, -EINVAL, "%s: not ADDRESS:PORT", address);
        (void)snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
        if (inet_pton(AF_INET, host, &sa.sin_addr) != 1 || ntohl(sa.sin_addr.s_addr) >> 24 != 127)
                return error_set(err, -EINVAL, "%s: not a loopback address", address);
        sa.sin_port = htons((uint16_t)port);
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
            bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, SOMAXCONN) < 0 ||
            getsockname(fd, (struct sockaddr *)&sa, &n) < 0) {
                int r = error_set(err, -errno, "%s: %s", address, strerror(errno));

                if (fd >= 0)
                        (void)close(fd);
                return r;
        }
        *ret_port = ntohs(sa.sin_port);
        return fd;
}

int server_listen(struct server *s, const char *address, bool tls, unsigned *ret_port,
                  struct error *err)
{
        int fd = open_socket(address, ret_port, err);
        unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0);
        const struct MHD_OptionItem secure[] = {
                { MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)on_certificate },
                { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)priorities },
                { MHD_OPTION_END, 0, NULL },
        };
        const struct MHD_OptionItem plain[] = { { MHD_OPTION_END, 0, NULL } };
        struct MHD_Daemon *d;

        if (fd < 0)
                return fd;
        d = MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd,
                             MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_UNESCAPE_CALLBACK,
                             on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
                             MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                             MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                             MHD_OPTION_ARRAY, tls ? secure : plain, MHD_OPTION_END);
        if (!d) {
                (void)close(fd);
                return error_set(err, -EIO, "%s: cannot start the server", address);
        }
        s->daemons[s->n_daemons++] = d;
        return 0;
}

static void send_due(struct server *s)
{
        uint64_t now = clock_boottime_usec();

        while (s->delayed && s->delayed->due_usec <= now) {
                struct request *q = s->delayed;

                s->delayed = q->next;
                q->next = NULL;
                MHD_resume_connection(q->connection);
        }
}

/* The soonest of libmicrohttpd's timers and the delayed replies; NULL: none. */
static struct timespec *wait_for(const struct server *s, struct timespec *ret)
{
        uint64_t least = UINT64_MAX, now = clock_boottime_usec();

        for (size_t i = 0; i < s->n_daemons; i++) {
                MHD_UNSIGNED_LONG_LONG ms;

                if (MHD_get_timeout(s->daemons[i], &ms) == MHD_YES && ms * USEC_PER_MSEC < least)
                        least = ms * USEC_PER_MSEC;
        }
        if (s->delayed && (s->delayed->due_usec <= now || s->delayed->due_usec - now < least))
                least = s->delayed->due_usec <= now ? 0 : s->delayed->due_usec - now;
        if (least == UINT64_MAX)
                return NULL;
        ret->tv_sec = (time_t)(least / USEC_PER_SEC);
        ret->tv_nsec = (long)(least % USEC_PER_SEC * 1000);
        return ret;
}

int server_run(struct server *s, int stop_fd, struct error *err)
{
        struct pollfd fds[SERVER_LISTENERS_MAX + 1] = { { .fd = stop_fd, .events = POLLIN } };
        struct timespec wait;

        for (size_t i = 0; i < s->n_daemons; i++) {
                const union MHD_DaemonInfo *info =
                        MHD_get_daemon_info(s->daemons[i], MHD_DAEMON_INFO_EPOLL_FD);

                fds[i + 1] = (struct pollfd){ .fd = info->epoll_fd, .events = POLLIN };
        }
        for (;;) {
                if (ppoll(fds, s->n_daemons + 1, wait_for(s, &wait), NULL) < 0 && errno != EINTR)
                        return error_set(err, -errno, "poll: %s", strerror(errno));
                if (fds[0].revents)
                        return 0;
                send_due(s);
                for (size_t i = 0; i < s->n_daemons; i++)
                        (void)MHD_run(s->daemons[i]);
        }
}

void server_done(struct server *s)
{
        while (s->delayed) {
                struct request *q = s->delayed;

                s->delayed = q->next;
                MHD_resume_connection(q->connection);
        }
        while (s->n_daemons > 0)
                MHD_stop_daemon(s->daemons[--s->n_daemons]);
}
