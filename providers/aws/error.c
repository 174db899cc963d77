/* What AWS's error codes mean. */
#include "providers/aws/account.h"

#include <string.h>

/* Names without "Exception" match with it, too. */
/* clang-format off */
static const struct error_code {
        const char *name;
        enum reply_kind kind;
        bool clock, session;
} codes[] = {
        { "AccessDenied",                            REPLY_DENIED,          false, false },
        { "AuthorizationError",                      REPLY_DENIED,          false, false },
        { "Forbidden",                               REPLY_DENIED,          false, false },
        { "NotAuthorized",                           REPLY_DENIED,          false, false },
        { "Unauthorized",                            REPLY_DENIED,          false, false },
        { "UnauthorizedOperation",                   REPLY_DENIED,          false, false },

        { "BandwidthLimitExceeded",                  REPLY_THROTTLED,       false, false },
        { "EC2Throttled",                            REPLY_THROTTLED,       false, false },
        { "LimitExceeded",                           REPLY_THROTTLED,       false, false },
        { "PriorRequestNotComplete",                 REPLY_THROTTLED,       false, false },
        { "ProvisionedThroughputExceeded",           REPLY_THROTTLED,       false, false },
        { "RequestLimitExceeded",                    REPLY_THROTTLED,       false, false },
        { "RequestThrottled",                        REPLY_THROTTLED,       false, false },
        { "SlowDown",                                REPLY_THROTTLED,       false, false },
        { "Throttled",                               REPLY_THROTTLED,       false, false },
        { "Throttling",                              REPLY_THROTTLED,       false, false },
        { "TooManyRequests",                         REPLY_THROTTLED,       false, false },
        { "TransactionInProgress",                   REPLY_THROTTLED,       false, false },

        { "IDPCommunicationError",                   REPLY_TRANSIENT,       false, false },
        { "InternalError",                           REPLY_TRANSIENT,       false, false },
        { "InternalFailure",                         REPLY_TRANSIENT,       false, false },
        { "InternalServer",                          REPLY_TRANSIENT,       false, false },
        { "InternalServerError",                     REPLY_TRANSIENT,       false, false },
        { "RequestTimeout",                          REPLY_TRANSIENT,       false, false },
        { "ServiceUnavailable",                      REPLY_TRANSIENT,       false, false },
        { "ServiceUnavailableError",                 REPLY_TRANSIENT,       false, false },
        { "Unavailable",                             REPLY_TRANSIENT,       false, false },

        { "ExpiredToken",                            REPLY_EXPIRED,         false, false },
        { "TokenRefreshRequired",                    REPLY_EXPIRED,         false, false },

        /* EC2 says RequestExpired of session credentials, too */
        { "RequestExpired",                          REPLY_UNAUTHENTICATED, true,  true  },
        { "RequestInTheFuture",                      REPLY_UNAUTHENTICATED, true,  false },
        { "RequestTimeTooSkewed",                    REPLY_UNAUTHENTICATED, true,  false },
        { "AuthFailure",                             REPLY_UNAUTHENTICATED, true,  false },
        { "InvalidSignature",                        REPLY_UNAUTHENTICATED, true,  false },
        { "SignatureDoesNotMatch",                   REPLY_UNAUTHENTICATED, true,  false },
        { "IncompleteSignature",                     REPLY_UNAUTHENTICATED, false, false },
        { "InvalidAccessKeyId",                      REPLY_UNAUTHENTICATED, false, false },
        { "InvalidClientTokenId",                    REPLY_UNAUTHENTICATED, false, false },
        { "InvalidToken",                            REPLY_UNAUTHENTICATED, false, false },
        { "MissingAuthenticationToken",              REPLY_UNAUTHENTICATED, false, false },
        { "UnrecognizedClient",                      REPLY_UNAUTHENTICATED, false, false },

        { "AWSOrganizationsNotInUse",                REPLY_OFF,             false, false },
        { "IllegalLocationConstraint",               REPLY_OFF,             false, false },
        { "NotSignedUp",                             REPLY_OFF,             false, false },
        { "OptInRequired",                           REPLY_OFF,             false, false },
        { "RegionDisabled",                          REPLY_OFF,             false, false },
        { "SubscriptionRequired",                    REPLY_OFF,             false, false },
        { "UnsupportedUserEdition",                  REPLY_OFF,             false, false },

        { "InvalidAction",                           REPLY_ABSENT,          false, false },
        { "NotImplemented",                          REPLY_ABSENT,          false, false },
        { "UnknownEndpoint",                         REPLY_ABSENT,          false, false },
        { "UnknownOperation",                        REPLY_ABSENT,          false, false },

        { "NoSuchBucket",                            REPLY_GONE,            false, false },
        { "NoSuchEntity",                            REPLY_GONE,            false, false },
        { "NoSuchKey",                               REPLY_GONE,            false, false },
        { "NotFound",                                REPLY_GONE,            false, false },
        { "ResourceNotFound",                        REPLY_GONE,            false, false },

        { "AuthorizationHeaderMalformed",            REPLY_MOVED,           false, false },
        { "PermanentRedirect",                       REPLY_MOVED,           false, false },
        { "TemporaryRedirect",                       REPLY_MOVED,           false, false },
};
/* clang-format on */

