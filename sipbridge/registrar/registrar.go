package registrar

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/digest"
	"plenum/sipbridge/stack"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store"
)

// Device is what a registrar must know of a phone.
type Device struct {
	ID         string
	Owner      jid.JID // zero: nobody has the device
	User       string  // with which it logs in
	Keys       digest.HA1
	Encryption string // "required": it may speak TLS alone
}

// Required is the encryption of a device that may not speak in the clear.
const Required = "required"

// Devices finds phones. It answers from memory.
type Devices interface {
	SIPDevice(user string) (Device, bool)
}

// Binding is one way to a phone.
type Binding struct {
	ID        string // within its device
	Device    string
	User      string // of the device
	Contact   sip.Uri
	Flow      stack.Flow
	Expires   time.Time
	UserAgent string
	Instance  string // +sip.instance: the same for all ways to the same phone; "" when it has none
	Since     time.Time

	regID  uint64
	callID string
	seq    uint32
	params sip.HeaderParams // of the Contact, which the phone wants to hear again
	keys   digest.HA1       // of the secret with which it registered
}

// Parts is what a registrar is made with.
type Parts struct {
	Stack   *stack.Stack
	DB      *store.DB
	Devices Devices
	Realm   string // the main domain
	Key     []byte // of the nonces, see digest.Server
	Limiter *sasl.Limiter
	Log     *slog.Logger
}

// Registrar keeps the bindings. Its methods may be called from any goroutine.
type Registrar struct {
	cfg    Config
	parts  Parts
	log    *slog.Logger
	digest digest.Server
	plain  *plain
	rows   *rows

	mu       sync.Mutex
	bindings map[string][]*Binding  // by device; the newest last. A Binding in here is not changed, but replaced
	sources  map[netip.AddrPort]int // how many bindings there are from an address
	onChange []func(device string)

	stop context.CancelFunc
	done sync.WaitGroup
}

// New reads the bindings of before a restart, and handles REGISTER from then on.
func New(ctx context.Context, cfg Config, parts Parts) (*Registrar, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &Registrar{cfg: cfg, parts: parts, log: parts.Log, digest: digest.Server{Key: parts.Key}, plain: newPlain(), bindings: map[string][]*Binding{}, sources: map[netip.AddrPort]int{}}
	var err error
	if r.rows, err = openRows(ctx, parts.DB, parts.Log); err != nil {
		return nil, err
	}
	if err := r.restore(ctx); err != nil {
		return nil, err
	}
	parts.Stack.Handle(sip.REGISTER, r.register)
	parts.Stack.OnFlowLost(r.flowLost)
	parts.Stack.Refuse(r.lockedOut)
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.done.Go(func() { r.rows.run(run) })
	r.done.Go(func() { r.sweep(run) })
	return r, nil
}

// restore takes over what is still valid, of devices that still exist.
func (r *Registrar) restore(ctx context.Context) error {
	all, err := r.rows.load(ctx, time.Now())
	if err != nil {
		return err
	}
	for _, b := range all {
		if d, ok := r.parts.Devices.SIPDevice(b.User); ok && d.ID == b.Device {
			b.keys = d.Keys
			r.set(b.Device, append(slices.Clone(r.bindings[b.Device]), b))
		} else {
			r.rows.remove(b)
		}
	}
	return nil
}

// Close writes what is not written yet. The stack must be closed before.
func (r *Registrar) Close() {
	r.stop()
	r.done.Wait()
}

// OnChange calls fn whenever a device has registered, has gone, or has another address. It must not wait for anything.
func (r *Registrar) OnChange(fn func(device string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onChange = append(r.onChange, fn)
}

func (r *Registrar) changed(device string) {
	r.mu.Lock()
	fns := slices.Clone(r.onChange)
	r.mu.Unlock()
	for _, fn := range fns {
		fn(device)
	}
}

// Bindings are the ways by which a device is to be called, the newest first: of several flows to the same phone the newest alone (RFC 5626 §5.3).
func (r *Registrar) Bindings(device string) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	now := time.Now()
	for _, b := range slices.Backward(r.bindings[device]) {
		sameInstance := func(o Binding) bool { return b.Instance != "" && o.Instance == b.Instance }
		if b.Expires.After(now) && !slices.ContainsFunc(out, sameInstance) {
			out = append(out, *b)
		}
	}
	return out
}

