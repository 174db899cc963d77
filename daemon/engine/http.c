#include "daemon/engine/http.h"

#include "daemon/base/clock.h"
#include "daemon/base/version.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>

enum {
        HEADER_BYTES_MAX = 64 * 1024,
        CONNECT_TIMEOUT_MS = 10 * 1000,
        IDLE_PER_SLOT = 8, /* connections kept: a scan turns between the hosts of all services,
                              again for each member of an organisation, and a handshake costs more
                              than ten calls */
};

struct http {
        struct http_options options;
        CURLM *multi;
        CURLSH *share; /* TLS sessions of all handles, to be resumed */
        sd_event_source *timer;
        CURL **idle; /* handles to use again: their TLS sessions and options buffers stay warm */
        size_t n_idle;
        struct http_transfer *transfers;
        bool draining;
};

struct http_transfer {
        struct http *http;
        struct http_transfer *next, **link; /* of http.transfers */
        CURL *easy;
        struct curl_slist *headers, *connect_to;
        char *body;
        size_t body_bytes;
        struct buffer reply_headers;
        struct message_reply reply;
        uint64_t started_usec;
        http_reply_fn on_reply;
        void *user;
        char error[CURL_ERROR_SIZE];
};

/* ---- plain http ---------------------------------------------------------------------------- */

static bool host_is_local(const char *host)
{
        struct in6_addr six;
        struct in_addr four;

        if (strcmp(host, "localhost") == 0)
                return true;
        if (inet_pton(AF_INET, host, &four) == 1) {
                uint32_t address = ntohl(four.s_addr);

                return address >> 24 == 127 || address >> 16 == 0xa9fe; /* 169.254.0.0/16 */
        }
        if (inet_pton(AF_INET6, host, &six) == 1)
                return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_LINKLOCAL(&six) ||
                       strncmp(host, "fd00:ec2::", 10) ==
                               0; /* the metadata services' own addresses */
        return false;
}

bool http_url_allowed(const char *url)
{
        _cleanup_(freep) char *host = NULL;
        const char *from;

        if (strncmp(url, "https://", 8) == 0)
                return true;
        if (strncmp(url, "http://", 7) != 0)
                return false;
        from = url + 7;
        if (*from == '[')
                host = strndup(from + 1, strcspn(from + 1, "]"));
        else
                host = strndup(from, strcspn(from, ":/?#"));
        return host && !strpbrk(host, "@") && host_is_local(host);
}

/* ---- curl's callbacks ---------------------------------------------------------------------- */

static size_t http_on_body(char *data, size_t size, size_t n, void *user)
{
        struct http_transfer *t = user;

        buffer_append(&t->reply.body, data, size * n);
        return buffer_error(&t->reply.body) < 0 ? 0 : size * n;
}

static size_t http_on_header(char *data, size_t size, size_t n, void *user)
{
        struct http_transfer *t = user;
        size_t length = size * n, name = 0;
        char *line;

        if (length >= 5 && strncmp(data, "HTTP/", 5) == 0) {
                buffer_reset(&t->reply_headers); /* after "100 Continue" */
                return length;
        }
        while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\r'))
                length--;
        if (length == 0)
                return size * n;
        line = malloc(length + 1);
        if (!line)
                return 0;
        memcpy(line, data, length);
        for (; name < length && line[name] != ':'; name++)
                line[name] = (char)tolower((unsigned char)line[name]);
        line[length] = '\n';
        buffer_append(&t->reply_headers, line, length + 1);
        free(line);
        return buffer_error(&t->reply_headers) < 0 ? 0 : size * n;
}

static void http_drain(struct http *h);

static int http_on_io(sd_event_source *source, int fd, uint32_t revents, void *user)
{
        struct http *h = user;
        int running, action = 0;

        if (revents & EPOLLIN)
                action |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                action |= CURL_CSELECT_OUT;
        if (revents & (EPOLLERR | EPOLLHUP))
                action |= CURL_CSELECT_ERR;
        (void)curl_multi_socket_action(h->multi, fd, action, &running);
        http_drain(h);
        return 0;
}

static int http_on_timer(sd_event_source *source, uint64_t usec, void *user)
{
        struct http *h = user;
        int running;

        (void)curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        http_drain(h);
        return 0;
}

static int http_on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *assigned)
{
        struct http *h = user;
        sd_event_source *source = assigned;
        uint32_t events = 0;

        if (what == CURL_POLL_REMOVE) {
                sd_event_source_disable_unref(source);
                return 0;
        }
        if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
                events |= EPOLLIN;
        if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
                events |= EPOLLOUT;
        if (source)
                return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
        if (sd_event_add_io(h->options.event, &source, fd, events, http_on_io, h) < 0)
                return -1;
        (void)sd_event_source_set_description(source, "http-socket");
        return curl_multi_assign(h->multi, fd, source) == CURLM_OK ? 0 : -1;
}

