//go:build interop

package interop

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// A firefox is a page in a Firefox of its own, driven by WebDriver BiDi.
type firefox struct {
	t       testing.TB
	conn    *websocket.Conn
	asked   int
	context string
}

// Firefox makes a sound and a picture of its own when there are no devices, asks nobody for permission, and plays without a click.
const firefoxSettings = `user_pref("media.navigator.streams.fake", true);
user_pref("media.navigator.permission.disabled", true);
user_pref("media.autoplay.default", 0);
user_pref("media.autoplay.blocking_policy", 0);
user_pref("media.autoplay.block-webaudio", false);
user_pref("media.peerconnection.ice.loopback", true);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("media.gmp-manager.updateEnabled", false);
user_pref("intl.accept_languages", "en");
user_pref("app.update.enabled", false);
`

func openFirefox(t *testing.T, url string) *firefox {
	t.Helper()
	program, err := exec.LookPath("firefox-esr")
	needs(t, "firefox-esr", err)
	profile := t.TempDir()
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxSettings), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", profile)
	cmd.Env = append(os.Environ(), "HOME="+profile, "MOZ_DISABLE_CONTENT_SANDBOX=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if _, at, ok := strings.Cut(lines.Text(), "WebDriver BiDi listening on "); ok {
				address <- at
			}
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	f := &firefox{t: t}
	select {
	case at := <-address:
		f.conn, _, err = websocket.Dial(t.Context(), at+"/session", nil)
	case <-ended:
		err = fmt.Errorf("firefox ended")
	case <-time.After(2 * patience):
		err = fmt.Errorf("firefox does not come up")
	}
	if err != nil {
		t.Fatal(err)
	}
	f.conn.SetReadLimit(64 << 20)
	t.Cleanup(func() { _ = f.conn.CloseNow() })
	var session struct {
		Capabilities struct{ BrowserName, BrowserVersion string }
	}
	f.send("session.new", `{"capabilities":{"alwaysMatch":{"acceptInsecureCerts":true}}}`, &session)
	ran("Firefox " + session.Capabilities.BrowserVersion)
	script, err := os.ReadFile("testdata/preload.js")
	if err != nil {
		t.Fatal(err)
	}
	f.send("script.addPreloadScript", fmt.Sprintf(`{"functionDeclaration":%s}`, quoted("() => {"+string(script)+"}")), nil)
	var tabs struct {
		Contexts []struct{ Context string }
	}
	f.send("browsingContext.getTree", `{}`, &tabs)
	f.context = tabs.Contexts[0].Context
	f.send("browsingContext.setViewport", fmt.Sprintf(`{"context":%s,"viewport":{"width":1440,"height":900}}`, quoted(f.context)), nil)
	f.send("browsingContext.navigate", fmt.Sprintf(`{"context":%s,"url":%s,"wait":"complete"}`, quoted(f.context), quoted(url)), nil)
	return f
}

func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// send gives a command and waits for its result.
func (f *firefox) send(method, params string, result any) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), 2*patience)
	defer cancel()
	f.asked++
	if err := f.conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"id":%d,"method":%q,"params":%s}`, f.asked, method, params)); err != nil {
		f.t.Fatal(err)
	}
	for {
		var answer struct {
			ID             int
			Error, Message string
			Result         json.RawMessage
		}
		if err := wsjson.Read(ctx, f.conn, &answer); err != nil {
			f.t.Fatalf("%s: %v", method, err)
		}
		if answer.ID != f.asked {
			continue // an event
		}
		if answer.Error != "" {
			f.t.Fatalf("%s %s: %s: %s", method, params, answer.Error, answer.Message)
		}
		if result != nil {
			if err := json.Unmarshal(answer.Result, result); err != nil {
				f.t.Fatal(err)
			}
		}
		return
	}
}

func (f *firefox) eval(expression string) json.RawMessage {
	f.t.Helper()
	var out struct {
		Type             string
		Result           struct{ Value string }
		ExceptionDetails struct{ Text string }
	}
	source := fmt.Sprintf("(async () => JSON.stringify((await (%s)) ?? null))()", expression)
	f.send("script.evaluate", fmt.Sprintf(`{"expression":%s,"target":{"context":%s},"awaitPromise":true,"userActivation":true}`, quoted(source), quoted(f.context)), &out)
	if out.Type != "success" {
		f.t.Fatalf("%s: %s", expression, out.ExceptionDetails.Text)
	}
	return json.RawMessage(out.Result.Value)
}

func (f *firefox) press(selector string) {
	f.t.Helper()
	until(f.t, f, selector, fmt.Sprintf("document.querySelector(%s)", quoted(selector)))
	f.eval(fmt.Sprintf("document.querySelector(%s).click()", quoted(selector)))
}

func (f *firefox) fill(selector, text string) {
	f.t.Helper()
	until(f.t, f, selector, fmt.Sprintf("document.querySelector(%s)", quoted(selector)))
	f.eval(fmt.Sprintf(`(() => {
		const field = document.querySelector(%s)
		field.focus()
		field.value = %s
		field.dispatchEvent(new Event('input', { bubbles: true }))
		field.dispatchEvent(new Event('change', { bubbles: true }))
	})()`, quoted(selector), quoted(text)))
}

func (f *firefox) shot(file string) {
	f.t.Helper()
	var picture struct{ Data string }
	f.send("browsingContext.captureScreenshot", fmt.Sprintf(`{"context":%s}`, quoted(f.context)), &picture)
	png, err := base64.StdEncoding.DecodeString(picture.Data)
	if err == nil {
		err = os.WriteFile(file, png, 0o600)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}
