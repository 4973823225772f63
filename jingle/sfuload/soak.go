package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

const (
	soakEarly = 10               // conferences after which memory is looked at first: what is made once is there by then
	soakHeard = 25               // packets that each guest gets before a conference ends
	soakRest  = 90 * time.Second // until nothing of a conference is left
	soakRoom  = 1                // goroutine that is there from the first conference on: the room's, which is not over
)

// soakFigures are what a server must have back when all conferences are over. Memory is in MiB.
type soakFigures struct {
	Conferences int     `json:"conferences"`
	RSS         float64 `json:"rss_mib"`
	Goroutines  float64 `json:"goroutines"`
	Files       float64 `json:"open_files"`
	Transports  float64 `json:"transports"`
	Allocations float64 `json:"turn_allocations"`
	Sessions    float64 `json:"sessions"`
}

// runSoak has n conferences of three come and go, one after another: a colleague and two guests, who by turns get a mix, and forwarded sound and
// pictures. It returns the server's figures at the beginning, after the first ten, and at the end.
func runSoak(ctx context.Context, c config, n int) ([]soakFigures, error) {
	if c.signal != "jingle" || c.metrics == "" || n <= soakEarly {
		return nil, fmt.Errorf("-soak needs -signal jingle and -metrics, and more than %d conferences", soakEarly)
	}
	base, err := stdnet.NewNet()
	if err != nil {
		return nil, err
	}
	begin, err := figuresOf(ctx, c.metrics)
	if err != nil {
		return nil, err
	}
	out := []soakFigures{begin}
	for i := 1; i <= n; i++ {
		if err := soakOnce(ctx, c, base, i%2 == 0); err != nil {
			return out, fmt.Errorf("conference %d: %w", i, err)
		}
		if i == soakEarly || i == n {
			f, err := rested(ctx, c.metrics, begin)
			f.Conferences = i
			if out = append(out, f); err != nil {
				return out, err
			}
		}
	}
	return out, nil
}

// soakOnce is one conference.
func soakOnce(ctx context.Context, c config, base *stdnet.Net, mix bool) error {
	ctx, cancel := context.WithTimeout(ctx, joinTimeout)
	defer cancel()
	j := newJingle(c)
	p, err := newPublisher("soak", false, true)
	if err != nil {
		return err
	}
	var parties []io.Closer
	defer func() {
		for _, c := range parties {
			_ = c.Close()
		}
	}()
	var guests []*receiver
	for i := range 3 {
		r := newReceiver()
		newPeer, err := newPeerFactory(c.localIP, base, r)
		if err != nil {
			return err
		}
		var closer io.Closer
		name := fmt.Sprint("party", i)
		switch {
		case i == 0 && !mix:
			closer, err = j.Publish(ctx, newPeer, name, p.tracks())
		case mix:
			closer, err = j.takePart(ctx, newPeer, i == 0, name, p.tracks()[0])
		default:
			closer, err = j.Subscribe(ctx, newPeer, name, func(*webrtc.TrackRemote) {})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if parties = append(parties, closer); i > 0 {
			guests = append(guests, r)
		}
	}
	p.run(ctx, nil)
	for _, r := range guests {
		for got := uint64(0); got < soakHeard; {
			if err := sleep(ctx, 50*time.Millisecond); err != nil {
				return fmt.Errorf("a guest has got %d packets: %w", got, err)
			}
			got = 0
			for _, s := range r.snapshot().streams {
				got += s.received
			}
		}
	}
	return nil
}

// rested waits until the server has back what it had at the beginning, and returns what it has then.
func rested(ctx context.Context, url string, begin soakFigures) (f soakFigures, err error) {
	for deadline := time.Now().Add(soakRest); ; {
		if f, err = figuresOf(ctx, url); err != nil {
			return f, err
		}
		if f.Goroutines <= begin.Goroutines+soakRoom && f.Files <= begin.Files && f.Transports <= begin.Transports && f.Allocations <= begin.Allocations &&
			f.Sessions <= begin.Sessions {
			return f, nil
		}
		if time.Now().After(deadline) {
			return f, errors.New("something is left of conferences that are over")
		}
		if err := sleep(ctx, time.Second); err != nil {
			return f, err
		}
	}
}

// figuresOf reads the metrics.
func figuresOf(ctx context.Context, url string) (f soakFigures, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return f, err
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		return f, err
	}
	defer answer.Body.Close()
	for s := bufio.NewScanner(answer.Body); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), " ")
		v, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "process_resident_memory_bytes":
			f.RSS = v / (1 << 20)
		case "go_goroutines":
			f.Goroutines = v
		case "process_open_fds":
			f.Files = v
		case "plenum_media_transports":
			f.Transports = v
		case "plenum_turn_allocations":
			f.Allocations = v
		case "plenum_sessions":
			f.Sessions = v
		}
	}
	if f.Goroutines == 0 {
		return f, fmt.Errorf("%s has no metrics: %s", url, answer.Status)
	}
	return f, nil
}

func printSoak(w io.Writer, list []soakFigures) {
	for _, f := range list {
		fmt.Fprintf(w, "after %3d conferences: %.1f MiB, %.0f goroutines, %.0f files and sockets, %.0f transports, %.0f TURN allocations, %.0f sessions\n",
			f.Conferences, f.RSS, f.Goroutines, f.Files, f.Transports, f.Allocations, f.Sessions)
	}
}