static bool ends_with(const char *text, const char *end)
{
        size_t n = strlen(text), m = strlen(end);

        return n >= m && strcmp(text + n - m, end) == 0;
}

static const struct error_code *code_find(const char *code)
{
        size_t n = strlen(code);

        if (ends_with(code, "Exception"))
                n -= strlen("Exception");
        for (size_t i = 0; i < ELEMENTSOF(codes); i++)
                if (strlen(codes[i].name) == n && strncmp(codes[i].name, code, n) == 0)
                        return &codes[i];
        return NULL;
}

static enum reply_kind kind_of_status(int status, bool coded)
{
        switch (status) {
        case 401:
                return REPLY_UNAUTHENTICATED;
        case 403:
                return REPLY_DENIED;
        case 404: /* without any code: a host that does not have this API */
                return coded ? REPLY_GONE : REPLY_ABSENT;
        case 408:
                return REPLY_TRANSIENT;
        case 429:
        case 509:
                return REPLY_THROTTLED;
        case 501:
                return REPLY_ABSENT;
        default:
                break;
        }
        if (status >= 500)
                return REPLY_TRANSIENT;
        return status >= 400 && coded ? REPLY_REFUSED : REPLY_BROKEN;
}

static bool says(const char *text, const char *const *phrases)
{
        for (; *phrases; phrases++)
                if (strcasestr(text, *phrases))
                        return true;
        return false;
}

static const char *const not_here[] = {
        "not available in this region",          "not available in the region",
        "not supported in this region",          "not supported in the region",
        "isn't available in this region",        "isn't supported in this region",
        "not available in the requested region", NULL,
};
static const char *const not_subscribed[] = {
        "not subscribed", "needs a subscription", "subscription required", "not signed up", NULL,
};
/* Quick has users in one region of the account, and nothing to say of itself in the others. */
static const char *const elsewhere[] = { "your identity region is", NULL };
/* It names what is not allowed, or what forbids it: no other reading is left. A bare "not
 * authorized" is also what AWS says where it does not have the service. */
static const char *const reasons[] = { "not authorized to perform", "explicit deny", " policy",
                                       NULL };
static const char *const not_found[] = { "could not find", "does not exist", NULL };
static const char *const control_policy[] = { "service control policy", "resource control policy",
                                              NULL };

/* What a refusal's text says beyond its code. */
static enum reply_kind kind_by_text(enum reply_kind kind, struct reply_meaning *ret)
{
        char text[sizeof(ret->text)];

        if (kind != REPLY_DENIED && kind != REPLY_REFUSED)
                return kind;
        ret->stated = says(ret->text, reasons) || says(ret->text, not_here);
        if (says(ret->text, not_here))
                return REPLY_ABSENT;
        if (kind == REPLY_DENIED && (says(ret->text, not_subscribed) || says(ret->text, elsewhere)))
                return REPLY_OFF;
        /* SageMaker answers ValidationException for what is not there */
        if (kind == REPLY_REFUSED && strncmp(ret->code, "Validation", 10) == 0 &&
            says(ret->text, not_found))
                return REPLY_GONE;
        if (kind == REPLY_DENIED && says(ret->text, control_policy)) {
                const char *said = strstr(ret->text, " with an explicit deny"); /* said already */

                (void)snprintf(text, sizeof(text), "%.*s",
                               (int)(said ? (size_t)(said - ret->text) : strlen(ret->text)),
                               ret->text);
                (void)snprintf(ret->text, sizeof(ret->text),
                               "AccessDeniedBySCP: denied by an explicit deny in a service control "
                               "policy: %.280s",
                               text);
        }
        return kind;
}

enum reply_kind aws_error_kind(int status, struct reply_meaning *ret, struct aws_reading *reading)
{
        const struct error_code *known = ret->code[0] ? code_find(ret->code) : NULL;
        enum reply_kind kind;

        *reading = (struct aws_reading){ 0 };
        if (known) {
                reading->clock = known->clock;
                reading->session = known->session;
                kind = known->kind;
                ret->stated = kind == REPLY_ABSENT;
        } else if (strncmp(ret->code, "ServiceUnavailable", 18) == 0) {
                kind = REPLY_TRANSIENT;
        } else if (ends_with(ret->code, ".NotFound") || ends_with(ret->code, "NotFoundException")) {
                kind = REPLY_GONE;
        } else {
                kind = kind_of_status(status, ret->code[0] != '\0');
        }
        return kind_by_text(kind, ret);
}
