//go:build interop

package interop

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asteriskEnv names a program of Asterisk 23 or like it, with chan_pjsip, that is measured beside this one.
const asteriskEnv = "PLENUM_ASTERISK"

// asterisk starts Asterisk with the same people as [server.office], or is nil. Everything else is as Asterisk has it by default; call records
// are lines of a file.
func asterisk(b *testing.B, people int) *office {
	b.Helper()
	path := os.Getenv(asteriskEnv)
	if path == "" {
		return nil
	}
	dir, port := b.TempDir(), freePhonePort(b)
	o := &office{name: "Asterisk", sip: netip.MustParseAddrPort(fmt.Sprintf("127.0.0.1:%d", port)), meeting: "900"}
	var list []extension
	endpoints := fmt.Sprintf(`[udp]
type=transport
protocol=udp
bind=127.0.0.1:%d
[trunk]
type=endpoint
context=trunk
disallow=all
allow=alaw,opus
direct_media=no
[trunk]
type=identify
endpoint=trunk
match=%s
`, port, provider)
	for i := range people {
		number := fmt.Sprint(200 + i)
		list = append(list, extension{phoneAccount{number, "secret" + number}, number})
		endpoints += fmt.Sprintf(`[%[1]s]
type=endpoint
context=phones
disallow=all
allow=alaw
direct_media=no
auth=%[1]s
aors=%[1]s
[%[1]s]
type=auth
auth_type=userpass
username=%[1]s
password=secret%[1]s
[%[1]s]
type=aor
max_contacts=1
remove_existing=yes
`, number)
	}
	for _, d := range []string{"lib", "db", "keys", "data", "agi", "spool", "run", "log/cdr-csv"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"asterisk.conf": strings.ReplaceAll(`[directories]
astetcdir => DIR
astvarlibdir => DIR/lib
astdbdir => DIR/db
astkeydir => DIR/keys
astdatadir => DIR/data
astagidir => DIR/agi
astspooldir => DIR/spool
astrundir => DIR/run
astlogdir => DIR/log
`, "DIR", dir),
		"modules.conf":    "[modules]\nautoload=yes\n",
		"logger.conf":     "[general]\n[logfiles]\nconsole => error\n",
		"cdr.conf":        "[general]\nenable=yes\n[csv]\nusegmtime=yes\n",
		"rtp.conf":        "[general]\nrtpstart=20000\nrtpend=25999\n", // below what the system gives out
		"confbridge.conf": "[general]\n[default_bridge]\ntype=bridge\n[default_user]\ntype=user\nquiet=yes\n",
		"pjsip.conf":      endpoints,
		"extensions.conf": `[trunk]
exten => _` + fromOutside + `XXX,1,Dial(PJSIP/${EXTEN:-3})
[phones]
exten => _[2-8]XX,1,Dial(PJSIP/${EXTEN})
exten => 900,1,Answer()
same => n,ConfBridge(1)
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	var log strings.Builder
	cmd := exec.Command(path, "-f", "-C", filepath.Join(dir, "asterisk.conf"))
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if b.Failed() {
			b.Logf("log of Asterisk:\n%s", log.String())
		}
	})
	ctx, cancel := context.WithTimeout(b.Context(), patience)
	defer cancel()
	for {
		if exec.CommandContext(ctx, path, "-C", filepath.Join(dir, "asterisk.conf"), "-rx", "core waitfullybooted").Run() == nil {
			break
		}
		if ctx.Err() != nil {
			b.Fatalf("Asterisk is not ready:\n%s", log.String())
		}
		time.Sleep(time.Second / 10)
	}
	o.pid = cmd.Process.Pid
	return o.settles(b, list)
}