static int http_on_timeout(CURLM *multi, long timeout_ms, void *user)
{
        struct http *h = user;
        uint64_t usec = timeout_ms > 0 ? (uint64_t)timeout_ms * USEC_PER_MSEC : 0;

        if (timeout_ms < 0)
                return sd_event_source_set_enabled(h->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time_relative(h->timer, usec) < 0)
                return -1;
        return sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

/* ---- the pool ------------------------------------------------------------------------------ */

int http_new(struct http **ret, const struct http_options *options, struct error *err)
{
        _cleanup_(http_freep) struct http *h = calloc(1, sizeof(*h));
        long connections = (long)options->in_flight_max * IDLE_PER_SLOT;
        int r;

        if (!h)
                return error_oom(err);
        h->options = *options;
        h->idle = calloc(options->in_flight_max, sizeof(*h->idle));
        h->multi = curl_multi_init();
        h->share = curl_share_init();
        if (!h->idle || !h->multi || !h->share)
                return error_oom(err);
        curl_share_setopt(h->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
        r = sd_event_add_time_relative(options->event, &h->timer, CLOCK_MONOTONIC, 0, 1,
                                       http_on_timer, h);
        if (r < 0)
                return error_set(err, r, "cannot make a timer: %s", strerror(-r));
        (void)sd_event_source_set_description(h->timer, "http-timer");
        (void)sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
        curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, http_on_socket);
        curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
        curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, http_on_timeout);
        curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
        curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
        curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, connections);
        *ret = TAKE_PTR(h);
        return 0;
}

static void transfer_free(struct http_transfer *t)
{
        struct http *h = t->http;

        if (t->easy) {
                curl_multi_remove_handle(h->multi, t->easy);
                if (h->n_idle < h->options.in_flight_max) {
                        curl_easy_reset(t->easy);
                        h->idle[h->n_idle++] = t->easy;
                } else {
                        curl_easy_cleanup(t->easy);
                }
        }
        if (t->link) {
                *t->link = t->next;
                if (t->next)
                        t->next->link = t->link;
        }
        for (struct curl_slist *line = t->headers; line; line = line->next)
                explicit_bzero(line->data, strlen(line->data));
        curl_slist_free_all(t->headers);
        curl_slist_free_all(t->connect_to);
        if (t->body)
                explicit_bzero(t->body, t->body_bytes);
        free(t->body);
        buffer_done(&t->reply_headers);
        message_reply_done(&t->reply);
        free(t);
}

struct http *http_free(struct http *h)
{
        if (!h)
                return NULL;
        while (h->transfers)
                transfer_free(h->transfers);
        while (h->n_idle > 0)
                curl_easy_cleanup(h->idle[--h->n_idle]);
        if (h->multi)
                curl_multi_cleanup(h->multi);
        if (h->share)
                curl_share_cleanup(h->share);
        sd_event_source_disable_unref(h->timer);
        free(h->idle);
        free(h);
        return NULL;
}

void http_cancel(struct http_transfer *t)
{
        if (t)
                transfer_free(t);
}

/* ---- one transfer -------------------------------------------------------------------------- */

static enum transport transport_of(CURLcode code, const struct http_transfer *t)
{
        switch (code) {
        case CURLE_OK:
                return TRANSPORT_OK;
        case CURLE_COULDNT_RESOLVE_HOST:
                return TRANSPORT_UNRESOLVED;
        case CURLE_COULDNT_CONNECT:
                return TRANSPORT_REFUSED;
        case CURLE_OPERATION_TIMEDOUT:
                return TRANSPORT_TIMEOUT;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
                return TRANSPORT_TLS;
        case CURLE_WRITE_ERROR:
                return buffer_error(&t->reply.body) == -E2BIG ? TRANSPORT_TOO_LARGE
                                                              : TRANSPORT_BROKEN;
        default:
                return TRANSPORT_BROKEN;
        }
}

static void transfer_finish(struct http_transfer *t, CURLcode code)
{
        http_reply_fn on_reply = t->on_reply;
        void *user = t->user;
        struct message_reply reply;
        long status = 0;

        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        t->reply.status = (int)status;
        t->reply.transport = transport_of(code, t);
        if (code != CURLE_OK)
                (void)snprintf(t->reply.transport_text, sizeof(t->reply.transport_text), "%s",
                               t->error[0] ? t->error : curl_easy_strerror(code));
        t->reply.headers = buffer_take(&t->reply_headers);
        t->reply.received_usec = clock_realtime_usec();
        t->reply.elapsed_usec = clock_boottime_usec() - t->started_usec;
        reply = t->reply;
        t->reply = (struct message_reply){ 0 };
        transfer_free(t); /* the handle is free for what on_reply starts */
        on_reply(user, &reply);
        message_reply_done(&reply);
}

/* Loops until nothing is left: one wake-up may finish many. What the callbacks start is added here,
 * outside curl's own. */
