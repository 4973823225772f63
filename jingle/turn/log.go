package turn

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// levelTrace is below debug: what happens with each packet.
const levelTrace = slog.LevelDebug - 4

// loggers makes pion write to our log. What pion calls an error is a client's, so that nothing of it is above debug.
type loggers struct{ log *slog.Logger }

// NewLogger implements logging.LoggerFactory.
func (l loggers) NewLogger(string) logging.LeveledLogger { return l }

func (l loggers) write(level slog.Level, format string, args []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, "pion", "text", fmt.Sprintf(format, args...))
	}
}

func (l loggers) Trace(msg string)                  { l.write(levelTrace, "%s", []any{msg}) }
func (l loggers) Tracef(format string, args ...any) { l.write(levelTrace, format, args) }
func (l loggers) Debug(msg string)                  { l.write(levelTrace, "%s", []any{msg}) }
func (l loggers) Debugf(format string, args ...any) { l.write(levelTrace, format, args) }
func (l loggers) Info(msg string)                   { l.write(slog.LevelDebug, "%s", []any{msg}) }
func (l loggers) Infof(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }
func (l loggers) Warn(msg string)                   { l.write(slog.LevelDebug, "%s", []any{msg}) }
func (l loggers) Warnf(format string, args ...any)  { l.write(slog.LevelDebug, format, args) }
func (l loggers) Error(msg string)                  { l.write(slog.LevelDebug, "%s", []any{msg}) }
func (l loggers) Errorf(format string, args ...any) { l.write(slog.LevelDebug, format, args) }
