package transport

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// writes is how many messages one system call takes, joined or not.
	writes = 64
	// maxJoined is how many datagrams may be one message: what every kernel with segmentation takes.
	maxJoined = 64
	// maxMessage is how long they may be together: less than the longest datagram of UDP.
	maxMessage = 65000
	// maxSegment is how long each of them may be: what an Ethernet frame carries over IPv6. Longer ones are sent by themselves, for the kernel
	// refuses segments that do not fit the path.
	maxSegment = 1452
	// maxRefused is how many joined messages in a row may be refused before none is tried any more.
	maxRefused = 16
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

// segmentation is the control message that says how long the segments of a message are.
type segmentation struct {
	header unix.Cmsghdr
	size   uint16
	_      [6]byte // to the alignment
}

// A udpSocket reads and writes by recvmmsg and sendmmsg.
type udpSocket struct {
	conn *net.UDPConn
	raw  syscall.RawConn
	v4   bool
	in   inbound
	out  outbound
}

// inbound is what the reader hands to the kernel.
type inbound struct {
	messages [reads]mmsghdr
	vectors  [reads]unix.Iovec
	names    [reads]unix.RawSockaddrInet6
	call     func(fd uintptr) bool
	n        int // messages to read, then read
	errno    syscall.Errno
}

// outbound is what the writer does.
type outbound struct {
	joins    bool // the kernel takes joined datagrams
	refused  int  // in a row
	messages [writes]mmsghdr
	vectors  [batch]unix.Iovec
	names    [writes]unix.RawSockaddrInet6
	controls [writes]segmentation
	packets  [writes]int // in each message
	call     func(fd uintptr) bool
	n        int // messages to write, then written
	errno    syscall.Errno
}

func newSocket(c *net.UDPConn) (Socket, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &udpSocket{conn: c, raw: raw, v4: localAddr(c).Addr().Is4()}
	_ = raw.Control(func(fd uintptr) {
		_, err := unix.GetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT)
		s.out.joins = err == nil
	})
	for i := range s.in.messages {
		h := &s.in.messages[i].header
		h.Name, h.Iov = (*byte)(unsafe.Pointer(&s.in.names[i])), &s.in.vectors[i]
		h.SetIovlen(1)
	}
	for i := range s.out.messages {
		s.out.messages[i].header.Name = (*byte)(unsafe.Pointer(&s.out.names[i]))
		c := &s.out.controls[i].header
		c.Level, c.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		c.SetLen(unix.CmsgLen(2))
	}
	s.in.call, s.out.call = s.in.receive, s.out.send // made once: a closure for each call would be allocated
	return s, nil
}

// receive is called by the runtime when there may be something to read. It reports false to wait for it.
func (i *inbound) receive(fd uintptr) bool {
	for {
		n, _, errno := syscall.Syscall6(unix.SYS_RECVMMSG, fd, uintptr(unsafe.Pointer(&i.messages)), uintptr(i.n), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			i.n, i.errno = int(n), 0
			return true
		case syscall.EAGAIN:
			return false
		case syscall.EINTR:
		default:
			i.n, i.errno = 0, errno
			return true
		}
	}
}

func (s *udpSocket) ReadBatch(list []Arrival) (int, error) {
	in := &s.in
	in.n = min(len(list), reads)
	for i := range list[:in.n] {
		in.vectors[i].Base = unsafe.SliceData(list[i].Data)
		in.vectors[i].SetLen(len(list[i].Data))
		in.messages[i].header.Namelen = unix.SizeofSockaddrInet6
	}
	if err := s.raw.Read(in.call); err != nil {
		return 0, err
	}
	if in.errno != 0 {
		return 0, os.NewSyscallError("recvmmsg", in.errno)
	}
	for i := range list[:in.n] {
		list[i].Data = list[i].Data[:in.messages[i].length]
		list[i].From = addressOf(&in.names[i])
	}
	return in.n, nil
}

// addressOf reads an address as the kernel has it: a port in network order, and what follows by family.
func addressOf(name *unix.RawSockaddrInet6) netip.AddrPort {
	if name.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), swapped(v4.Port))
	}
	a := netip.AddrFrom16(name.Addr).Unmap()
	if name.Scope_id != 0 && a.Is6() {
		a = a.WithZone(strconv.Itoa(int(name.Scope_id)))
	}
	return netip.AddrPortFrom(a, swapped(name.Port))
}

