/* What a reply of Azure Resource Manager means. Its codes are many and its shapes three: what is
 * not in the table is judged by the status, and nothing unreadable passes for an answer. */
#include "providers/azure/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"
#include "providers/reply.h"
#include "providers/secret.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* A reply that is no success, as far as it could be read. */
struct refusal {
        struct account *account;
        const struct call_instance *call;
        const struct message_reply *reply;
        const json_t *error; /* the object with code and message; NULL */
        const char *message; /* "" when there is none */
};

/* ---- small readers --------------------------------------------------------------------------- */

/* One line, cut at a whole character. */
static void set_text(struct reply_meaning *ret, const char *text)
{
        size_t n = 0;

        for (const char *p = text; *p != '\0' && n + 1 < sizeof(ret->text); p++)
                ret->text[n++] = iscntrl((unsigned char)*p) ? ' ' : *p;
        while (n > 0 && n + 1 == sizeof(ret->text) && ((unsigned char)ret->text[n - 1] & 0x80))
                n--;
        ret->text[n] = '\0';
}

/* "00:00:05": when the quota of Resource Graph is new again. */
static uint64_t quota_resets_after(const struct message_reply *reply)
{
        unsigned h, m, s;
        char value[32];

        if (!message_reply_header(reply, "x-ms-user-quota-resets-after", value, sizeof(value)) ||
            sscanf(value, "%2u:%2u:%2u", &h, &m, &s) != 3)
                return 0;
        return ((uint64_t)h * 3600 + (uint64_t)m * 60 + s) * USEC_PER_SEC;
}

static bool is_list(const struct call_instance *call)
{
        const struct collector *c = call->call ? call->call->collector : NULL;

        return c && call->call == &c->list;
}

/* A list below a thing that another list showed, or that a fact names. */
static bool is_below(const struct call_instance *call)
{
        const struct collector *c = is_list(call) ? call->call->collector : NULL;

        return c && (c->per || c->follows.facts);
}

/* ---- codes ----------------------------------------------------------------------------------- */

static void on_action(const struct refusal *f, struct reply_meaning *ret);
static void on_tenant(const struct refusal *f, struct reply_meaning *ret);
static void on_missing(const struct refusal *f, struct reply_meaning *ret);
static void on_version(const struct refusal *f, struct reply_meaning *ret);
static void on_diagnostics(const struct refusal *f, struct reply_meaning *ret);

/* clang-format off */
static const struct {
        const char *code;
        enum reply_kind kind;
        bool stated;
        void (*more)(const struct refusal *f, struct reply_meaning *ret);
} rows[] = {
        { "AuthorizationFailed",                  REPLY_DENIED,  true,  on_action },
        { "LinkedAuthorizationFailed",            REPLY_DENIED,  true,  on_action },
        { "DenyAssignmentAuthorizationFailed",    REPLY_DENIED,  true,  on_action },
        { "RequestDisallowedByPolicy",            REPLY_DENIED,  true,  NULL },
        { "ReadOnlyDisabledSubscription",         REPLY_DENIED,  true,  NULL },
        { "AccessDenied",                         REPLY_DENIED,  false, NULL },
        { "Forbidden",                            REPLY_DENIED,  false, NULL },
        { "SubscriptionNotFound",                 REPLY_DENIED,  false, on_missing },
        { "InvalidSubscriptionId",                REPLY_DENIED,  false, on_missing },
        { "InvalidAuthenticationTokenTenant",     REPLY_DENIED,  true,  on_tenant },

        { "ExpiredAuthenticationToken",           REPLY_EXPIRED, false, NULL },
        { "InvalidAuthenticationToken",           REPLY_EXPIRED, false, NULL },
        { "AuthenticationFailed",                 REPLY_EXPIRED, false, NULL },
        { "InvalidAuthenticationTokenAudience",   REPLY_UNAUTHENTICATED, false, NULL },

        { "MissingSubscriptionRegistration",      REPLY_OFF,     true,  NULL },
        { "SubscriptionNotRegistered",            REPLY_OFF,     true,  NULL },
        { "FeatureNotRegistered",                 REPLY_OFF,     true,  NULL },
        { "SubscriptionNotRegisteredForFeature",  REPLY_OFF,     true,  NULL },
        { "PreviewFeatureNotRegistered",          REPLY_OFF,     true,  NULL },

        { "LocationNotAvailableForResourceType",  REPLY_ABSENT,  true,  NULL },
        { "InvalidResourceNamespace",             REPLY_ABSENT,  true,  NULL },

        { "InvalidApiVersionParameter",           REPLY_REFUSED, false, on_version },
        { "UnsupportedApiVersion",                REPLY_REFUSED, false, on_version },
        { "NoRegisteredProviderFound",            REPLY_REFUSED, false, on_version },
        { "InvalidResourceType",                  REPLY_REFUSED, false, on_version },

        { "ResourceTypeNotSupported",             REPLY_REFUSED, true,  on_diagnostics },
        { "BadRequest",                           REPLY_REFUSED, false, on_diagnostics },

        { "TooManyRequests",                      REPLY_THROTTLED, false, NULL },
        { "SubscriptionRequestsThrottled",        REPLY_THROTTLED, false, NULL },
        { "RateLimiting",                         REPLY_THROTTLED, false, NULL },
};
/* clang-format on */

