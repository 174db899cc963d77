/* What an error of Google's APIs means: by the reason of its ErrorInfo where there is one (names of
 * google/api/error_reason.proto), by the older APIs' errors[].reason, by its status. */
#include "providers/gcp/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/json.h"
#include "daemon/base/number.h"

#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 96 };

static const uint64_t next_scan_usec =
        USEC_PER_DAY; /* longer than anybody waits: not in this scan */

/* ---- reading ----------------------------------------------------------------------------------
 */

static const char *text_or(const char *text, const char *otherwise)
{
        return text && text[0] != '\0' ? text : otherwise;
}

static bool is_detail(const json_t *detail, const char *name)
{
        const char *type = json_member_string(detail, "@type");
        const char *dot = type ? strrchr(type, '.') : NULL;

        return dot && strcmp(dot + 1, name) == 0;
}

/* "30s", "1.5s" */
static uint64_t duration(const char *text)
{
        char number[32];
        size_t n = text ? strlen(text) : 0;
        double seconds;

        if (n < 2 || n >= sizeof(number) || text[n - 1] != 's')
                return 0;
        (void)snprintf(number, sizeof(number), "%.*s", (int)(n - 1), text);
        if (number_parse_double(number, &seconds) < 0 || seconds < 0 || seconds > 1e6)
                return 0;
        return (uint64_t)(seconds * (double)USEC_PER_SEC);
}

static void read_detail(struct gcp_error *e, const json_t *detail)
{
        if (is_detail(detail, "ErrorInfo") && e->reason[0] == '\0') {
                e->reason = text_or(json_member_string(detail, "reason"), "");
                e->metadata = json_object_get(detail, "metadata");
        }
        if (is_detail(detail, "RetryInfo"))
                e->retry_usec = duration(json_member_string(detail, "retryDelay"));
        if (is_detail(detail, "PreconditionFailure"))
                e->violation = text_or(
                        json_member_string(json_array_get(json_object_get(detail, "violations"), 0),
                                           "type"),
                        "");
}

void gcp_error_read(struct gcp_error *ret, int status, const json_t *body)
{
        const json_t *error, *detail, *legacy;
        size_t i;

        /* a stream's error is a list of one */
        if (json_is_array(body))
                body = json_array_get(body, 0);
        error = json_object_get(body, "error");
        *ret = (struct gcp_error){ .status = status, .reason = "", .violation = "" };
        ret->name = text_or(json_member_string(error, "status"), "");
        ret->message = text_or(json_member_string(error, "message"), "");
        if (json_is_string(error)) /* OAuth's form, of the token check in front of some APIs */
                ret->message = text_or(json_member_string(body, "error_description"),
                                       json_string_value(error));
        json_array_foreach(json_object_get(error, "details"), i, detail)
        {
                read_detail(ret, detail);
        }
        legacy = json_array_get(json_object_get(error, "errors"), 0);
        if (ret->reason[0] == '\0')
                ret->reason = text_or(json_member_string(legacy, "reason"), "");
}

const char *gcp_error_metadata(const struct gcp_error *e, const char *key)
{
        return json_member_string(e->metadata, key);
}

/* ---- the call that was refused ----------------------------------------------------------------
 */

static bool is_list(const struct call_instance *call)
{
        const struct collector *c = call && call->call ? call->call->collector : NULL;

        return c && call->call == &c->list;
}

/* Below a parent, or named by a fact: that one thing may not be there. */
static bool is_about_one(const struct call_instance *call)
{
        const struct collector *c = call && call->call ? call->call->collector : NULL;

        return c && (c->per || c->follows.facts);
}

/* Asked of one location after the other, and not of all at once: an API that refuses "-" has said
 * nothing of any place. */
static bool is_list_of_place(const struct call_instance *call)
{
        return is_list(call) && !is_about_one(call) && call->region &&
               strstr(call->path, "/locations/") && !strstr(call->path, "/locations/-/");
}

static const char *quota_of(const struct account *a, const struct call_instance *call)
{
        return gcp_quota_project(a, call ? call->call : NULL);
}

/* "123" of "projects/123", or what "… in project 123 before or it is disabled" says. */
static bool consumer_of(const struct gcp_error *e, char consumer[static WORD_MAX])
{
        const char *said = gcp_error_metadata(e, "consumer");
        const char *from = strstr(e->message, "in project ");

        if (said)
                said = strncmp(said, "projects/", 9) == 0 ? said + 9 : said;
        else if (from)
                said = from + strlen("in project ");
        if (!said)
                return false;
        (void)snprintf(consumer, WORD_MAX, "%.*s", (int)strcspn(said, " ,;\"'"), said);
        return consumer[0] != '\0';
}

