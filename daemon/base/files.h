/* Files of data, and what was read of them: so that what was made of them can be let go of and made
 * again as it was, whatever has become of the files since.
 *
 * Each function takes NULL instead, for who reads once. Until it is sealed all that is read is
 * kept; from then on nothing else is there, and no disk is looked at. */
#pragma once

#include "daemon/base/digest.h"
#include "daemon/base/yaml.h"

struct files;

struct files *files_new(void); /* NULL: no memory */
struct files *files_free(struct files *f);
DEFINE_CLEANUP(struct files *, files_free);

/* -ENOMEM: it can only be freed. */
int files_seal(struct files *f, struct error *err);
bool files_are_sealed(const struct files *f);

/* As yaml_load_file(). hex (NULL: not wanted) gets the digest of the file. */
int files_yaml(struct files *f, const char *path, struct yaml **ret, char *hex, struct error *err);

/* The names of the folder's *.yaml in order, without those that begin with a dot: an array of
 * strings, new reference. -ENOENT. */
int files_list(struct files *f, const char *folder, json_t **ret, struct error *err);
