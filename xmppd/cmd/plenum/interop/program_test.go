//go:build interop

package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A program is a client in a process of its own: it takes one JSON object a line as order and prints events the same way.
type program struct {
	t      testing.TB
	cmd    *exec.Cmd
	orders io.WriteCloser
	events *diary
	ended  chan struct{}

	mu     sync.Mutex
	faults bytes.Buffer
}

// order is what a program is told to do.
type order struct {
	Do     string `json:"do"`
	ID     string `json:"id,omitempty"`
	To     string `json:"to,omitempty"`
	Body   string `json:"body,omitempty"`
	Show   string `json:"show,omitempty"`
	Status string `json:"status,omitempty"`
	Nick   string `json:"nick,omitempty"`
	After  string `json:"after,omitempty"`
	Login  *login `json:"login,omitempty"`

	Form map[string]string `json:"form,omitempty"`
}

// run starts a client program and logs in. It is killed when the test ends.
func run(t testing.TB, who login, command string, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command(command, args...), events: newDiary(who.JID), ended: make(chan struct{})}
	p.cmd.Stderr = p
	p.cmd.Env = append(os.Environ(), "PYTHONWARNINGS=ignore", "PYTHONUNBUFFERED=1")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdout, err := p.cmd.StdoutPipe()
	if err == nil {
		p.orders, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go p.listen(stdout)
	t.Cleanup(func() {
		p.end()
		if t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Logf("%s (%s) wrote:\n%s", who.JID, command, p.faults.String())
		}
	})
	p.tell(order{Do: "login", Login: &who})
	return p
}

func (p *program) listen(stdout io.Reader) {
	defer close(p.ended)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			_, _ = p.Write(append(lines.Bytes(), '\n'))
			continue
		}
		p.events.enter(e)
	}
	_ = p.cmd.Wait()
}

// end asks the program to leave, and kills it with all its processes when it does not.
func (p *program) end() {
	_ = p.orders.Close()
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

func (p *program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults.Write(text)
}

func (p *program) tell(o order) {
	text, err := json.Marshal(o)
	if err == nil {
		_, err = p.orders.Write(append(text, '\n'))
	}
	if err != nil {
		p.t.Errorf("%s: %v", p.events.who, err)
	}
}

func (p *program) add(jid string)             { p.tell(order{Do: "add", To: jid}) }
func (p *program) show(show, status string)   { p.tell(order{Do: "show", Show: show, Status: status}) }
func (p *program) chat(to, body string)       { p.tell(order{Do: "chat", To: to, Body: body}) }
func (p *program) join(room, nick string)     { p.tell(order{Do: "join", To: room, Nick: nick}) }
func (p *program) say(room, body string)      { p.tell(order{Do: "say", To: room, Body: body}) }
func (p *program) history(with, after string) { p.tell(order{Do: "history", To: with, After: after}) }
func (p *program) quit()                      { p.tell(order{Do: "quit"}); p.end() }
func (p *program) seen() *diary               { return p.events }
