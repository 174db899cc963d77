/* What is in force: configuration, catalogue and rules, read together and replaced together, so
 * that a reload is either whole or refused. */
#pragma once

#include "daemon/engine/catalogue.h"
#include "daemon/judge/judge.h"
#include "daemon/watch/config.h"

struct setup {
        struct config *config;
        struct catalogue *catalogue;
        struct judge *judge; /* borrows config's policy */
        char *data_dir;
};

/* config_path NULL: the default one, if it is there. */
int setup_load(struct setup **ret, const char *config_path, struct error *err);
/* Configuration and judge alone, for what asks no cloud: no credentials are looked for, there may
 * be no account, and no catalogue. */
int setup_read(struct setup **ret, const char *config_path, struct error *err);
/* For who keeps it long: all was checked, and forgets what no account's provider needs. */
void setup_trim(struct setup *s);
struct setup *setup_free(struct setup *s);
DEFINE_CLEANUP(struct setup *, setup_free);

/* The rules and words alone, for explaining one without scan or configuration; new references. */
int setup_rules(json_t **ret_rules, json_t **ret_words, struct error *err);
/* The catalogue alone, with what the configuration's overrides put in its place. */
int setup_catalogue(struct catalogue **ret, const char *config_path, struct error *err);
