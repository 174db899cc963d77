/* The metadata server: the service account of the machine, pod or job that vigie runs on. */
#include "providers/gcp/account.h"

#include "daemon/base/clock.h"
#include "daemon/base/number.h"
#include "providers/secret.h"

#include <errno.h>
#include <string.h>

#define METADATA "/computeMetadata/v1"

static const uint64_t default_timeout_usec = 3 * USEC_PER_SEC;

static uint64_t timeout(void)
{
        const char *text = secret_environment("GCE_METADATA_TIMEOUT");
        uint64_t seconds;

        return text && number_parse_u64(text, &seconds) == 0 && seconds > 0 && seconds <= 60
                       ? seconds * USEC_PER_SEC
                       : default_timeout_usec;
}

static int metadata_request(const struct gcp_at *at, const char *path, struct message_request *req)
{
        char *url = NULL;

        if (asprintf(&url, "%s" METADATA "%s", at->account->source.metadata_url, path) < 0)
                url = NULL;
        message_request_init(req, "GET");
        message_request_url_take(req, url);
        message_request_header(req, "Metadata-Flavor", "Google");
        req->no_proxy = true;
        req->secret = true;
        req->timeout_usec = timeout();
        return SIGN_IN_REQUEST;
}

/* Others answer on that address, too: without the header it is not Google's. */
static int check_flavor(const struct message_reply *reply, struct error *err)
{
        char flavor[32];

        if (message_reply_header(reply, "metadata-flavor", flavor, sizeof(flavor)) &&
            strcmp(flavor, "Google") == 0)
                return 0;
        return error_set(err, -EACCES,
                         "what answers is not Google's metadata server, and there are no other "
                         "credentials: set credentials_file: to a service account's key, or run "
                         "'gcloud auth application-default login'");
}

static int metadata_failed(const struct gcp_at *at, const struct message_reply *reply,
                           struct error *err)
{
        bool passes = gcp_passes(reply);
        char text[300];

        (void)gcp_outcome(reply, text);
        if (at->account->source.last_resort)
                return error_set(err, -EACCES,
                                 "no Google credentials: GOOGLE_APPLICATION_CREDENTIALS is not "
                                 "set, 'gcloud auth application-default login' was not run, and "
                                 "there is no metadata server (%.150s). Set credentials_file: to a "
                                 "service account's key",
                                 text);
        return error_set(err, passes ? -EAGAIN : -EACCES, "%s", text);
}

/* ---- universe ---------------------------------------------------------------------------------
 */

static int ask_universe(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        return metadata_request(at, "/universe/universe-domain", req);
}

/* A token of another universe is not sent to this one. */
static int set_universe(struct gcp_source *s, const char *said, struct error *err)
{
        if (strcmp(s->universe, said) == 0)
                return 0;
        if (s->universe_said)
                return error_set(err, -EACCES,
                                 "this machine is of the universe '%.100s', not of %s as "
                                 "universe_domain says",
                                 said, s->universe);
        if (s->n_impersonations > 0)
                return error_set(err, -EACCES,
                                 "this machine is of the universe '%.100s': set "
                                 "universe_domain: to it beside impersonate:",
                                 said);
        free(s->universe);
        s->universe = strdup(said);
        return s->universe ? 0 : error_oom(err);
}

static int take_universe(const struct gcp_at *at, const struct message_reply *reply,
                         struct error *err)
{
        const char *text = buffer_text(&reply->body);
        char said[128];
        int r;

        if (gcp_passes(reply))
                return metadata_failed(at, reply, err);
        r = check_flavor(reply, err);
        if (r < 0)
                return r;
        (void)snprintf(said, sizeof(said), "%.*s", (int)strcspn(text, "\r\n"), text);
        if (reply->status == 404 || said[0] == '\0')
                (void)snprintf(said, sizeof(said), GCP_UNIVERSE); /* servers of before 2023 */
        else if (reply->status != 200)
                return metadata_failed(at, reply, err);
        if (!gcp_universe_is_valid(said))
                return error_set(err, -EBADMSG, "the universe that it names is no domain");
        at->flow->step = GCP_METADATA_TOKEN;
        return set_universe(&at->account->source, said, err);
}

const struct gcp_step_ops gcp_metadata_universe = { "metadata universe", ask_universe,
                                                    take_universe };

/* ---- token ------------------------------------------------------------------------------------
 */

static int ask_token(const struct gcp_at *at, struct message_request *req, struct error *err)
{
        return metadata_request(at, "/instance/service-accounts/default/token", req);
}

static int take_token(const struct gcp_at *at, const struct message_reply *reply, struct error *err)
{
        int r;

        if (gcp_passes(reply))
                return metadata_failed(at, reply, err);
        r = check_flavor(reply, err);
        if (r < 0)
                return r;
        if (reply->status == 404)
                return error_set(err, -EACCES,
                                 "no service account is attached to this machine: attach one, or "
                                 "set credentials_file:");
        if (reply->status != 200)
                return metadata_failed(at, reply, err);
        r = oauth_token_read(&at->flow->have, reply, gcp_now(at->account, at->now_usec), err);
        if (r == 0)
                at->flow->step = GCP_BECOME;
        return r;
}

const struct gcp_step_ops gcp_metadata_token = { "metadata token", ask_token, take_token };