// setName writes an address as the kernel has it and returns its length, 0 for one that the socket cannot send to.
func (s *udpSocket) setName(name *unix.RawSockaddrInet6, to netip.AddrPort) uint32 {
	if s.v4 {
		if !to.Addr().Is4() {
			return 0
		}
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		v4.Family, v4.Port, v4.Addr = unix.AF_INET, swapped(to.Port()), to.Addr().As4()
		return unix.SizeofSockaddrInet4
	}
	*name = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: swapped(to.Port()), Addr: to.Addr().As16()}
	if zone := to.Addr().Zone(); zone != "" {
		n, _ := strconv.Atoi(zone)
		name.Scope_id = uint32(n)
	}
	return unix.SizeofSockaddrInet6
}

// swapped turns a port into network order, or back.
func swapped(port uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&port))
	return uint16(b[0])<<8 | uint16(b[1])
}

// send is called by the runtime when something may be written. It reports false to wait until there is room.
func (o *outbound) send(fd uintptr) bool {
	for {
		n, _, errno := syscall.Syscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&o.messages)), uintptr(o.n), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			o.n, o.errno = int(n), 0
			return true
		case syscall.EAGAIN:
			return false
		case syscall.EINTR:
		default:
			o.n, o.errno = 0, errno
			return true
		}
	}
}

func (s *udpSocket) WriteBatch(list []Datagram) (int, error) {
	done := 0
	for done < len(list) {
		n, err := s.write(list[done:], s.out.joins)
		if done += n; err != nil && n == 0 && s.out.packets[0] > 1 {
			// The path carries less than these packets, or the system takes none that are joined.
			s.out.refused++
			s.out.joins = s.out.refused < maxRefused
			n, err = s.write(list[done:done+s.out.packets[0]], false)
			done += n
		}
		if err != nil {
			return done, os.NewSyscallError("sendmmsg", err)
		}
	}
	return done, nil
}

// write sends as many as one system call takes.
func (s *udpSocket) write(list []Datagram, join bool) (int, error) {
	o := &s.out
	o.n = 0
	for at := 0; at < len(list) && at < batch && o.n < writes; o.n++ {
		run := 1
		if join {
			run = joined(list[at:min(len(list), batch)])
		}
		h := &o.messages[o.n].header
		if h.Namelen = s.setName(&o.names[o.n], list[at].To); h.Namelen == 0 {
			break
		}
		h.Iov = &o.vectors[at]
		h.SetIovlen(run)
		h.Control = nil
		h.SetControllen(0)
		if run > 1 {
			c := &o.controls[o.n]
			c.size = uint16(len(list[at].Data))
			h.Control = (*byte)(unsafe.Pointer(c))
			h.SetControllen(unix.CmsgSpace(2))
		}
		for i := range list[at : at+run] {
			d := list[at+i].Data
			o.vectors[at+i].Base = unsafe.SliceData(d)
			o.vectors[at+i].SetLen(len(d))
		}
		o.packets[o.n] = run
		at += run
	}
	if o.n == 0 {
		o.packets[0] = 0
		return 0, syscall.EAFNOSUPPORT
	}
	if err := s.raw.Write(o.call); err != nil {
		return 0, err
	}
	if o.errno != 0 {
		return 0, o.errno
	}
	n := 0
	for _, packets := range o.packets[:o.n] {
		if n += packets; packets > 1 {
			o.refused = 0
		}
	}
	return n, nil
}

// joined is how many datagrams at the beginning of a list can be one message: all to one address, and of one length but for the last, which
// may be shorter.
func joined(list []Datagram) int {
	first, total := len(list[0].Data), 0
	if first > maxSegment {
		return 1
	}
	for i := range list {
		d := &list[i]
		if i == maxJoined || d.To != list[0].To || len(d.Data) > first || total+len(d.Data) > maxMessage {
			return i
		}
		if total += len(d.Data); len(d.Data) < first {
			return i + 1
		}
	}
	return len(list)
}

func (s *udpSocket) LocalAddr() netip.AddrPort { return localAddr(s.conn) }

func (s *udpSocket) Close() error { return s.conn.Close() }
