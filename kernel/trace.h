/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - kernel tracepoints, with plain integers and strings, for perf,
 * trace-cmd and bpftrace.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM suture

#if !defined(SUTURE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SUTURE_TRACE_H

#include <linux/tracepoint.h>

#include "event.h"

TRACE_EVENT(suture_event,
	TP_PROTO(const struct suture_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__field(u64, seq)
		__array(char, domain, 32)
		__array(char, rule, 24)
		__array(char, action, 12)
		__array(char, entry, 64)
		__array(char, site, 96)
		__array(char, text, 112)
	),
	TP_fast_assign(
		__entry->seq = event->seq;
		strscpy(__entry->domain, event->domain, sizeof(__entry->domain));
		strscpy(__entry->rule, event->rule->id, sizeof(__entry->rule));
		strscpy(__entry->action, suture_action_name(event->did),
			sizeof(__entry->action));
		strscpy(__entry->entry, event->entry, sizeof(__entry->entry));
		strscpy(__entry->site, event->site, sizeof(__entry->site));
		strscpy(__entry->text, event->text, sizeof(__entry->text));
	),
	TP_printk("seq=%llu driver=%s rule=%s action=%s entry=%s site=%s text=%s",
		  __entry->seq, __entry->domain, __entry->rule, __entry->action,
		  __entry->entry, __entry->site, __entry->text)
);

#endif /* SUTURE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
