/* Which conversation logs of a Lex alias are written: a destination stays in the reply when its log
 * is switched off, and then nothing arrives there. */
#include "providers/aws/account.h"

#include "daemon/base/json.h"
#include "daemon/model/fact.h"

#include <errno.h>

/* What stands at path in each setting that is enabled, with what stands at below after a "/". */
static json_t *written(const json_t *settings, const char *path, const char *below)
{
        json_t *list = json_array(), *one;
        size_t i;

        json_array_foreach((json_t *)settings, i, one)
        {
                const char *to = json_path_string(one, path);
                const char *under = below ? json_path_string(one, below) : NULL;

                if (!to || !json_is_true(json_object_get(one, "enabled")))
                        continue;
                if (json_array_append_new(list, under ? json_sprintf("%s/%s", to, under)
                                                      : json_string(to)) < 0) {
                        json_decref(list);
                        return NULL;
                }
        }
        return list;
}

static int set_list(struct resource *r, const char *fact, json_t *list, int evidence)
{
        if (!list)
                return -ENOMEM;
        return json_array_size(list) > 0
                       ? fact_set_known_take(r->facts, fact, json_incref(list), evidence)
                       : fact_set_absent(r->facts, fact, evidence);
}

static int set_unknown(struct resource *r, struct error *err)
{
        static const char cause[] = "the settings of conversation logs are not in a known form";

        return fact_set_unknown(r->facts, "log.destination", cause) < 0 ||
                               fact_set_unknown(r->facts, "log.encryption_key", cause) < 0
                       ? error_oom(err)
                       : 0;
}

int aws_refine_lex_logs(const struct account *a, struct resource *r, const json_t *item,
                        struct error *err)
{
        const json_t *settings = NULL;
        json_auto_t *places = NULL, *buckets = NULL, *keys = NULL;
        int evidence = fact_evidence(r->facts, "log.destination"), result;

        if (fact_get(r->facts, "log.destination", &settings, NULL) != FACT_KNOWN)
                return 0;
        if (!json_is_object(settings))
                return set_unknown(r, err);
        places = written(json_object_get(settings, "textLogSettings"),
                         "destination.cloudWatch.cloudWatchLogGroupArn", NULL);
        buckets = written(json_object_get(settings, "audioLogSettings"),
                          "destination.s3Bucket.s3BucketArn", "destination.s3Bucket.logPrefix");
        keys = written(json_object_get(settings, "audioLogSettings"),
                       "destination.s3Bucket.kmsKeyArn", NULL);
        result = places && buckets ? json_array_extend(places, buckets) : -ENOMEM;
        if (result == 0)
                result = set_list(r, "log.encryption_key", keys, evidence);
        if (result == 0)
                result = set_list(r, "log.destination", places, evidence); /* settings end here */
        return result < 0 ? error_oom(err) : 0;
}
