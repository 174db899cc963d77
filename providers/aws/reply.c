/* What came back, in any of the protocols, as one meaning. */
#include "providers/aws/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/xml.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const uint64_t retry_after_max_usec = USEC_PER_DAY;

/* S3's lists stand without a wrapper around each. */
static const char *const s3_repeated[] = { "Bucket", "Rule", "Contents", NULL };

/* ---- texts --------------------------------------------------------------------------------- */

/* The length without half a character where a text was cut. */
static size_t whole_characters(const char *text, size_t n)
{
        size_t tail = 0, want;
        unsigned char lead;

        while (tail < n && tail < 4 && ((unsigned char)text[n - 1 - tail] & 0xc0) == 0x80)
                tail++;
        if (tail == n)
                return n;
        lead = (unsigned char)text[n - 1 - tail];
        want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
        return tail < want ? n - 1 - tail : n;
}

/* One line, cut, without control characters; what a service says it would have signed is left out:
 * the session token stands in it. */
static void set_text(struct reply_meaning *ret, const char *text)
{
        static const char *const secret_parts[] = { "The Canonical String", "The String-to-Sign",
                                                    "x-amz-security-token",
                                                    "X-Amz-Security-Token" };
        size_t end = strlen(text), n = 0;

        for (size_t i = 0; i < ELEMENTSOF(secret_parts); i++) {
                const char *at = strstr(text, secret_parts[i]);

                if (at && (size_t)(at - text) < end)
                        end = (size_t)(at - text);
        }
        for (size_t i = 0; i < end && n + 1 < sizeof(ret->text); i++) {
                bool control = iscntrl((unsigned char)text[i]);

                if (!control || (n > 0 && ret->text[n - 1] != ' '))
                        ret->text[n++] = control ? ' ' : text[i];
        }
        while (n > 0 && ret->text[n - 1] == ' ')
                n--;
        ret->text[whole_characters(ret->text, n)] = '\0';
}

/* "com.amazonaws.x#ValidationException:http://…" is ValidationException. */
static void set_code(struct reply_meaning *ret, const char *code)
{
        size_t n = strcspn(code, ":;");
        const char *hash = memrchr(code, '#', n);

        if (hash) {
                n -= (size_t)(hash + 1 - code);
                code = hash + 1;
        }
        if (n >= sizeof(ret->code))
                n = sizeof(ret->code) - 1;
        for (size_t i = 0; i < n; i++)
                ret->code[i] = isgraph((unsigned char)code[i]) ? code[i] : '_';
        ret->code[n] = '\0';
}

static void set_broken(struct reply_meaning *ret, int status, const char *why)
{
        ret->kind = REPLY_BROKEN;
        (void)snprintf(ret->text, sizeof(ret->text), "HTTP status %d, but %.300s", status, why);
}

/* ---- the body ------------------------------------------------------------------------------ */

struct body {
        json_t *json;            /* NULL: none, or unreadable */
        char root[XML_NAME_MAX]; /* of XML; "" for JSON */
        struct error error;
        bool empty;
        bool page; /* HTML */
};

static void body_read(struct body *b, const struct message_reply *reply)
{
        const char *text = buffer_text(&reply->body);
        size_t size_bytes = reply->body.size_bytes, skip;
        struct xml_document document = { 0 };

        *b = (struct body){ 0 };
        if (size_bytes >= 3 && strncmp(text, "\xef\xbb\xbf", 3) == 0) {
                text += 3;
                size_bytes -= 3;
        }
        skip = strspn(text, " \t\r\n");
        b->empty = skip >= size_bytes;
        if (b->empty) {
                (void)error_set(&b->error, -EBADMSG, "the body is empty");
        } else if (text[skip] == '<') {
                b->page = strncasecmp(text + skip, "<!doctype html", 14) == 0 ||
                          strncasecmp(text + skip, "<html", 5) == 0;
                if (xml_parse(text + skip, size_bytes - skip, s3_repeated, &document, &b->error) ==
                    0) {
                        b->json = document.content;
                        (void)snprintf(b->root, sizeof(b->root), "%s", document.root);
                }
        } else {
                (void)json_parse(text, size_bytes, &b->json, &b->error);
        }
}

/* ---- errors -------------------------------------------------------------------------------- */

static const char *first_string(const json_t *object, const char *const *paths)
{
        for (; *paths; paths++) {
                const char *text = json_path_string(object, *paths);

                if (text && text[0] != '\0')
                        return text;
        }
        return NULL;
}

/* JSON: {"__type"}, {"code"}, {"Error": {"Code"}}; XML: <ErrorResponse><Error>, <Response><Errors>,
 * <Error>. */
