#include "daemon/watch/verdicts.h"

#include <errno.h>
#include <string.h>

struct verdicts {
        struct verdicts_request request;
        const struct judge_view *view;
        char *(*places)[4]; /* provider, account, scope, region */
        size_t n_places;
};

/* ---- the list of places -------------------------------------------------------------------------
 */

static bool is_judged(const struct verdicts *v, const char *account)
{
        const struct config *config = v->request.config;

        if (v->request.account)
                return strcmp(v->request.account, account) == 0;
        for (size_t i = 0; i < config->n_accounts; i++)
                if (strcmp(config->accounts[i].name, account) == 0)
                        return true;
        return false;
}

static int on_place(void *user, const struct place *place)
{
        struct verdicts *v = user;
        const char *const parts[] = { place->provider, place->account, place->scope,
                                      place->region };
        char *(*grown)[4];

        if (!is_judged(v, place->account))
                return 0;
        if ((v->n_places & (v->n_places - 1)) == 0) { /* room doubles at each power of two */
                grown = reallocarray(v->places, v->n_places ? 2 * v->n_places : 1, sizeof(*grown));
                if (!grown)
                        return -ENOMEM;
                v->places = grown;
        }
        memset(v->places[v->n_places], 0, sizeof(v->places[0]));
        v->n_places++;
        for (size_t i = 0; i < ELEMENTSOF(parts); i++) {
                v->places[v->n_places - 1][i] = strdup(parts[i] ? parts[i] : "");
                if (!v->places[v->n_places - 1][i])
                        return -ENOMEM;
        }
        return 0;
}

static struct place place_at(const struct verdicts *v, size_t index)
{
        char *const *parts = v->places[index];

        return (struct place){ parts[0], parts[1], parts[2], parts[3] };
}

static int write_rules(const struct verdicts *v, struct error *err)
{
        const struct judge *judge = v->request.judge;
        json_auto_t *rules = judge_rules(judge), *words = judge_words(judge);
        json_auto_t *waivers = judge_waivers(judge, v->request.date_usec);
        json_auto_t *parts = judge_parts(judge);
        int r;

        if (!rules || !words || !waivers || !parts)
                return error_oom(err);
        r = store_rules(v->request.record, judge_digest(judge), rules, words, err);
        if (r == 0)
                r = store_waivers(v->request.record, waivers, err);
        return r < 0 ? r : store_judged_by(v->request.record, parts, v->request.date_usec, err);
}

int verdicts_new(struct verdicts **ret, const struct verdicts_request *request,
                 const struct judge_view *view, struct error *err)
{
        _cleanup_(verdicts_freep) struct verdicts *v = calloc(1, sizeof(*v));
        const struct store_filter all = { .all = true };
        int r;

        if (!v)
                return error_oom(err);
        v->request = *request;
        v->view = view;
        r = write_rules(v, err);
        if (r < 0)
                return r;
        r = store_each_place(request->store, &all, on_place, v, err);
        if (r < 0)
                return error_set(err, r, "list of places: %s", strerror(-r));
        *ret = TAKE_PTR(v);
        return 0;
}

struct verdicts *verdicts_free(struct verdicts *v)
{
        if (!v)
                return NULL;
        for (size_t i = 0; i < v->n_places; i++)
                for (size_t part = 0; part < ELEMENTSOF(v->places[i]); part++)
                        free(v->places[i][part]);
        free(v->places);
        free(v);
        return NULL;
}

size_t verdicts_n_places(const struct verdicts *v)
{
        return v->n_places;
}

/* ---- what could not be read
 * ------------------------------------------------------------------------ */

/* Where the judgements of one subject go, and what takes "pass" from them. */
struct recording {
        struct verdicts *v;
        bool doubtful;
        char why[LANGUAGE_MAX][512];
        struct error *err;
};

static int on_judgement(void *user, const struct judgement *judgement)
{
        struct recording *rec = user;
        struct judgement doubted = *judgement;

        if (!rec->doubtful || judgement->verdict != VERDICT_PASS)
                return store_judge_add(rec->v->request.record, judgement, rec->err);
        doubted.verdict = VERDICT_UNKNOWN;
        doubted.severity = SEVERITY_LOW;
        for (int i = 0; i < LANGUAGE_MAX; i++)
                doubted.why[i] = rec->why[i];
        doubted.arithmetic = NULL;
        return store_judge_add(rec->v->request.record, &doubted, rec->err);
}

