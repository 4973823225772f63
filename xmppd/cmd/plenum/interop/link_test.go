//go:build interop && linux

package interop

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A link joins two network namespaces, in which programs run as on two machines. It loses and delays IP packets as it is told, both ways,
// and can be cut. It is made of two TUN devices and this process between them, because not every kernel has netem.
type link struct {
	near, far string // names of the namespaces
	Near, Far string // addresses there

	loss  atomic.Int64 // of 1000 packets
	delay atomic.Int64 // nanoseconds each way
	cut   atomic.Bool
	lost  atomic.Int64
	stop  []io.Closer
	done  sync.WaitGroup
}

// newLink needs root and TUN devices. Where there are none the test is skipped, also in CI: containers often have none.
func newLink(t *testing.T) *link {
	t.Helper()
	if os.Geteuid() != 0 {
		skip(t, "network namespaces need root")
	}
	id := fmt.Sprintf("plenum%d", rand.IntN(1_000_000))
	l := &link{near: id + "a", far: id + "b", Near: "10.91.0.1", Far: "10.91.0.2"}
	t.Cleanup(l.close)
	var devices []*os.File
	for _, end := range []struct{ name, own, other string }{{l.near, l.Near, l.Far}, {l.far, l.Far, l.Near}} {
		if out, err := exec.Command("ip", "netns", "add", end.name).CombinedOutput(); err != nil {
			skip(t, fmt.Sprintf("no network namespace can be made: %v %s", err, out))
		}
		dev, err := tun(end.name)
		if err != nil {
			skip(t, fmt.Sprintf("no TUN device can be made: %v", err))
		}
		devices, l.stop = append(devices, dev), append(l.stop, dev)
		for _, args := range []string{"link set lo up", "addr add " + end.own + " peer " + end.other + " dev link0", "link set link0 mtu 1400 up", "route add default dev link0"} {
			if out, err := exec.Command("ip", append([]string{"-n", end.name}, strings.Fields(args)...)...).CombinedOutput(); err != nil {
				t.Fatalf("ip %s: %v %s", args, err, out)
			}
		}
	}
	for _, way := range [][2]*os.File{{devices[0], devices[1]}, {devices[1], devices[0]}} {
		l.done.Go(func() { l.carry(way[0], way[1]) })
	}
	return l
}

// skip leaves a test out, and says so in the last lines.
func skip(t *testing.T, why string) {
	t.Helper()
	result.mu.Lock()
	result.skippedBecause = append(result.skippedBecause, t.Name()+": "+why)
	result.mu.Unlock()
	t.Skip(why)
}

// tun makes the device link0 in a namespace.
func tun(namespace string) (f *os.File, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread stays in the namespace, and ends with this goroutine
		var ns, dev int
		if ns, err = unix.Open("/run/netns/"+namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return
		}
		defer unix.Close(ns)
		if err = unix.Setns(ns, unix.CLONE_NEWNET); err != nil {
			return
		}
		if dev, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0); err != nil {
			return
		}
		var request struct {
			name  [unix.IFNAMSIZ]byte
			flags uint16
			_     [22]byte
		}
		copy(request.name[:], "link0")
		request.flags = unix.IFF_TUN | unix.IFF_NO_PI
		if _, _, no := unix.Syscall(unix.SYS_IOCTL, uintptr(dev), unix.TUNSETIFF, uintptr(unsafe.Pointer(&request))); no != 0 {
			_ = unix.Close(dev)
			err = no
			return
		}
		f = os.NewFile(uintptr(dev), "/dev/net/tun")
	}()
	<-done
	return f, err
}

// carry takes packets from one end to the other until the device is closed.
func (l *link) carry(from, to *os.File) {
	type packet struct {
		due  time.Time
		data []byte
	}
	queue := make(chan packet, 4096)
	l.done.Go(func() {
		for p := range queue {
			if wait := time.Until(p.due); wait > 0 {
				time.Sleep(wait)
			}
			_, _ = to.Write(p.data)
		}
	})
	defer close(queue)
	buffer := make([]byte, 65536)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if l.cut.Load() || rand.Int64N(1000) < l.loss.Load() {
			l.lost.Add(1)
			continue
		}
		select {
		case queue <- packet{time.Now().Add(time.Duration(l.delay.Load())), append([]byte(nil), buffer[:n]...)}:
		default: // a full queue loses packets, as routers do
			l.lost.Add(1)
		}
	}
}

// in turns a command into one that runs at one end.
func (l *link) in(namespace, command string, args ...string) (string, []string) {
	return "ip", append([]string{"netns", "exec", namespace, command}, args...)
}

func (l *link) close() {
	for _, c := range l.stop {
		_ = c.Close()
	}
	l.done.Wait()
	for _, name := range []string{l.near, l.far} {
		_ = exec.Command("ip", "netns", "del", name).Run()
	}
}

// TestTheLinkIsAsBadAsItIsTold guards the tests that stand on it.
func TestTheLinkIsAsBadAsItIsTold(t *testing.T) {
	counted(t)
	l := newLink(t)
	l.delay.Store(int64(50 * time.Millisecond))
	l.loss.Store(300)
	command, args := l.in(l.far, "ping", "-q", "-n", "-c", "60", "-i", "0.02", "-W", "1", l.Near)
	out, err := exec.Command(command, args...).CombinedOutput()
	var sent, got, percent int
	var shortest float64
	for _, line := range strings.Split(string(out), "\n") {
		_, _ = fmt.Sscanf(line, "%d packets transmitted, %d received, %d%% packet loss", &sent, &got, &percent)
		_, _ = fmt.Sscanf(line, "rtt min/avg/max/mdev = %f/", &shortest)
	}
	if got < 10 || got > 50 || shortest < 100 || shortest > 200 {
		t.Fatalf("%v: of %d packets %d came back, the first after %.0f ms:\n%s", err, sent, got, shortest, out)
	}
	l.cut.Store(true)
	if out, err := exec.Command("ip", "netns", "exec", l.far, "ping", "-q", "-c", "3", "-i", "0.02", "-W", "1", l.Near).CombinedOutput(); err == nil {
		t.Fatalf("packets pass a link that is cut:\n%s", out)
	}
}
