#include "daemon/watch/authority.h"

#include "daemon/engine/http.h"

#include <errno.h>
#include <string.h>

/* One question in flight. */
struct asking {
        struct buffer *reply;
        bool done;
        int r;
        struct error *err;
};

char *authority_name(const struct timestamp_config *conf, char name[static AUTHORITY_NAME_MAX])
{
        const char *from = strstr(conf->url, "://");

        from = from ? from + 3 : conf->url;
        (void)snprintf(name, AUTHORITY_NAME_MAX, "%.*s", (int)strcspn(from, "/?#"), from);
        return name;
}

static int status_error(int status, struct error *err)
{
        int code = status == 401 || status == 403   ? -EACCES
                   : status == 429 || status == 503 ? -EAGAIN
                   : status >= 500                  ? -EREMOTEIO
                                                    : -EBADMSG;

        return error_set(err, code, "HTTP %d%s", status,
                         status / 100 == 3 ? ": redirects are not followed" : "");
}

static int transport_error(const struct message_reply *reply, struct error *err)
{
        int code = reply->transport == TRANSPORT_TIMEOUT     ? -ETIMEDOUT
                   : reply->transport == TRANSPORT_TOO_LARGE ? -E2BIG
                                                             : -EIO;

        return error_set(err, code, "%s",
                         code == -E2BIG ? "the reply is too large for a time stamp"
                                        : reply->transport_text);
}

static void authority_on_reply(void *user, struct message_reply *reply)
{
        struct asking *a = user;

        a->done = true;
        if (reply->transport != TRANSPORT_OK)
                a->r = transport_error(reply, a->err);
        else if (reply->status / 100 != 2)
                a->r = status_error(reply->status, a->err);
        else
                buffer_append(a->reply, reply->body.data ? reply->body.data : "",
                              reply->body.size_bytes);
}

static int send_question(struct http *http, const struct authority_question *question,
                         struct asking *a)
{
        struct http_transfer *transfer; /* ended by its reply, or with http */
        struct message_request req;
        int r;

        message_request_init(&req, "POST");
        message_request_url_take(&req, strdup(question->conf->url));
        message_request_header(&req, "Content-Type", "application/timestamp-query");
        message_request_header(&req, "Accept", "application/timestamp-reply");
        message_request_body(&req, question->query, question->query_bytes);
        req.plain_allowed = true;
        r = message_request_error(&req, a->err);
        if (r == 0)
                r = http_send(http, &req, &question->conf->network, authority_on_reply, a,
                              &transfer, a->err);
        message_request_done(&req);
        return r;
}

int authority_ask(const struct authority_question *question, struct buffer *reply,
                  struct error *err)
{
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(http_freep) struct http *http = NULL;
        struct http_options options = { .in_flight_max = 1,
                                        .reply_bytes_max = AUTHORITY_REPLY_BYTES_MAX,
                                        .timeout_usec = question->timeout_usec };
        struct asking a = { .reply = reply, .err = err };
        int r;

        if (sd_event_new(&event) < 0)
                return error_oom(err);
        options.event = event;
        r = http_new(&http, &options, err);
        if (r == 0)
                r = send_question(http, question, &a);
        if (r < 0)
                return r;
        while (r >= 0 && !a.done)
                r = sd_event_run(event, UINT64_MAX);
        if (r < 0)
                return error_set(err, r, "event loop: %s", strerror(-r));
        return a.r < 0 ? a.r : buffer_error(reply);
}