static const char *const code_paths[] = {
        "__type",    "code", "Code", "Error.Code", "Errors.Error.Code", "Errors.Error[0].Code",
        "errorCode", NULL
};
static const char *const rest_code_paths[] = {
        "code", "Code", "__type", "Error.Code", "error", NULL
};
static const char *const text_paths[] = { "message",
                                          "Message",
                                          "Error.Message",
                                          "Errors.Error.Message",
                                          "Errors.Error[0].Message",
                                          "errorMessage",
                                          "error_description",
                                          NULL };
static const char *const id_paths[] = { "RequestId", "RequestID", "requestId",
                                        "ResponseMetadata.RequestId", NULL };

static void read_error_code(const struct message_reply *reply, enum aws_protocol protocol,
                            const struct body *b, struct reply_meaning *ret)
{
        char header[160] = "";
        const char *code = NULL;

        if (!message_reply_header(reply, "x-amzn-query-error", header, sizeof(header)) &&
            (protocol == AWS_REST_JSON || protocol == AWS_REST_XML))
                (void)message_reply_header(reply, "x-amzn-errortype", header, sizeof(header));
        if (header[0] == '\0') {
                code = first_string(b->json,
                                    protocol == AWS_REST_JSON ? rest_code_paths : code_paths);
                if (!code && b->root[0] && strstr(b->root, "Exception"))
                        code = b->root;
        }
        if (header[0] == '\0' && !code)
                (void)message_reply_header(reply, "x-amzn-errortype", header, sizeof(header));
        set_code(ret, code ? code : header);
}

static void read_error(const struct message_reply *reply, enum aws_protocol protocol,
                       const struct body *b, struct reply_meaning *ret, struct aws_reading *reading)
{
        const char *text = first_string(b->json, text_paths);

        read_error_code(reply, protocol, b, ret);
        set_text(ret, text ? text : "");
        if (b->page && ret->code[0] == '\0')
                set_text(ret, "the body is a web page, as a proxy or a load balancer writes them");
        ret->kind = aws_error_kind(reply->status, ret, reading);
        /* whoever wrote the page, it is not the service that says it is not there */
        if (b->page && ret->kind == REPLY_ABSENT && !ret->stated)
                ret->kind = REPLY_BROKEN;
        if (ret->kind == REPLY_MOVED)
                (void)message_reply_header(reply, "x-amz-bucket-region", ret->code,
                                           sizeof(ret->code));
        if (ret->code[0] == '\0')
                (void)snprintf(ret->code, sizeof(ret->code), "HTTP %d", reply->status);
}

/* ---- success ------------------------------------------------------------------------------- */

static bool is_error_root(const struct body *b)
{
        return strcmp(b->root, "ErrorResponse") == 0 || strcmp(b->root, "Error") == 0 ||
               (strcmp(b->root, "Response") == 0 && json_object_get(b->json, "Errors"));
}

/* "<Operation>Response" is what an answer to it is called, in XML and in STS's JSON. */
static bool is_response_of(const char *name, const char *operation)
{
        size_t n = strlen(operation);

        return strncmp(name, operation, n) == 0 && strcmp(name + n, "Response") == 0;
}

static json_t *take_form_answer(struct body *b, const char *operation)
{
        const char *key;
        json_t *value;

        if (b->root[0])
                return is_response_of(b->root, operation) ? TAKE_PTR(b->json) : NULL;
        json_object_foreach(b->json, key, value)
        {
                if (is_response_of(key, operation))
                        return json_incref(value);
        }
        return NULL;
}

/* What the protocol's success looks like, as an object; NULL with why when it is something else. */
static json_t *take_answer(struct body *b, enum aws_protocol protocol, const char *operation,
                           const char **why)
{
        json_t *json = NULL;

        *why = "it is no answer to this call";
        switch (protocol) {
        case AWS_QUERY:
        case AWS_EC2:
                json = take_form_answer(b, operation);
                break;
        case AWS_REST_XML:
                /* a bucket's policy is JSON among its other settings */
                if (b->root[0] ? strcasecmp(b->root, "html") != 0
                               : strcmp(operation, "GetBucketPolicy") == 0)
                        json = TAKE_PTR(b->json);
                break;
        case AWS_JSON_1_1:
        case AWS_JSON_1_0:
        case AWS_REST_JSON:
        case AWS_PROTOCOL_MAX:
                *why = b->root[0] ? "the body is XML or HTML, not JSON"
                                  : "the body is no JSON object";
                json = b->root[0] ? NULL : TAKE_PTR(b->json);
                break;
        }
        if (json_is_string(json) && protocol != AWS_JSON_1_1 && protocol != AWS_JSON_1_0 &&
            protocol != AWS_REST_JSON && json_string_length(json) == 0) {
                json_decref(json); /* an element with nothing in it */
                json = json_object();
        }
        if (json_is_object(json))
                return json;
        json_decref(json);
        return NULL;
}