static void http_drain(struct http *h)
{
        CURLMsg *message;
        int left;

        if (h->draining)
                return;
        h->draining = true;
        while ((message = curl_multi_info_read(h->multi, &left))) {
                struct http_transfer *t = NULL;
                CURLcode code;

                if (message->msg != CURLMSG_DONE)
                        continue;
                code = message->data.result;
                curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
                transfer_finish(t, code);
        }
        h->draining = false;
}

static int transfer_headers(struct http_transfer *t, const struct message_request *req,
                            struct error *err)
{
        for (size_t i = 0; i < req->n_headers; i++) {
                struct curl_slist *grown = curl_slist_append(t->headers, req->headers[i]);

                if (!grown)
                        return error_oom(err);
                t->headers = grown;
        }
        if (req->body) { /* no "Expect: 100-continue": a round trip for nothing */
                struct curl_slist *grown = curl_slist_append(t->headers, "Expect:");

                if (!grown)
                        return error_oom(err);
                t->headers = grown;
        }
        return 0;
}

static int transfer_network(struct http_transfer *t, const struct message_request *req,
                            const struct network_config *network, struct error *err)
{
        _cleanup_(freep) char *entry = NULL;

        if (req->unix_path)
                curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH, req->unix_path);
        if (network->ca_file)
                curl_easy_setopt(t->easy, CURLOPT_CAINFO, network->ca_file);
        if (req->no_proxy || !network->proxy)
                curl_easy_setopt(t->easy, CURLOPT_NOPROXY, req->no_proxy ? "*" : NULL);
        if (network->proxy && !req->no_proxy)
                curl_easy_setopt(t->easy, CURLOPT_PROXY, network->proxy);
        if (!network->connect_to || req->no_proxy)
                return 0;
        if (asprintf(&entry, "::%s", network->connect_to) < 0) {
                entry = NULL;
                return error_oom(err);
        }
        t->connect_to = curl_slist_append(NULL, entry);
        if (!t->connect_to)
                return error_oom(err);
        curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to);
        return 0;
}

static void transfer_options(struct http_transfer *t, const struct message_request *req)
{
        uint64_t timeout_usec =
                req->timeout_usec ? req->timeout_usec : t->http->options.timeout_usec;
        long timeout_ms = (long)(timeout_usec / USEC_PER_MSEC);
        CURL *e = t->easy;

        curl_easy_setopt(e, CURLOPT_PRIVATE, t);
        curl_easy_setopt(e, CURLOPT_SHARE, t->http->share);
        /* with a folder of certificates libcurl reads them all again at each handshake; the file it
         * keeps */
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
        curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(e, CURLOPT_URL, req->url);
        curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L); /* the signature covers the path as written */
        curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L); /* a token never leaves its host */
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
        curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
        curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
        curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms);
        curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
                         timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : (long)CONNECT_TIMEOUT_MS);
        curl_easy_setopt(e, CURLOPT_USERAGENT, "vigie/" VIGIE_VERSION " (read-only AI inventory)");
        curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
        curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, http_on_body);
        curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
        curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, http_on_header);
        curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
        if (req->fresh) {
                curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
                curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
                curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
        }
        if (req->body) {
                curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)req->body_bytes);
                curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->body);
        }
        if (strcmp(req->method, "HEAD") == 0)
                curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
        else if (strcmp(req->method, req->body ? "POST" : "GET") != 0)
                curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
}

int http_send(struct http *h, const struct message_request *req,
              const struct network_config *network, http_reply_fn on_reply, void *user,
              struct http_transfer **ret, struct error *err)
{
        struct http_transfer *t;
        int r;

        if (!http_url_allowed(req->url) &&
            !(req->plain_allowed && strncmp(req->url, "http://", 7) == 0))
                return error_set(err, -EINVAL,
                                 "%.120s: plain http is for loopback and link-local addresses "
                                 "only; use https",
                                 req->url);
        t = calloc(1, sizeof(*t));
        if (!t)
                return error_oom(err);
        t->http = h;
        t->on_reply = on_reply;
        t->user = user;
        t->reply.body = BUFFER_INIT(h->options.reply_bytes_max);
        t->reply_headers = BUFFER_INIT(HEADER_BYTES_MAX);
        t->started_usec = clock_boottime_usec();
        t->easy = h->n_idle > 0 ? h->idle[--h->n_idle] : curl_easy_init();
        t->body = req->body ? malloc(req->body_bytes + 1) : NULL;
        t->body_bytes = t->body ? req->body_bytes : 0;
        if (t->body)
                memcpy(t->body, req->body, t->body_bytes);
        r = t->easy && (t->body || !req->body) ? transfer_headers(t, req, err) : error_oom(err);
        if (r == 0)
                r = transfer_network(t, req, network, err);
        if (r < 0) {
                transfer_free(t);
                return r;
        }
        transfer_options(t, req);
        t->next = h->transfers;
        t->link = &h->transfers;
        if (t->next)
                t->next->link = &t->next;
        h->transfers = t;
        if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
                transfer_free(t);
                return error_set(err, -EIO, "libcurl does not take the transfer");
        }
        *ret = t;
        return 0;
}
