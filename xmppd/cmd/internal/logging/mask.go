package logging

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxTraced is how many bytes of a stanza a trace shows unless all is asked for: enough for a chat message with its
// extensions, too little for an avatar.
const maxTraced = 2048

const masked = "[masked]"

// secretKeys are attributes whose value is never written. Login data on the wire is in "xml" and masked apart.
var secretKeys = map[string]bool{
	"password": true, "passwd": true, "secret": true, "token": true, "pin": true, "key": true,
	"authorization": true, "cookie": true, "dsn": true,
}

// What stands between these tags is login data: SASL (RFC 6120 §6.4), its successor (XEP-0388#overview), the passwords
// of rooms, registration and forms.
var (
	secretElements = regexp.MustCompile(`(?s)(<(?:[\w.-]+:)?(auth|response|challenge|success|initial-response|additional-data|password|nonce|hash-token)(?:\s[^>]*)?>)([^<]+)`)
	secretFields   = regexp.MustCompile(`(?s)(var=["'][^"']*(?:password|passwd|secret|pass)[^"']*["'][^>]*>\s*<value>)([^<]+)`)
)

// handler checks the level of its package and masks what must not be read.
type handler struct {
	next  slog.Handler
	level *slog.LevelVar
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.clean(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	cleaned := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		cleaned[i] = h.clean(a)
	}
	return &handler{h.next.WithAttrs(cleaned), h.level}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{h.next.WithGroup(name), h.level}
}

func (h *handler) clean(a slog.Attr) slog.Attr {
	switch key := strings.ToLower(a.Key); {
	case secretKeys[key]:
		return slog.String(a.Key, masked)
	case key == "xml":
		return slog.String(a.Key, h.cleanXML(text(a.Value)))
	case a.Value.Kind() == slog.KindGroup:
		var inner []any
		for _, member := range a.Value.Group() {
			inner = append(inner, h.clean(member))
		}
		return slog.Group(a.Key, inner...)
	}
	return a
}

func text(v slog.Value) string {
	if raw, ok := v.Any().([]byte); ok {
		return string(raw)
	}
	return v.Resolve().String()
}

func (h *handler) cleanXML(xml string) string {
	level := h.level.Level()
	if level > LevelTraceSASL {
		xml = secretElements.ReplaceAllString(xml, "$1"+masked)
		xml = secretFields.ReplaceAllString(xml, "$1"+masked)
	}
	if level > LevelTraceBulk && len(xml) > maxTraced {
		cut := maxTraced
		for cut > 0 && !utf8.RuneStart(xml[cut]) {
			cut--
		}
		return fmt.Sprintf("%s… %d bytes more", xml[:cut], len(xml)-cut)
	}
	return xml
}