static void read_success(const struct message_reply *reply, enum aws_protocol protocol,
                         const char *operation, struct body *b, struct reply_meaning *ret,
                         struct aws_reading *reading)
{
        const char *why = b->error.text;

        if (b->json && b->root[0] && is_error_root(b)) { /* S3 can fail after its 200 */
                read_error(reply, protocol, b, ret, reading);
                return;
        }
        if (b->json)
                ret->body = take_answer(b, protocol, operation, &why);
        if (ret->body)
                ret->kind = REPLY_OK;
        else
                set_broken(ret, reply->status, why);
}

/* ---- what comes beside the body ------------------------------------------------------------ */

static void read_request_id(const struct message_reply *reply, const struct body *b,
                            struct reply_meaning *ret)
{
        static const char *const names[] = { "x-amzn-requestid", "x-amz-request-id",
                                             "x-amzn-request-id" };
        const char *id;

        for (size_t i = 0; i < ELEMENTSOF(names); i++)
                if (message_reply_header(reply, names[i], ret->request_id,
                                         sizeof(ret->request_id)) &&
                    ret->request_id[0])
                        return;
        id = first_string(ret->body ? ret->body : b->json, id_paths);
        if (id)
                (void)snprintf(ret->request_id, sizeof(ret->request_id), "%s", id);
}

/* Seconds, or a date, which is counted from the server's own time. */
static void read_retry_after(const struct message_reply *reply, struct reply_meaning *ret)
{
        uint64_t seconds, at_usec, now_usec = reply->received_usec;
        char value[64], date[64];

        if (!message_reply_header(reply, "retry-after", value, sizeof(value)))
                return;
        if (number_parse_u64(value, &seconds) == 0) {
                ret->retry_after_usec = seconds < retry_after_max_usec / USEC_PER_SEC
                                                ? seconds * USEC_PER_SEC
                                                : retry_after_max_usec;
                return;
        }
        if (clock_parse_http_date(value, &at_usec) < 0)
                return;
        if (message_reply_header(reply, "date", date, sizeof(date)))
                (void)clock_parse_http_date(date, &now_usec);
        if (at_usec > now_usec)
                ret->retry_after_usec = at_usec - now_usec < retry_after_max_usec
                                                ? at_usec - now_usec
                                                : retry_after_max_usec;
}

/* ---- no reply at all ----------------------------------------------------------------------- */

static const struct {
        enum reply_kind kind;
        const char *code;
} transports[] = {
        [TRANSPORT_OK] = { REPLY_OK, "" },
        [TRANSPORT_UNRESOLVED] = { REPLY_TRANSIENT, "HostNotFound" },
        [TRANSPORT_REFUSED] = { REPLY_TRANSIENT, "ConnectionRefused" },
        /* a wrong certificate says nothing about what the service has */
        [TRANSPORT_TLS] = { REPLY_TRANSIENT, "TLSFailed" },
        [TRANSPORT_TIMEOUT] = { REPLY_TRANSIENT, "TimedOut" },
        [TRANSPORT_BROKEN] = { REPLY_TRANSIENT, "ConnectionBroken" },
        [TRANSPORT_TOO_LARGE] = { REPLY_REFUSED, "ReplyTooLarge" },
        [TRANSPORT_COMMAND] = { REPLY_REFUSED, "CommandFailed" },
};

void aws_reply_read(const struct message_reply *reply, enum aws_protocol protocol,
                    const char *operation, struct reply_meaning *ret, struct aws_reading *reading)
{
        struct body b;

        *ret = (struct reply_meaning){ 0 };
        *reading = (struct aws_reading){ 0 };
        if (reply->transport != TRANSPORT_OK) {
                ret->kind = transports[reply->transport].kind;
                set_code(ret, transports[reply->transport].code);
                set_text(ret, reply->transport_text);
                return;
        }
        body_read(&b, reply);
        if (reply->status >= 200 && reply->status < 300)
                read_success(reply, protocol, operation, &b, ret, reading);
        else
                read_error(reply, protocol, &b, ret, reading);
        read_request_id(reply, &b, ret);
        read_retry_after(reply, ret);
        json_decref(b.json);
}
