// Command sfuload measures what a selective forwarding unit costs for each forwarded RTP packet: it publishes real VP8 and RTP shaped like
// Opus into a room, subscribes in growing steps, and reports loss, the latency of forwarding, and CPU time and memory of the server's process.
//
// Two servers can be measured, also in turn on one machine, so that their ratio says something wherever it was measured: a conference of this
// program (-signal jingle), and the smallest forwarder that plain pion/webrtc allows, which is in this command (sfuload refsfu).
//
//	sfuload refsfu -listen 127.0.0.1:9000 &
//	sfuload -signal refsfu -url http://127.0.0.1:9000 -server-pid $! -subs 100,300
//	plenum localserve … &
//	sfuload -signal jingle -url https://127.0.0.1:8443 -room verona@groups.localhost -token TOKEN -user romeo@localhost -password … -server-pid $! -subs 100,300
//
// Each published packet ends in a stamp with the time, which no server changes: both ends are this process, and there is one clock. Only every
// n-th subscriber decrypts and measures latency; the others complete ICE and DTLS and then count packets by their headers, so that the client is
// not what is measured. On loopback the sender also pays for the receiving half of the way through the kernel. Pin server and client to a core
// each (taskset) for figures of one core.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type config struct {
	signal    string
	url       string
	room      string
	user      string
	password  string
	token     string
	ivf       string
	audio     bool
	pubs      int
	steps     []int
	fullEvery int
	joinRate  int
	warmup    time.Duration
	measure   time.Duration
	maxLoss   float64
	maxP99    time.Duration
	serverPID int
	jsonOut   string
	mixed     int
	soak      int
	metrics   string
	localIP   string
}

func parseSteps(s string) ([]int, error) {
	var steps []int
	prev := 0
	for _, f := range strings.Split(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil {
			return nil, fmt.Errorf("subscriber step %q: %w", f, err)
		}
		if n <= prev {
			return nil, fmt.Errorf("subscriber steps must grow: %q", s)
		}
		steps = append(steps, n)
		prev = n
	}
	return steps, nil
}

func parseFlags() (config, error) {
	var c config
	var steps string
	flag.StringVar(&c.signal, "signal", "refsfu", "signalling of the server under test: "+strings.Join(signalNames(), ", "))
	flag.StringVar(&c.url, "url", "http://127.0.0.1:9000", "base `URL` of the server (http or https)")
	flag.StringVar(&c.room, "room", "bench", "room to join")
	flag.StringVar(&c.user, "user", "", "bare `JID` of a colleague, who publishes and thereby starts the conference (jingle)")
	flag.StringVar(&c.password, "password", "", "password of -user (jingle)")
	flag.StringVar(&c.token, "token", "", "`token` of the link by which guests come to -room, an address like sales@groups.localhost (jingle)")
	flag.StringVar(&c.ivf, "ivf", "jingle/sfuload/testdata/vp8-360p-800k.ivf", "VP8 `file` to loop; empty for no video")
	flag.BoolVar(&c.audio, "audio", true, "publish a 32 kbit/s, 50 packets/s audio track as well")
	flag.IntVar(&c.pubs, "pubs", 1, "number of publishers")
	flag.StringVar(&steps, "subs", "10,25,50", "subscriber counts to measure, growing")
	flag.IntVar(&c.fullEvery, "full-every", 10, "every n-th subscriber decrypts and measures latency; the others only count")
	flag.IntVar(&c.joinRate, "join-rate", 20, "subscribers joining per second")
	flag.DurationVar(&c.warmup, "warmup", 3*time.Second, "time between the last join and the measurement")
	flag.DurationVar(&c.measure, "measure", 15*time.Second, "length of one measurement")
	flag.Float64Var(&c.maxLoss, "max-loss", 0.1, "stop after the first step whose loss exceeds this percentage")
	flag.DurationVar(&c.maxP99, "max-p99", 100*time.Millisecond, "stop after the first step whose 99th percentile latency exceeds this")
	flag.IntVar(&c.serverPID, "server-pid", 0, "process whose CPU time and memory are read from /proc")
	flag.StringVar(&c.jsonOut, "json", "", "write the result to this `file` as well")
	flag.IntVar(&c.mixed, "mixed", 0, "measure, instead, a conference of so many parties that send and get one stream of audio (jingle)")
	flag.IntVar(&c.soak, "soak", 0, "have, instead, so many conferences of three come and go, and see what is left of them (jingle)")
	flag.StringVar(&c.metrics, "metrics", "", "`URL` of the server's metrics (with -soak)")
	flag.StringVar(&c.localIP, "local-ip", "", "only use this local address for media (default: any)")
	flag.Parse()
	var err error
	c.steps, err = parseSteps(steps)
	if err == nil && c.fullEvery < 1 {
		err = fmt.Errorf("-full-every must be at least 1")
	}
	if err == nil && c.joinRate < 1 {
		err = fmt.Errorf("-join-rate must be at least 1")
	}
	return c, err
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "refsfu" {
		if err := runRefSFU(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "refsfu:", err)
			os.Exit(1)
		}
		return
	}
	c, err := parseFlags()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sfuload:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if c.mixed > 0 {
		res, err := runMixed(ctx, c, c.mixed)
		if err != nil {
			fmt.Fprintln(os.Stderr, "sfuload:", err)
			os.Exit(1)
		}
		fmt.Printf("%d parties, %d of them hear the mix; the server takes %.1f %% of a core, %.0f MiB\n", res.Parties, res.Heard, 100*res.ServerCores, res.ServerRSS)
		if c.jsonOut != "" {
			err = writeJSON(c.jsonOut, res)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "sfuload:", err)
			os.Exit(1)
		}
		return
	}
	if c.soak > 0 {
		list, err := runSoak(ctx, c, c.soak)
		printSoak(os.Stdout, list)
		if c.jsonOut != "" && err == nil {
			err = writeJSON(c.jsonOut, list)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "sfuload:", err)
			os.Exit(1)
		}
		return
	}
	res, err := runLoad(ctx, c)
	if res != nil {
		printResult(os.Stdout, res)
		if c.jsonOut != "" {
			if werr := writeJSON(c.jsonOut, res); werr != nil && err == nil {
				err = werr
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sfuload:", err)
		os.Exit(1)
	}
}

func writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}