// All are all bindings, for those who look after phones.
func (r *Registrar) All() []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Binding
	now := time.Now()
	for _, list := range r.bindings {
		for _, b := range list {
			if b.Expires.After(now) {
				out = append(out, *b)
			}
		}
	}
	slices.SortFunc(out, func(a, b Binding) int { return a.Since.Compare(b.Since) })
	return out
}

// Registered says whether a device can be called.
func (r *Registrar) Registered(device string) bool { return len(r.Bindings(device)) > 0 }

// Known says whether a phone is registered from an address, so that what comes from there is no stranger's.
func (r *Registrar) Known(remote netip.AddrPort) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sources[remote] > 0
}

// Remove ends a binding; the phone is not told, and registers again when its time is over. It reports whether there was one.
func (r *Registrar) Remove(device, id string) bool {
	return r.removeIf(device, func(b *Binding) bool { return b.ID == id }) > 0
}

// lockedOut says that an address has tried too many passwords. Phones that are registered from there go on.
func (r *Registrar) lockedOut(remote netip.AddrPort) bool {
	return !r.parts.Limiter.Allow("", remote.Addr()) && !r.Known(remote)
}

// flowLost ends the bindings of a connection: a phone that has vanished must not be rung (RFC 5626 §6).
func (r *Registrar) flowLost(f stack.Flow) {
	r.mu.Lock()
	var devices []string
	for device, list := range r.bindings {
		if slices.ContainsFunc(list, func(b *Binding) bool { return b.Flow.Conn == f.Conn }) {
			devices = append(devices, device)
		}
	}
	r.mu.Unlock()
	for _, device := range devices {
		r.removeIf(device, func(b *Binding) bool { return b.Flow.Conn == f.Conn })
	}
}

// Recheck ends the bindings of devices that are gone or have another secret.
func (r *Registrar) Recheck() {
	r.mu.Lock()
	devices := make([]string, 0, len(r.bindings))
	for device := range r.bindings {
		devices = append(devices, device)
	}
	r.mu.Unlock()
	for _, device := range devices {
		r.removeIf(device, func(b *Binding) bool {
			d, ok := r.parts.Devices.SIPDevice(b.User)
			return !ok || d.ID != device || d.Keys != b.keys
		})
	}
}

func (r *Registrar) removeIf(device string, gone func(*Binding) bool) int {
	r.mu.Lock()
	var removed []*Binding
	kept := slices.DeleteFunc(slices.Clone(r.bindings[device]), func(b *Binding) bool {
		if gone(b) {
			removed = append(removed, b)
			return true
		}
		return false
	})
	r.set(device, kept)
	r.mu.Unlock()
	for _, b := range removed {
		r.rows.remove(b)
	}
	if len(removed) > 0 {
		r.changed(device)
	}
	return len(removed)
}

// set is called under mu.
func (r *Registrar) set(device string, list []*Binding) {
	for _, b := range r.bindings[device] {
		if r.sources[b.Flow.Remote]--; r.sources[b.Flow.Remote] == 0 {
			delete(r.sources, b.Flow.Remote)
		}
	}
	for _, b := range list {
		r.sources[b.Flow.Remote]++
	}
	if len(list) == 0 {
		delete(r.bindings, device)
		return
	}
	r.bindings[device] = list
}

// sweepEvery is how often bindings that are over are taken away. Nobody is called by them before that either.
const sweepEvery = 5 * time.Second

// sweep ends bindings in time, and keeps the way open to phones behind NAT.
func (r *Registrar) sweep(ctx context.Context) {
	over := time.NewTicker(sweepEvery)
	defer over.Stop()
	alive := time.NewTicker(r.cfg.KeepAlive)
	defer alive.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-over.C:
			for _, device := range r.expired(now) {
				r.removeIf(device, func(b *Binding) bool { return !b.Expires.After(now) })
			}
		case <-alive.C:
			for _, b := range r.All() {
				if b.Flow.Transport == stack.UDP && b.Contact.Host != b.Flow.Remote.Addr().String() {
					r.parts.Stack.KeepAlive(b.Flow)
				}
			}
		}
	}
}

func (r *Registrar) expired(now time.Time) (devices []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for device, list := range r.bindings {
		if slices.ContainsFunc(list, func(b *Binding) bool { return !b.Expires.After(now) }) {
			devices = append(devices, device)
		}
	}
	return devices
}

// Counts are how many phones there are.
type Counts struct{ Devices, Bindings int }

// Counts counts them, for metrics.
func (r *Registrar) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := Counts{Devices: len(r.bindings)}
	for _, list := range r.bindings {
		c.Bindings += len(list)
	}
	return c
}
