package transport

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// segmentControl is the room of the control message that tells where a run is to be cut.
const segmentControl = 24

// canSegment reports whether the kernel cuts runs of datagrams apart (Linux 4.18).
func canSegment(c *net.UDPConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	can := false
	err = raw.Control(func(fd uintptr) {
		_, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_UDP, unix.UDP_SEGMENT)
		can = err == nil
	})
	return can && err == nil
}

// putSegment writes the control message for datagrams of this length, and returns how long it is.
func putSegment(b []byte, size uint16) int {
	length := unix.CmsgLen(2)
	if unix.SizeofCmsghdr == 16 {
		binary.NativeEndian.PutUint64(b, uint64(length))
	} else {
		binary.NativeEndian.PutUint32(b, uint32(length))
	}
	binary.NativeEndian.PutUint32(b[unix.SizeofCmsghdr-8:], unix.IPPROTO_UDP)
	binary.NativeEndian.PutUint32(b[unix.SizeofCmsghdr-4:], unix.UDP_SEGMENT)
	binary.NativeEndian.PutUint16(b[unix.SizeofCmsghdr:], size)
	return unix.CmsgSpace(2)
}