static int on_unread(void *user, const struct store_coverage *row)
{
        struct recording *rec = user;
        const struct coverage *c = &row->coverage;
        const char *state = coverage_state_name(c->state), *cause = c->cause ? c->cause : "";
        const char *last = row->last_ok ? row->last_ok : "-";

        if (coverage_is_answer(c->state))
                return 1;
        rec->doubtful = true;
        (void)snprintf(rec->why[LANGUAGE_EN], sizeof(rec->why[LANGUAGE_EN]),
                       "Not read this time (%s: %.300s); the last reading, of %s, met the rule.",
                       state, cause, last);
        (void)snprintf(rec->why[LANGUAGE_FR], sizeof(rec->why[LANGUAGE_FR]),
                       "Non lu cette fois (%s : %.300s) ; la dernière lecture, du %s, "
                       "satisfaisait la règle.",
                       state, cause, last);
        return 1;
}

/* A stale resource was either not listed by an answer, and is judged as it was, or could not be
 * read. */
static int doubt(struct recording *rec, const struct store_resource *row)
{
        const struct resource *r = row->resource;
        const struct store_filter filter = {
                .provider = r->provider,
                .account = r->account,
                .scope = r->scope,
                .region = r->region,
                .kind = r->kind,
                .all = true,
        };
        int n;

        if (!row->stale)
                return 0;
        n = store_each_coverage(rec->v->request.store, &filter, on_unread, rec, rec->err);
        return n < 0 ? n : 0;
}

/* ---- one subject -------------------------------------------------------------------------------
 */

static int describe(const struct verdicts *v, const struct store_resource *row, struct error *err)
{
        json_auto_t *description = NULL;
        int r = judge_describe(v->request.judge, v->view, row->resource, v->request.date_usec,
                               &description, err);

        if (r < 0)
                return r;
        return store_describe(v->request.record, row->key, description, err);
}

struct walk {
        struct verdicts *v;
        struct error *err;
};

static int on_resource(void *user, const struct store_resource *row)
{
        const struct walk *walk = user;
        struct verdicts *v = walk->v;
        const struct resource *resource = row->resource;
        const struct place place = { resource->provider, resource->account, resource->scope,
                                     resource->region };
        struct recording rec = { .v = v, .err = walk->err };
        int r = 0;

        if (!resource->topic) /* records of evidence have no role in the law */
                r = describe(v, row, walk->err);
        if (r < 0)
                return r;
        r = doubt(&rec, row);
        if (r < 0)
                return r;
        r = store_judge_begin(v->request.record, &place, row->key, walk->err);
        if (r < 0)
                return r;
        r = judge_resource(v->request.judge, v->view, resource, v->request.date_usec, on_judgement,
                           &rec, walk->err);
        if (r < 0)
                return r;
        return store_judge_end(v->request.record, walk->err);
}

static int on_switched_off(void *user, const struct coverage *c)
{
        bool *off = user;

        *off = c->topic && strcmp(c->topic, "scope") == 0 && c->state == COVERAGE_OFF;
        return *off ? 0 : 1;
}

/* All that is known of the scope is that its list says it is suspended or closed: rules would speak
 * of nothing. Its line of coverage says so. */
static int is_switched_off(const struct verdicts *v, const struct place *place, bool *ret)
{
        struct place scope = *place;

        *ret = false;
        scope.region = "";
        return *place->scope ? v->view->coverage(v->view->ctx, &scope, NULL, on_switched_off, ret)
                             : 0;
}

static int judge_subject(struct verdicts *v, const struct place *place, struct error *err)
{
        struct recording rec = { .v = v, .err = err };
        bool off;
        int r;

        r = is_switched_off(v, place, &off);
        if (r < 0)
                return r;
        r = store_judge_begin(v->request.record, place, NULL, err);
        if (r < 0)
                return r;
        /* what the account itself was asked (which scopes it has) is a place, and no scope */
        if (!off && (*place->scope || *place->region))
                r = (*place->region ? judge_place : judge_scope)(v->request.judge, v->view, place,
                                                                 v->request.date_usec, on_judgement,
                                                                 &rec, err);
        if (r < 0)
                return r;
        return store_judge_end(v->request.record, err);
}

int verdicts_judge_place(struct verdicts *v, size_t index, struct error *err)
{
        const struct place place = place_at(v, index);
        const struct store_filter filter = {
                .provider = place.provider,
                .account = place.account,
                .scope = place.scope,
                .region = place.region,
                .evidence = true, /* log sinks have rules of their own */
        };
        struct walk walk = { .v = v, .err = err };
        int r;

        r = judge_subject(v, &place, err);
        if (r < 0 || !*place.region)
                return r < 0 ? error_set(err, r, "judging: %s", strerror(-r)) : 0;
        r = store_each_resource(v->request.store, &filter, on_resource, &walk, err);
        return r < 0 ? error_set(err, r, "judging: %s", strerror(-r)) : 0;
}
