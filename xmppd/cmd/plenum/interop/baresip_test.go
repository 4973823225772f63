//go:build interop

package interop

import (
	"bufio"
	"bytes"
	bin "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/tone"
)

// baresipModules is where Debian's baresip-core keeps what baresip loads.
const baresipModules = "/usr/lib/baresip/modules"

// phoneAccount is what a telephone logs in with.
type phoneAccount struct{ User, Secret string }

// phoneConfig is how a telephone is set up. The zero value takes PCMA over UDP, unencrypted, plays 440 Hz, and rings until it is told to answer.
type phoneConfig struct {
	Codec     string // "opus", "G722", "PCMA", "PCMU"
	Transport string // "udp", "tcp", "tls"
	Encrypt   string // baresip's mediaenc: "srtp-mand", "dtls_srtp", or nothing
	ICE       bool
	Hz        float64 // of the tone that it plays
	Answers   bool    // by itself
	Outside   bool    // it registers nowhere: it is the telephone network behind a trunk at another address

}

// A phone is a baresip in a process of its own, without sound card: it plays a tone and writes what it hears into a file.
type phone struct {
	t      testing.TB
	name   string
	dir    string
	rate   int // of what it writes
	stereo bool
	cmd    *exec.Cmd
	events *diary
	ctrl   net.Conn
	port   int // where it is called

	mu  sync.Mutex
	log bytes.Buffer
}

// codecsOf has what baresip calls each codec, with the rate of its sound card and whether that is stereo.
var codecsOf = map[string]struct {
	name   string
	rate   int
	stereo bool
}{
	"opus": {"opus/48000/2", 48000, true}, "G722": {"G722/16000/1", 16000, false}, "PCMA": {"PCMA/8000/1", 8000, false}, "PCMU": {"PCMU/8000/1", 8000, false},
}

// provider is the address of the telephone network.
const provider = "127.0.0.2"

// toneLength is for how long a telephone can play its tone.
const toneLength = 3 * time.Minute

// startPhone starts baresip. It registers by itself; registered waits for that.
func startPhone(t testing.TB, srv *server, as phoneAccount, c phoneConfig) *phone {
	t.Helper()
	needsBaresip(t)
	if c.Codec == "" {
		c.Codec = "PCMA"
	}
	if c.Transport == "" {
		c.Transport = "udp"
	}
	if c.Hz == 0 {
		c.Hz = 440
	}
	codec := codecsOf[c.Codec]
	p := &phone{t: t, name: as.User, dir: t.TempDir(), rate: codec.rate, stereo: codec.stereo, events: newDiary(as.User)}
	if err := os.WriteFile(filepath.Join(p.dir, "in.wav"), toneFile(codec.rate, codec.stereo, c.Hz), 0o600); err != nil {
		t.Fatal(err)
	}
	listen, control := freePhonePort(t), freePhonePort(t)
	p.port = listen
	port := srv.port(portSIP)
	if c.Transport == "tls" {
		port = srv.port(portSIPS)
	}
	mode := "manual"
	if c.Answers {
		mode = "auto"
	}
	account := fmt.Sprintf("<sip:%s@%s>;auth_user=%s;auth_pass=%s;outbound=\"sip:127.0.0.1:%d;transport=%s\";regint=300;answermode=%s;audio_codecs=%s;call_transfer=yes",
		as.User, domain, as.User, as.Secret, port, c.Transport, mode, codec.name)
	if c.Encrypt != "" {
		account += ";mediaenc=" + c.Encrypt
	}
	if c.ICE {
		account += ";medianat=ice"
	}
	at := "127.0.0.1"
	if c.Outside {
		at = provider
		account = fmt.Sprintf("<sip:%s@%s:%d>;outbound=\"sip:127.0.0.1:%d;transport=udp\";regint=0;answermode=%s;audio_codecs=%s", as.User, at, listen, port, mode, codec.name)
	}
	config := fmt.Sprintf(`poll_method epoll
sip_listen %s:%d
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 4
audio_player aubridge,%s
audio_source aufile,%s
audio_alert aubridge,%s-alert
audio_level no
module_path %s
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module stun.so
module ice.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
snd_path %s
ctrl_tcp_listen 127.0.0.1:%d
`, at, listen, as.User, filepath.Join(p.dir, "in.wav"), as.User, baresipModules, p.dir, control)
	if c.ICE {
		config += "rtcp_mux yes\n"
	}
	if c.Transport == "tls" {
		config += "sip_cafile " + srv.certificate() + "\n"
	}
	for name, text := range map[string]string{"config": config, "accounts": account + "\n", "contacts": ""} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.cmd = exec.Command("baresip", "-s", "-f", p.dir)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	p.connect(control)
	return p
}

