package logging_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"plenum/xmppd/cmd/internal/logging"
)

func start(t *testing.T, cfg logging.Config) (*logging.Logs, *strings.Builder) {
	t.Helper()
	out := new(strings.Builder)
	logs, err := logging.New(out, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return logs, out
}

func TestLevelsArePerPackageAndChangeWhileRunning(t *testing.T) {
	logs, out := start(t, logging.Config{Levels: map[string]string{"muc": "debug"}})
	xmppd, muc := logs.For("xmppd"), logs.For("muc").With("room", "garden")
	says := func(want string) {
		t.Helper()
		out.Reset()
		xmppd.Debug("one")
		muc.Debug("two")
		var got []string
		for line := range strings.Lines(out.String()) {
			_, message, _ := strings.Cut(strings.TrimSpace(line), "msg=")
			got = append(got, message)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	says("two pkg=muc room=garden")
	set := func(pkg, level string) {
		t.Helper()
		if err := logs.Set(pkg, level); err != nil {
			t.Fatal(err)
		}
	}
	set("xmppd", "debug")
	says("one pkg=xmppd; two pkg=muc room=garden")
	set(logging.All, "warn")
	says("")
	set(logging.All, "trace")
	says("one pkg=xmppd; two pkg=muc room=garden")
	if got := logs.Levels(); got["muc"] != "trace" || got["xmppd"] != "trace" {
		t.Errorf("levels %v", got)
	}
	if err := logs.Set("mcu", "debug"); err == nil || !strings.Contains(err.Error(), "muc") {
		t.Errorf("a package that is not there: %v", err)
	}
	if err := logs.Set("muc", "loud"); err == nil {
		t.Error("a level that is not there is taken")
	}
}

func TestSecretsAreMaskedByLevel(t *testing.T) {
	long := "<message><body>" + strings.Repeat("ä", 3000) + "</body></message>"
	for _, c := range []struct{ name, xml, level, want string }{
		{"SASL at trace", `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AHJvbWVv</auth>`, "trace",
			`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">[masked]</auth>`},
		{"SASL at trace-sasl", `<response xmlns="x">Yz1i</response>`, "trace-sasl", `<response xmlns="x">Yz1i</response>`},
		{"SASL with a prefix", `<s:response>Yz1i</s:response>`, "trace", `<s:response>[masked]</s:response>`},
		{"a room's password", `<presence><x><password>secret</password></x></presence>`, "trace", `<presence><x><password>[masked]</password></x></presence>`},
		{"a form's password", `<field var="muc#roomconfig_roomsecret"><value>s3</value></field>`, "trace", `<field var="muc#roomconfig_roomsecret"><value>[masked]</value></field>`},
		{"an ordinary message", `<message><body>hi</body></message>`, "trace", `<message><body>hi</body></message>`},
		{"a long one at trace-sasl", long, "trace-sasl", long[:2047] + "… " + "3985 bytes more"},
		{"a long one at trace-bulk", long, "trace-bulk", long},
	} {
		logs, out := start(t, logging.Config{Level: c.level, Format: "json"})
		logs.For("xmppd").Log(context.Background(), logging.LevelTrace, "in", "xml", []byte(c.xml))
		var line struct{ Level, XML string }
		if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
			t.Fatalf("%s: %v in %q", c.name, err, out)
		}
		if line.XML != c.want || line.Level != "TRACE" {
			t.Errorf("%s: %s %q, want %q", c.name, line.Level, line.XML, c.want)
		}
	}
}

func TestSecretAttributesAreMaskedAtEveryLevel(t *testing.T) {
	logs, out := start(t, logging.Config{Level: "trace-bulk"})
	log := logs.For("admin").With("token", "s3cret")
	log.Error("x", "password", "s3cret", slog.Group("request", "Authorization", "s3cret", "path", "/api"))
	if got := out.String(); strings.Contains(got, "s3cret") || !strings.Contains(got, "request.path=/api") {
		t.Errorf("got %s", got)
	}
}

func TestConfigFaultsAreAllReported(t *testing.T) {
	cfg := logging.Config{Level: "loud", Levels: map[string]string{"muc": "quiet"}, Format: "xml"}
	err := cfg.Validate()
	for _, want := range []string{"level: ", "levels.muc: ", "format: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
