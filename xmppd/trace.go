package xmppd

import (
	"context"
	"log/slog"
)

// LevelTrace is the level at which everything that passes over a client's connection is logged, in the attribute "xml" and
// whole: login data and passwords, too. The handler decides how much of it is written.
const LevelTrace = slog.LevelDebug - 4

func tracing(log *slog.Logger) bool { return log.Enabled(context.Background(), LevelTrace) }

// trace logs one element that was received or sent.
func trace(log *slog.Logger, what string, xml []byte) {
	if tracing(log) {
		log.Log(context.Background(), LevelTrace, what, "xml", xml)
	}
}

// traceSent logs elements that lie back to back in buf; ends[i] is where the i-th ends.
func traceSent(log *slog.Logger, buf []byte, ends []int) {
	if !tracing(log) {
		return
	}
	start := 0
	for _, end := range ends {
		trace(log, "sent", buf[start:end])
		start = end
	}
}
