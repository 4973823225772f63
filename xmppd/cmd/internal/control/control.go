// Package control is the socket through which an operator's commands reach the running server: HTTP with JSON bodies
// on a Unix socket in the data folder, which only the server's user may open.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// FileName is the name of the socket in the data folder.
const FileName = "control.sock"

// maxBody bounds what a command may carry: an import of 10 000 users is about 1 MiB.
const maxBody = 16 << 20

// ErrNotRunning says that no server listens in the data folder.
var ErrNotRunning = errors.New("no server runs here")

// maxSocketPath is how long a socket's path may be (sockaddr_un, with the NUL at its end).
const maxSocketPath = 107

// Listen opens the socket of a data folder. One that a dead server left behind is replaced.
func Listen(data string) (net.Listener, error) {
	var listener net.Listener
	err := inFolder(data, func(path string) error {
		if conn, err := net.Dial("unix", path); err == nil {
			_ = conn.Close()
			return fmt.Errorf("another server runs with the data folder %s: stop it first, or choose another folder with --data", data)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		unix, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			return err
		}
		unix.SetUnlinkOnClose(false) // the path may be one that is valid only here: whoever comes next removes it
		listener = &socket{unix, filepath.Join(data, FileName)}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	return listener, nil
}

type socket struct {
	*net.UnixListener
	path string
}

func (s *socket) Close() error {
	return errors.Join(s.UnixListener.Close(), os.Remove(s.path))
}

// inFolder calls f with a path of the socket that is short enough: a long one goes through the open folder.
func inFolder(data string, f func(path string) error) error {
	path := filepath.Join(data, FileName)
	if len(path) <= maxSocketPath {
		return f(path)
	}
	folder, err := os.Open(data)
	if err != nil {
		return err
	}
	defer folder.Close()
	return f(fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), FileName))
}

// Mux routes commands to functions.
type Mux struct{ mux http.ServeMux }

func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// Handle answers a command. The request is decoded from the body, the response or the error's text goes back.
func Handle[Req, Resp any](m *Mux, command string, f func(context.Context, Req) (Resp, error)) {
	m.mux.HandleFunc("POST /"+command, func(w http.ResponseWriter, r *http.Request) {
		var req Req
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&req); err != nil {
			answer(w, http.StatusBadRequest, failure{"the request cannot be read: " + err.Error()})
			return
		}
		resp, err := f(r.Context(), req)
		if err != nil {
			answer(w, http.StatusUnprocessableEntity, failure{err.Error()})
			return
		}
		answer(w, http.StatusOK, resp)
	})
}

type failure struct {
	Error string `json:"error"`
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the one who asked has gone: nobody is left to tell
}

// Serve answers commands until ctx ends, then waits a moment for those under way.
func Serve(ctx context.Context, listener net.Listener, m *Mux) error {
	server := &http.Server{Handler: m, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	err := server.Shutdown(last)
	<-ended
	return err
}

// Call sends a command to the server of a data folder and decodes its answer. It returns ErrNotRunning when there is none.
func Call(ctx context.Context, data, command string, req, resp any) error {
	body, err := json.Marshal(req)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dialer(data)}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://plenum/"+command, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", command, errors.Unwrap(err)) // without the URL, which nobody typed
	}
	defer answer.Body.Close()
	return decode(command, answer, resp)
}

func dialer(data string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var conn net.Conn
		err := inFolder(data, func(path string) (err error) {
			conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
			return err
		})
		if err != nil && !errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("%w (data folder %s)", ErrNotRunning, data)
		}
		return conn, err
	}
}

func decode(command string, answer *http.Response, resp any) error {
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	if answer.StatusCode != http.StatusOK {
		var f failure
		if json.Unmarshal(text, &f) != nil || f.Error == "" {
			return fmt.Errorf("%s: the server answered %s", command, answer.Status)
		}
		return errors.New(f.Error)
	}
	return json.Unmarshal(text, resp)
}
