/* Runs a command without a shell on the event loop (credential_process and its like); its standard
 * output is the reply. */
#pragma once

#include "daemon/engine/http.h"

struct command;

/* Like http_send(): on_reply once, later. The command is killed after timeout_usec. */
int command_run(sd_event *event, char *const argv[], uint64_t timeout_usec, http_reply_fn on_reply,
                void *user, struct command **ret, struct error *err);
void command_cancel(struct command *c);
