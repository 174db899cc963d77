#include "daemon/watch/setup.h"

#include "daemon/watch/config-check.h"
#include "daemon/watch/paths.h"

#include <errno.h>
#include <string.h>

struct setup *setup_free(struct setup *s)
{
        if (!s)
                return NULL;
        judge_free(s->judge);
        catalogue_free(s->catalogue);
        files_free(s->files);
        config_free(s->config);
        free(s->data_dir);
        free(s);
        return NULL;
}

static int make_catalogue(struct setup *s, struct error *err)
{
        const struct catalogue_source from = { .files = s->files,
                                               .data_dir = s->data_dir,
                                               .overrides_dir = s->config->overrides };

        return catalogue_load_from(&s->catalogue, &from, err);
}

static int make_judge(struct setup *s, struct error *err)
{
        return judge_new_from(&s->judge, s->files, s->data_dir, s->config->overrides,
                              &s->config->policy, err);
}

static int load(struct setup **ret, const char *config_path, struct files *files_take,
                struct error *err)
{
        _cleanup_(setup_freep) struct setup *s = calloc(1, sizeof(*s));
        int r;

        if (!s) {
                files_free(files_take);
                return error_oom(err);
        }
        s->files = files_take;
        r = config_load(&s->config, config_path, err);
        if (r < 0)
                return r;
        r = paths_data_dir(&s->data_dir, err);
        if (r == 0)
                r = make_catalogue(s, err);
        if (r == 0)
                r = config_check_collectors(s->config, s->catalogue, err);
        if (r == 0)
                r = make_judge(s, err);
        if (r == 0)
                r = config_check_offers(s->config, s->judge, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

int setup_load(struct setup **ret, const char *config_path, struct error *err)
{
        return load(ret, config_path, NULL, err);
}

int setup_read(struct setup **ret, const char *config_path, struct error *err)
{
        _cleanup_(setup_freep) struct setup *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return error_oom(err);
        r = config_read(&s->config, config_path, err);
        if (r == 0)
                r = paths_data_dir(&s->data_dir, err);
        if (r == 0)
                r = judge_new(&s->judge, s->data_dir, s->config->overrides, &s->config->policy,
                              err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

static bool has_account(void *user, const char *provider)
{
        const struct config *config = user;

        for (size_t i = 0; i < config->n_accounts; i++)
                if (strcmp(config->accounts[i].provider_name, provider) == 0)
                        return true;
        return false;
}

int setup_load_long(struct setup **ret, const char *config_path, struct error *err)
{
        _cleanup_(setup_freep) struct setup *s = NULL;
        struct files *files = files_new();
        int r;

        if (!files)
                return error_oom(err);
        r = load(&s, config_path, files, err);
        if (r == 0)
                r = files_seal(files, err);
        if (r < 0 || !s)
                return r;
        catalogue_keep(s->catalogue, has_account, s->config);
        *ret = TAKE_PTR(s);
        return 0;
}

void setup_rest(struct setup *s)
{
        s->judge = judge_free(s->judge);
        s->catalogue = catalogue_free(s->catalogue);
}

int setup_wake(struct setup *s, struct error *err)
{
        int r = s->catalogue ? 0 : make_catalogue(s, err);

        if (r == 0 && !s->judge) {
                catalogue_keep(s->catalogue, has_account, s->config);
                r = make_judge(s, err);
        }
        return r;
}

int setup_rules(json_t **ret_rules, json_t **ret_words, struct error *err)
{
        static char *areas[] = { NULL };
        static const struct policy policy = { .areas = areas };
        _cleanup_(judge_freep) struct judge *judge = NULL;
        _cleanup_(freep) char *data_dir = NULL;
        json_auto_t *rules = NULL, *words = NULL;
        int r;

        r = paths_data_dir(&data_dir, err);
        if (r < 0)
                return r;
        r = judge_new(&judge, data_dir, NULL, &policy, err);
        if (r < 0)
                return r;
        rules = judge_rules(judge);
        words = judge_words(judge);
        if (!rules || !words)
                return error_oom(err);
        *ret_rules = TAKE_PTR(rules);
        *ret_words = TAKE_PTR(words);
        return 0;
}

int setup_catalogue(struct catalogue **ret, const char *config_path, struct error *err)
{
        _cleanup_(config_freep) struct config *config = NULL;
        _cleanup_(freep) char *data_dir = NULL;
        int r;

        r = config_read(&config, config_path, err);
        if (r == 0)
                r = paths_data_dir(&data_dir, err);
        return r < 0 ? r : catalogue_load(ret, data_dir, config->overrides, err);
}
