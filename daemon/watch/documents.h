/* The documents that vigie serve has: each is made once for a scan, when somebody first asks for
 * it, and kept until another scan has ended. Whoever asks meanwhile waits for it; nobody else
 * does. */
#pragma once

#include "daemon/model/text.h"
#include "daemon/watch/listener.h"

struct document; /* one of the program's own list */
struct documents;

/* The document at that path; by: of the query, NULL for none. NULL when there is none. */
const struct document *document_find(const char *path, const char *by);
/* The paths, in the order of the list, each once; NULL after the last. */
const char *document_path(size_t i);
const char *document_type(const struct document *d);

/* config: whose registers the report's page tells of (NULL: the default one's). Paths are borrowed.
 */
int documents_new(struct documents **ret, sd_event *event, const char *state_dir,
                  const char *config, struct error *err);
/* Whoever waits is told that the program ends. */
struct documents *documents_free(struct documents *all);
DEFINE_CLEANUP(struct documents *, documents_free);

/* Answers with the document as of that scan (store_peek()), now or once it is made; with status 304
 * when the asker has it. */
void documents_answer(struct documents *all, struct exchange *x, const struct document *d,
                      enum language language, const char *scan_id);

/* Answers with a text for people, the strict headers, and one of allow and retry (NULL: without).
 */
void document_refuse(struct exchange *x, unsigned status, const char *allow, const char *retry,
                     const char *fmt, ...) _printf_(5, 6);