/* Is the project that was charged the one that was asked about? */
static bool is_scanned(const struct account *a, const struct call_instance *call,
                       const char *consumer)
{
        const struct scope *scope = call ? call->scope : NULL;

        if (!scope)
                return false;
        if (consumer[0] == '\0') /* not said: by the header's absence, for what charges its own */
                return call->call && call->call->service && call->call->service->api &&
                       !quota_of(a, call);
        return strcmp(scope->id, consumer) == 0 ||
               gcp_is_number_of(scope, consumer, strlen(consumer));
}

/* ---- reasons that need more than a table ------------------------------------------------------
 */

static void say(struct reply_meaning *ret, enum reply_kind kind, const char *fmt, ...)
        _printf_(3, 4);
static void say(struct reply_meaning *ret, enum reply_kind kind, const char *fmt, ...)
{
        va_list ap;

        ret->kind = kind;
        va_start(ap, fmt);
        (void)vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
        va_end(ap);
}

/* Off in the project that was asked about is an answer about it; off in the one that pays is a
 * mistake in the configuration, and says nothing about what is there. */
static void on_disabled(struct account *a, const struct call_instance *call,
                        const struct gcp_error *e, struct reply_meaning *ret)
{
        const char *api = text_or(gcp_error_metadata(e, "service"), "the API");
        const char *quota = quota_of(a, call);
        bool person = a->source.kind == GCP_USER;
        char consumer[WORD_MAX] = "";

        (void)consumer_of(e, consumer);
        ret->stated = true;
        if (is_scanned(a, call, consumer)) {
                say(ret, REPLY_OFF, "%s is not enabled in this project", api);
                return;
        }
        say(ret, REPLY_REFUSED,
            "%.80s is not enabled in project %.60s, which %s: gcloud services enable %.80s "
            "--project %.60s%s",
            api, consumer[0] ? consumer : "(not said)",
            quota    ? "is charged as quota_project"
            : person ? "owns the sign-in of these credentials"
                     : "owns these credentials",
            api,
            quota         ? quota
            : consumer[0] ? consumer
                          : "PROJECT",
            quota ? "" : ", or set quota_project: to a project where it is");
}

static void on_no_billing(struct account *a, const struct call_instance *call,
                          const struct gcp_error *e, struct reply_meaning *ret)
{
        char consumer[WORD_MAX] = "";

        (void)consumer_of(e, consumer);
        ret->stated = true;
        if (is_scanned(a, call, consumer))
                say(ret, REPLY_OFF, "the project has no billing account: nothing can run in it");
        else
                say(ret, REPLY_REFUSED,
                    "project %.60s, which is charged for this call, has no billing account: link "
                    "one, or set quota_project: to another project",
                    consumer[0] ? consumer : "(not said)");
}

static void on_permission(struct account *a, const struct call_instance *call,
                          const struct gcp_error *e, struct reply_meaning *ret)
{
        const char *permission = gcp_error_metadata(e, "permission");
        const char *resource = gcp_error_metadata(e, "resource");

        ret->stated = permission != NULL;
        if (permission)
                say(ret, REPLY_DENIED, "needs %.100s on %.150s", permission,
                    text_or(resource, "the resource"));
        else
                say(ret, REPLY_DENIED, "%.300s", text_or(e->message, "permission denied"));
}

static void on_scope(struct account *a, const struct call_instance *call, const struct gcp_error *e,
                     struct reply_meaning *ret)
{
        ret->stated = true;
        say(ret, REPLY_DENIED, "the token's scope is too narrow, whatever IAM says: %s",
            a->source.kind == GCP_METADATA
                    ? "give the instance the access scope cloud-platform (it must be stopped for "
                      "that: gcloud compute instances set-service-account --scopes cloud-platform)"
                    : "sign in with the scope https://www.googleapis.com/auth/cloud-platform");
}

static void on_quota_project(struct account *a, const struct call_instance *call,
                             const struct gcp_error *e, struct reply_meaning *ret)
{
        const char *quota = quota_of(a, call);
        char consumer[WORD_MAX] = "";

        ret->stated = true;
        if (!quota && consumer_of(e, consumer) && is_scanned(a, call, consumer)) {
                say(ret, REPLY_DENIED,
                    "the project is suspended, being deleted, or not to be seen with these "
                    "credentials (%.60s): %.200s",
                    e->reason, e->message);
                return;
        }
        say(ret, REPLY_REFUSED, "project %.60s cannot be charged for this call (%.60s): %s: %.150s",
            quota ? quota : "of these credentials", e->reason,
            quota ? "grant roles/serviceusage.serviceUsageConsumer on it, or set quota_project: to "
                    "another"
                  : "set quota_project:",
            e->message);
}