static const char *inner_code(const struct refusal *f, size_t i)
{
        const json_t *details = json_object_get(f->error, "details");
        const char *code = i == 0 ? json_member_string(f->error, "code") : NULL;

        if (i == 1)
                return json_path_string(f->error, "innererror.code");
        return i == 0 ? code : json_member_string(json_array_get(details, i - 2), "code");
}

/* The row of the first code that has one: some services put what ARM says inside their own
 * "Conflict" or "BadRequest". */
static size_t find_row(const struct refusal *f, const char **ret_code)
{
        size_t n = 2 + json_array_size(json_object_get(f->error, "details")), general = 0;
        const char *general_code = NULL;

        for (size_t i = 0; i < n; i++) {
                const char *code = inner_code(f, i);

                for (size_t row = 0; code && row < ELEMENTSOF(rows); row++) {
                        if (strcasecmp(rows[row].code, code) != 0)
                                continue;
                        if (rows[row].more != on_diagnostics) {
                                *ret_code = rows[row].code;
                                return row;
                        }
                        if (!general_code) {
                                general_code = rows[row].code;
                                general = row;
                        }
                }
        }
        *ret_code = general_code;
        return general_code ? general : ELEMENTSOF(rows);
}

/* "… perform action 'Microsoft.X/y/read' over scope '/subscriptions/…'". */
static void on_action(const struct refusal *f, struct reply_meaning *ret)
{
        const char *action = strcasestr(f->message, "action '");
        const char *scope = action ? strcasestr(action, "scope '") : NULL;
        size_t n, m;

        ret->stated = action != NULL;
        if (!action)
                return;
        action += strlen("action '");
        n = strcspn(action, "'");
        if (!scope) {
                (void)snprintf(ret->text, sizeof(ret->text), "needs %.*s", (int)(n < 200 ? n : 200),
                               action);
                return;
        }
        scope += strlen("scope '");
        m = strcspn(scope, "'");
        (void)snprintf(ret->text, sizeof(ret->text), "needs %.*s on %.*s", (int)(n < 160 ? n : 160),
                       action, (int)(m < 200 ? m : 200), scope);
}

static void on_tenant(const struct refusal *f, struct reply_meaning *ret)
{
        const char *tenant = f->account->credentials.tenant;

        (void)snprintf(ret->text, sizeof(ret->text),
                       "the subscription belongs to another tenant than %.64s: an account of its "
                       "own has to name that tenant",
                       tenant ? tenant : "the identity's");
}

/* ARM says the same of what is gone and of what it does not want to show. */
static void on_missing(const struct refusal *f, struct reply_meaning *ret)
{
        (void)snprintf(ret->text, sizeof(ret->text),
                       "the subscription is not visible: this identity has no role in it, or it "
                       "was removed or belongs to another tenant");
}

static void on_version(const struct refusal *f, struct reply_meaning *ret)
{
        const char *own = json_member_string(f->call->query, "api-version");
        const char *sent = own ? own : azure_version_of(f->account, f->call);

        /* not the version but the place */
        if (sent && strcmp(ret->code, "NoRegisteredProviderFound") == 0 &&
            azure_version_supported(f->message, sent)) {
                ret->kind = REPLY_ABSENT;
                ret->stated = true;
                return;
        }
        if (azure_version_next(f->account, f->call, f->message)) {
                ret->kind = REPLY_CORRECTED;
                return;
        }
        (void)snprintf(ret->text, sizeof(ret->text),
                       "api-version %.32s is refused, and no other is left to try: %.280s",
                       sent ? sent : "of the call", f->message);
}

/* What has no logs to send says so in many words. */
static void on_diagnostics(const struct refusal *f, struct reply_meaning *ret)
{
        if (!strcasestr(f->message, "does not support diagnostic settings") &&
            !strcasestr(f->message, "doesn't support diagnostic settings") &&
            strcmp(ret->code, "ResourceTypeNotSupported") != 0)
                return;
        (void)snprintf(ret->code, sizeof(ret->code), "DiagnosticSettingsNotSupported");
        ret->stated = true;
}

/* ---- statuses -------------------------------------------------------------------------------- */

/* A thing that went away while it was asked about; only ARM itself can say so. */
static enum reply_kind kind_of_missing(const struct refusal *f)
{
        const struct call_instance *call = f->call;

        if (reply_is_web_page(f->reply))
                return REPLY_BROKEN;
        if (!f->error)
                return REPLY_REFUSED;
        return is_list(call) && !is_below(call) ? REPLY_REFUSED : REPLY_GONE;
}

static enum reply_kind kind_of_status(const struct refusal *f)
{
        int status = f->reply->status;

