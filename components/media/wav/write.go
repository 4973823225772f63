package wav

import (
	"encoding/binary"
	"fmt"
	"io"

	"plenum/components/media"
)

const headerLen = 44

// A Writer writes a file of 16 bits at [media.Rate]. The header says the length only after [Writer.Close]; a file that was not closed can be
// read all the same by programs that take what is there, [Read] among them.
type Writer struct {
	w        io.WriteSeeker
	channels int
	octets   int64
	buffer   []byte
}

// NewWriter writes the header.
func NewWriter(w io.WriteSeeker, channels int) (*Writer, error) {
	f := &Writer{w: w, channels: channels}
	if err := f.header(0); err != nil {
		return nil, err
	}
	return f, nil
}

// Write appends samples, those of the channels in turn.
func (f *Writer) Write(pcm []int16) error {
	f.buffer = f.buffer[:0]
	for _, s := range pcm {
		f.buffer = binary.LittleEndian.AppendUint16(f.buffer, uint16(s))
	}
	n, err := f.w.Write(f.buffer)
	f.octets += int64(n)
	if err != nil {
		return fmt.Errorf("write a recording: %w", err)
	}
	return nil
}

// Close writes the length into the header. It does not close what is written to.
func (f *Writer) Close() error {
	if _, err := f.w.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("finish a recording: %w", err)
	}
	return f.header(f.octets)
}

func (f *Writer) header(octets int64) error {
	data := uint32(min(octets, 1<<32-1-headerLen))
	b := make([]byte, 0, headerLen)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, headerLen-8+data)
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, formatPCM)
	b = binary.LittleEndian.AppendUint16(b, uint16(f.channels))
	b = binary.LittleEndian.AppendUint32(b, media.Rate)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*f.channels*media.Rate))
	b = binary.LittleEndian.AppendUint16(b, uint16(2*f.channels))
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, data)
	if _, err := f.w.Write(b); err != nil {
		return fmt.Errorf("write the header of a recording: %w", err)
	}
	return nil
}
