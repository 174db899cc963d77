/* Messages for operators on standard error; under systemd each line begins with its priority
 * ("<4>"), which journald takes off. Credentials, tokens and bodies are never logged. */
#pragma once

#include "daemon/base/cleanup.h"

#include <syslog.h>

/* Messages above this priority number are dropped; LOG_INFO at the start. */
void log_set_max_priority(int priority);
int log_max_priority(void);

/* priority is one of syslog's. A newline is added. */
void log_message(int priority, const char *fmt, ...) _printf_(2, 3);

#define log_error(...) log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