        switch (status) {
        case 401:
                return REPLY_EXPIRED;
        case 403:
                return reply_is_web_page(f->reply) ? REPLY_BROKEN : REPLY_DENIED;
        case 404:
                return kind_of_missing(f);
        case 408:
                return REPLY_TRANSIENT;
        case 429:
                return REPLY_THROTTLED;
        case 501:
                return REPLY_REFUSED;
        default:
                break;
        }
        if (status >= 500)
                return REPLY_TRANSIENT;
        return status >= 400 ? REPLY_REFUSED : REPLY_BROKEN; /* redirects are not followed */
}

/* Continuous access evaluation: the token was good and is not any more. */
static bool asks_for_claims(const struct message_reply *reply)
{
        char header[1024];

        return reply->status == 401 &&
               message_reply_header(reply, "www-authenticate", header, sizeof(header)) &&
               strcasestr(header, "insufficient_claims");
}

static void on_refusal(struct refusal *f, struct reply_meaning *ret)
{
        const char *code = NULL, *own = json_member_string(f->error, "code");
        size_t row = find_row(f, &code);

        ret->kind = kind_of_status(f);
        (void)snprintf(ret->code, sizeof(ret->code), "%s", code ? code : own ? own : "");
        if (ret->code[0] == '\0')
                (void)snprintf(ret->code, sizeof(ret->code), "HTTP %d", f->reply->status);
        set_text(ret, f->message[0] ? f->message : "no explanation");
        if (asks_for_claims(f->reply)) {
                ret->kind = REPLY_EXPIRED;
        } else if (row < ELEMENTSOF(rows) && f->reply->status < 500 && f->reply->status != 429) {
                ret->kind = rows[row].kind;
                ret->stated = rows[row].stated;
                if (rows[row].more)
                        rows[row].more(f, ret);
        }
        if (!f->error && reply_is_web_page(f->reply))
                set_text(ret, "the body is a web page, as a proxy or a portal writes them");
        if (ret->kind == REPLY_THROTTLED || ret->kind == REPLY_TRANSIENT)
                ret->retry_after_usec = reply_retry_after(f->reply);
        if (ret->kind == REPLY_THROTTLED && ret->retry_after_usec == 0)
                ret->retry_after_usec = quota_resets_after(f->reply);
}

/* {"error": {…}}, the inner object alone, or {"Message": …}. */
static void read_refusal(struct refusal *f, const json_t *body)
{
        static const char *const texts[] = { "message", "Message", "error_description" };
        const json_t *error = json_object_get(body, "error");

        f->message = "";
        f->error = json_is_object(error) ? error : json_member_string(body, "code") ? body : NULL;
        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                const char *text = json_member_string(f->error ? f->error : body, texts[i]);

                if (text && text[0] != '\0') {
                        f->message = text;
                        return;
                }
        }
}

/* ---- success --------------------------------------------------------------------------------- */

/* Resource Graph tells by the way when it has not told all. */
static void read_partial(const struct message_reply *reply, const json_t *body,
                         struct reply_meaning *ret)
{
        const char *truncated = json_member_string(body, "resultTruncated");
        char hit[16] = "";

        (void)message_reply_header(reply, "x-ms-tenant-subscription-limit-hit", hit, sizeof(hit));
        if (strcasecmp(hit, "true") == 0)
                (void)snprintf(ret->partial, sizeof(ret->partial),
                               "the search covers the first 10000 subscriptions only");
        else if (truncated && strcasecmp(truncated, "true") == 0 &&
                 !json_member_string(body, "$skipToken"))
                (void)snprintf(ret->partial, sizeof(ret->partial),
                               "the search cut its result and gives no further page");
}

static void on_success(const struct message_reply *reply, json_t *body, const struct error *why,
                       struct reply_meaning *ret)
{
        if (json_is_object(body) || json_is_array(body)) {
                ret->kind = REPLY_OK;
                ret->body = json_incref(body);
                read_partial(reply, body, ret);
                return;
        }
        reply_unreadable(reply, why, ret);
}

static void read_request_id(const struct message_reply *reply, struct reply_meaning *ret)
{
        static const char *const names[] = { "x-ms-request-id", "x-ms-correlation-request-id" };

        for (size_t i = 0; i < ELEMENTSOF(names) && ret->request_id[0] == '\0'; i++)
                (void)message_reply_header(reply, names[i], ret->request_id,
                                           sizeof(ret->request_id));
}

void azure_interpret(struct account *a, const struct call_instance *call,
                     const struct message_reply *reply, struct reply_meaning *ret)
{
        struct refusal f = { .account = a, .call = call, .reply = reply };
        const char *text = buffer_text(&reply->body);
        size_t skip = strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        struct error why = { 0 };
        json_t *body = NULL;

        *ret = (struct reply_meaning){ .kind = REPLY_BROKEN };
        if (reply->transport != TRANSPORT_OK) {
                reply_lost(reply, ret);
                return;
        }
        read_request_id(reply, ret);
        (void)json_parse(text + skip, reply->body.size_bytes - skip, &body, &why);
        if (reply->status == 200 && !json_path_string(body, "error.code")) {
                on_success(reply, body, &why, ret);
        } else {
                read_refusal(&f, body);
                on_refusal(&f, ret);
        }
        json_decref(body);
        azure_redact(a, ret->text);
        azure_redact(a, ret->code);
}