// needsBaresip looks for baresip, and says which one it is.
func needsBaresip(t testing.TB) {
	t.Helper()
	_, err := exec.LookPath("baresip")
	if tt, ok := t.(*testing.T); ok {
		needs(tt, "baresip (Debian: baresip-core)", err)
	}
	out, _ := exec.Command("baresip", "-h").CombinedOutput()
	if m := regexp.MustCompile(`baresip v(\S+)`).FindSubmatch(out); m != nil {
		ran("baresip " + string(m[1]))
	}
}

// freePhonePort finds a port such that it and the next one are free, for UDP and TCP.
func freePhonePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		next, err1 := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port+1))
		udp, err2 := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		for _, c := range []io.Closer{l, next, udp} {
			if c != nil {
				_ = c.Close()
			}
		}
		if err1 == nil && err2 == nil {
			return port
		}
	}
	t.Fatal("no two ports in a row are free")
	return 0
}

// connect opens the connection that baresip takes commands by.
func (p *phone) connect(port int) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			p.ctrl = c
			go p.listen(c)
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("baresip takes no commands: %v\n%s", err, p.logged())
		}
	}
}

// listen reads events: JSON in netstrings.
func (p *phone) listen(r io.Reader) {
	for b := bufio.NewReader(r); ; {
		text, err := b.ReadString(':')
		n, bad := strconv.Atoi(strings.TrimSuffix(text, ":"))
		if err != nil || bad != nil {
			return
		}
		body := make([]byte, n+1) // and the comma
		if _, err := io.ReadFull(b, body); err != nil {
			return
		}
		var e struct {
			Type    string `json:"type"`
			Peer    string `json:"peeruri"`
			Name    string `json:"peerdisplayname"`
			Param   string `json:"param"`
			ID      string `json:"id"`
			IsEvent bool   `json:"event"`
		}
		if json.Unmarshal(body[:n], &e) == nil && e.IsEvent {
			p.events.enter(event{Is: e.Type, From: e.Peer, Text: e.Param, ID: e.ID, Body: e.Name})
		}
	}
}

// tell gives a command of baresip's.
func (p *phone) tell(command, params string) {
	p.t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err == nil {
		_, err = fmt.Fprintf(p.ctrl, "%d:%s,", len(text), text)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) dial(number string) { p.t.Helper(); p.tell("dial", "sip:"+number+"@"+domain) }
func (p *phone) answer()            { p.t.Helper(); p.tell("accept", "") }
func (p *phone) hangUp()            { p.t.Helper(); p.tell("hangup", "") }

// press presses keys, one after the other.
func (p *phone) press(keys string) {
	p.t.Helper()
	for _, key := range keys {
		p.tell("sndcode", string(key))
	}
}

// await waits for the n-th event of a type.
func (p *phone) await(typ string, n int) event {
	p.t.Helper()
	return p.events.awaitAll(p.t, typ, n, func(e event) bool { return e.Is == typ })[n-1]
}

// registered waits until the phone has registered, which it may have before it takes commands.
func (p *phone) registered() { p.t.Helper(); p.logs("the registration", `\} 200 OK \(`) }

func (p *phone) established() { p.t.Helper(); p.await("CALL_ESTABLISHED", 1) }

// logs waits for what matches in the phone's log.
func (p *phone) logs(what, pattern string) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !regexp.MustCompile(pattern).MatchString(p.logged()); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("phone %s: waited in vain for %s", p.name, what)
		}
	}
}

// hears waits until the phone hears the tones, at the same time, and none of those that it shall not.
func (p *phone) hears(what string, tones ...float64) {
	p.t.Helper()
	p.until("to hear "+what, func(pcm []int16) bool {
		if len(tones) == 1 {
			return tone.Heard(pcm, tones[0])
		}
		for _, hz := range tones {
			if tone.Amplitude(pcm, hz) < audible {
				return false
			}
		}
		return true
	})
}