static void on_rate(struct account *a, const struct call_instance *call, const struct gcp_error *e,
                    struct reply_meaning *ret)
{
        const char *limit = gcp_error_metadata(e, "quota_limit");

        say(ret, REPLY_THROTTLED, "%.250s%s%.80s", text_or(e->message, "too many requests"),
            limit ? "; quota " : "", limit ? limit : "");
        ret->retry_after_usec = e->retry_usec;
        if (strcmp(e->reason, "RESOURCE_QUOTA_EXCEEDED") == 0 ||
            strcmp(e->reason, "dailyLimitExceeded") == 0 || (limit && strstr(limit, "PerDay")))
                ret->retry_after_usec = next_scan_usec;
}

static void on_policy(struct account *a, const struct call_instance *call,
                      const struct gcp_error *e, struct reply_meaning *ret)
{
        ret->stated = true;
        say(ret, REPLY_DENIED, "a policy forbids it (%.60s): %.280s",
            e->violation[0] && e->reason[0] == '\0' ? e->violation : e->reason, e->message);
}

static void on_endpoint_policy(struct account *a, const struct call_instance *call,
                               const struct gcp_error *e, struct reply_meaning *ret)
{
        ret->stated = true;
        say(ret, REPLY_DENIED,
            "gcp.restrictEndpointUsage forbids %.120s: only regional endpoints are allowed there",
            call ? call->host : "this host");
}

static void on_expired(struct account *a, const struct call_instance *call,
                       const struct gcp_error *e, struct reply_meaning *ret)
{
        say(ret, REPLY_EXPIRED, "%.300s", text_or(e->message, "the token has expired"));
}

static void on_account_state(struct account *a, const struct call_instance *call,
                             const struct gcp_error *e, struct reply_meaning *ret)
{
        ret->stated = true;
        say(ret, REPLY_UNAUTHENTICATED, "the account (%.150s) is disabled or deleted: %.150s",
            a->source.email ? a->source.email : a->source.where, e->message);
}

static void on_credentials(struct account *a, const struct call_instance *call,
                           const struct gcp_error *e, struct reply_meaning *ret)
{
        ret->stated = true;
        say(ret, REPLY_UNAUTHENTICATED,
            "the credentials (%.120s) are of a kind that is not "
            "accepted (%.60s): %.150s",
            a->source.where, e->reason, e->message);
}

/* ---- by reason --------------------------------------------------------------------------------
 */

typedef void meaning_fn(struct account *a, const struct call_instance *call,
                        const struct gcp_error *e, struct reply_meaning *ret);

/* status 0: any. The lower-case ones are of the older APIs. */
static const struct {
        const char *reason;
        int status;
        meaning_fn *mean;
} reasons[] = {
        { "SERVICE_DISABLED", 0, on_disabled },
        { "accessNotConfigured", 0, on_disabled },
        { "BILLING_DISABLED", 0, on_no_billing },
        { "ACCESS_TOKEN_SCOPE_INSUFFICIENT", 0, on_scope },
        { "insufficientPermissions", 0, on_permission },
        { "IAM_PERMISSION_DENIED", 0, on_permission },
        { "USER_PROJECT_DENIED", 0, on_quota_project },
        { "CONSUMER_INVALID", 0, on_quota_project },
        { "CONSUMER_SUSPENDED", 0, on_quota_project },
        { "RESOURCE_PROJECT_INVALID", 0, on_quota_project },
        { "GCP_SUSPENDED", 0, on_quota_project },
        { "SECURITY_POLICY_VIOLATED", 0, on_policy },
        { "LOCATION_POLICY_VIOLATED", 0, on_policy },
        { "LOCATION_ORG_POLICY_VIOLATED", 0, on_policy },
        { "LOCATION_TAX_POLICY_VIOLATED", 0, on_policy },
        { "ORG_RESTRICTION_VIOLATION", 0, on_policy },
        { "RESOURCE_USAGE_RESTRICTION_VIOLATED", 0, on_policy },
        { "TLS_ORG_POLICY_VIOLATED", 0, on_policy },
        { "TLS_CIPHER_RESTRICTION_VIOLATED", 0, on_policy },
        { "SERVICE_NOT_VISIBLE", 0, on_policy },
        { "ENDPOINT_USAGE_RESTRICTION_VIOLATED", 0, on_endpoint_policy },
        { "RATE_LIMIT_EXCEEDED", 0, on_rate },
        { "RESOURCE_QUOTA_EXCEEDED", 429, on_rate },
        { "rateLimitExceeded", 0, on_rate },
        { "userRateLimitExceeded", 0, on_rate },
        { "quotaExceeded", 0, on_rate },
        { "dailyLimitExceeded", 0, on_rate },
        { "ACCOUNT_STATE_INVALID", 0, on_account_state },
        { "JWT_TOKEN_INVALID", 0, on_credentials },
        { "CREDENTIAL_TYPE_UNSUPPORTED", 0, on_credentials },
        { "ACCOUNT_TYPE_UNSUPPORTED", 0, on_credentials },
};