// audible is the least amplitude of a tone that counts as heard where several sound.
const audible = 300

// hearsMusic waits until there is sound which is none of the tones.
func (p *phone) hearsMusic(not ...float64) {
	p.t.Helper()
	p.until("to hear music", func(pcm []int16) bool {
		for _, hz := range not {
			if tone.Amplitude(pcm, hz) > audible {
				return false
			}
		}
		return media.Measure(pcm) < media.Quiet
	})
}

// hearsNone waits until the phone hears none of the tones.
func (p *phone) hearsNone(what string, tones ...float64) {
	p.t.Helper()
	p.until("not to hear "+what, func(pcm []int16) bool {
		for _, hz := range tones {
			if tone.Amplitude(pcm, hz) > audible {
				return false
			}
		}
		return true
	})
}

// until looks at the last half second that the phone has heard.
func (p *phone) until(what string, so func([]int16) bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		pcm := p.heard()
		if len(pcm) == media.Rate/2 && so(pcm) {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("phone %s: waited in vain %s; level %d, %s\n%s", p.name, what, media.Measure(pcm), spectrum(pcm), p.logged())
		}
	}
}

// spectrum says which of the tests' tones are in what was heard.
func spectrum(pcm []int16) string {
	var b strings.Builder
	for hz := 330.0; hz < 1500; hz += 55 {
		if a := tone.Amplitude(pcm, hz); a > 100 {
			fmt.Fprintf(&b, " %.0f Hz: %.0f", hz, a)
		}
	}
	return b.String()
}

// heard is the last half second, at 16,000 samples a second, and less when there is not as much yet.
func (p *phone) heard() []int16 {
	files, _ := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	var newest string
	var at time.Time
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.ModTime().After(at) {
			newest, at = file, info.ModTime()
		}
	}
	if newest == "" || time.Since(at) > 2*time.Second {
		return nil
	}
	file, err := os.ReadFile(newest)
	if err != nil || len(file) < 44 {
		return nil
	}
	frame := 2
	if p.stereo {
		frame = 4
	}
	data := file[44:]
	data = data[:len(data)/frame*frame]
	n := min(len(data)/frame, p.rate/2)
	data = data[len(data)-n*frame:]
	pcm := make([]int16, 0, media.Rate/2)
	for i := 0; i < media.Rate/2; i++ {
		j := i * p.rate / media.Rate
		if j >= n {
			break
		}
		pcm = append(pcm, int16(bin.LittleEndian.Uint16(data[j*frame:])))
	}
	return pcm
}

// toneFile is a WAV file of a sine.
func toneFile(rate int, stereo bool, hz float64) []byte {
	channels := 1
	if stereo {
		channels = 2
	}
	n := int(toneLength.Seconds()) * rate
	b := make([]byte, 0, 44+n*2*channels)
	u32 := func(v int) { b = bin.LittleEndian.AppendUint32(b, uint32(v)) }
	u16 := func(v int) { b = bin.LittleEndian.AppendUint16(b, uint16(v)) }
	b = append(b, "RIFF"...)
	u32(36 + n*2*channels)
	b = append(b, "WAVEfmt "...)
	u32(16)
	u16(1)
	u16(channels)
	u32(rate)
	u32(rate * 2 * channels)
	u16(2 * channels)
	u16(16)
	b = append(b, "data"...)
	u32(n * 2 * channels)
	for i := range n {
		v := int(8000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
		for range channels {
			u16(v)
		}
	}
	return b
}

func (p *phone) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(text)
}

func (p *phone) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// dies is the end of a phone whose battery is empty.
func (p *phone) dies() {
	_ = p.ctrl.Close()
	p.ctrl = nil
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
}

func (p *phone) end() {
	if p.ctrl != nil {
		text := `{"command":"quit","params":""}`
		_, _ = fmt.Fprintf(p.ctrl, "%d:%s,", len(text), text)
	}
	gone := make(chan error, 1)
	go func() { gone <- p.cmd.Wait() }()
	select {
	case err := <-gone:
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			p.t.Log(err)
		}
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-gone
	}
	if p.t.Failed() {
		p.t.Logf("phone %s wrote:\n%s", p.name, p.logged())
	}
}