/* ---- by status --------------------------------------------------------------------------------
 */

static bool has_word(const char *text, const char *const *words)
{
        for (; *words; words++)
                if (strcasestr(text, *words))
                        return true;
        return false;
}

/* "Location europe-west12 is not supported": about the place, not about another argument. */
static bool refuses_place(const struct call_instance *call, const char *message)
{
        static const char *const refusals[] = { "not supported",  "unsupported", "invalid location",
                                                "invalid region", "not a valid", "not available",
                                                "is not valid",   NULL };
        static const char *const places[] = { "location", "region", NULL };

        return is_list_of_place(call) && has_word(message, refusals) &&
               (has_word(message, places) || strcasestr(message, call->region));
}

static void on_argument(struct account *a, const struct call_instance *call,
                        const struct gcp_error *e, struct reply_meaning *ret)
{
        bool setup = strcmp(e->name, "FAILED_PRECONDITION") == 0;

        if (e->violation[0] != '\0' && strstr(e->violation, "VPC_SERVICE_CONTROLS")) {
                on_policy(a, call, e, ret);
                return;
        }
        ret->stated = refuses_place(call, e->message);
        if (ret->stated)
                say(ret, REPLY_ABSENT, "%.300s", e->message);
        else if (setup &&
                 is_list(call)) /* terms not accepted, never set up: nothing can be there */
                say(ret, REPLY_ABSENT, "not set up: %.300s", e->message);
        else
                say(ret, REPLY_REFUSED, "%.300s", text_or(e->message, "bad request"));
}

static void on_not_found(struct account *a, const struct call_instance *call,
                         const struct gcp_error *e, struct reply_meaning *ret)
{
        if (!is_list(call) || is_about_one(call))
                say(ret, REPLY_GONE, "%.300s", text_or(e->message, "not found"));
        else if (is_list_of_place(call))
                say(ret, REPLY_ABSENT, "%.300s", text_or(e->message, "not found"));
        else
                say(ret, REPLY_REFUSED, "not found: %.300s", e->message);
}

static void on_forbidden(struct account *a, const struct call_instance *call,
                         const struct gcp_error *e, struct reply_meaning *ret)
{
        if (strstr(e->violation, "VPC_SERVICE_CONTROLS") ||
            strstr(e->message, "VPC Service Controls"))
                on_policy(a, call, e, ret);
        else
                on_permission(a, call, e, ret);
}

static void on_unknown(struct account *a, const struct call_instance *call,
                       const struct gcp_error *e, struct reply_meaning *ret)
{
        bool passes = e->status == 408 || e->status == 409 || e->status == 499 ||
                      (e->status >= 500 && e->status != 501);

        say(ret,
            passes             ? REPLY_TRANSIENT
            : e->status >= 400 ? REPLY_REFUSED
                               : REPLY_BROKEN, /* redirects are not followed */
            "HTTP %d: %.300s", e->status, text_or(e->message, "no explanation"));
        if (passes)
                ret->retry_after_usec = e->retry_usec;
}

static meaning_fn *by_status(int status)
{
        switch (status) {
        case 400:
        case 412:
                return on_argument;
        case 401:
                return on_expired;
        case 403:
                return on_forbidden;
        case 404:
        case 410:
                return on_not_found;
        case 429:
                return on_rate;
        default:
                return on_unknown;
        }
}

void gcp_error_meaning(struct account *a, const struct call_instance *call,
                       const struct gcp_error *e, struct reply_meaning *ret)
{
        meaning_fn *mean = by_status(e->status);

        for (size_t i = 0; i < ELEMENTSOF(reasons); i++)
                if (strcmp(reasons[i].reason, e->reason) == 0 &&
                    (reasons[i].status == 0 || reasons[i].status == e->status))
                        mean = reasons[i].mean;
        if (e->status >= 500)
                mean = on_unknown;
        (void)snprintf(ret->code, sizeof(ret->code), "%s",
                       text_or(e->reason, text_or(e->name, "http")));
        if (e->reason[0] == '\0' && e->name[0] == '\0')
                (void)snprintf(ret->code, sizeof(ret->code), "http_%d", e->status);
        mean(a, call, e, ret);
}
